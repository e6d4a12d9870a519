#pragma once

#include <algorithm>
#include <atomic>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>

#include <fmt/core.h>

namespace drover {

// An immutable text of one word whose copies share it: for rows of which very many hold the same few texts. Reads as a
// const std::string&. Copies may be used by different threads.
class SharedString {
 public:
  SharedString() = default;
  SharedString(std::string text) : node_(text.empty() ? nullptr : new Node{.text = std::move(text)}) {}
  SharedString(std::string_view text) : SharedString(std::string(text)) {}
  SharedString(const char* text) : SharedString(std::string(text)) {}
  SharedString(const SharedString& other) : node_(other.node_) {
    if (node_) node_->references.fetch_add(1, std::memory_order_relaxed);
  }
  SharedString(SharedString&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  SharedString& operator=(SharedString other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~SharedString() {
    if (node_ && node_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete node_;
  }

  const std::string& str() const { return node_ ? node_->text : empty_text(); }
  operator const std::string&() const { return str(); }
  operator std::string_view() const { return str(); }

  bool empty() const { return node_ == nullptr; }
  size_t size() const { return str().size(); }
  const char* c_str() const { return str().c_str(); }
  void clear() { *this = SharedString(); }
  // Both are copies of one.
  bool same_as(const SharedString& other) const { return node_ == other.node_; }

  friend bool operator==(const SharedString& a, const SharedString& b) {
    return a.node_ == b.node_ || a.str() == b.str();
  }
  friend std::strong_ordering operator<=>(const SharedString& a, const SharedString& b) { return a.str() <=> b.str(); }
  template <class T>
    requires(std::convertible_to<const T&, std::string_view> && !std::same_as<T, SharedString>)
  friend bool operator==(const SharedString& a, const T& b) {
    return std::string_view(a.str()) == std::string_view(b);
  }
  template <class T>
    requires(std::convertible_to<const T&, std::string_view> && !std::same_as<T, SharedString>)
  friend std::strong_ordering operator<=>(const SharedString& a, const T& b) {
    return std::string_view(a.str()) <=> std::string_view(b);
  }
  friend std::string operator+(std::string_view a, const SharedString& b) { return std::string(a).append(b.str()); }
  friend std::string operator+(const SharedString& a, std::string_view b) { return std::string(a.str()).append(b); }
  friend std::ostream& operator<<(std::ostream& out, const SharedString& s) { return out << s.str(); }

 private:
  friend class StringPool;
  struct Node {
    std::atomic<uint32_t> references{1};
    bool pooled = false;  // written before it is shared
    const std::string text;
  };
  static const std::string& empty_text() {
    static const std::string kEmpty;
    return kEmpty;
  }

  Node* node_ = nullptr;
};

// Makes equal texts share one. Forgets texts that nobody else holds. One thread.
class StringPool {
 public:
  // Long ones are not looked for: they are rarely equal.
  static constexpr size_t kLongest = 128;

  SharedString intern(std::string_view text);
  void intern(SharedString& text);

  size_t size() const { return known_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };
  void remember(const SharedString& text);

  std::unordered_set<SharedString, Hash, Equal> known_;
  size_t sweep_at_ = 1024;
};

}  // namespace drover

template <>
struct fmt::formatter<drover::SharedString> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  template <class Context>
  auto format(const drover::SharedString& s, Context& context) const {
    return std::copy(s.str().begin(), s.str().end(), context.out());
  }
};
