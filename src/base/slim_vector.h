#pragma once

#include "base/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace drover {

// A vector in one word, for members of rows of which there are very many: an empty one takes no more than that, a short
// one no more than its elements and one word. Otherwise as std::vector.
template <class T>
class SlimVector {
 public:
  using value_type = T;
  using size_type = size_t;
  using difference_type = std::ptrdiff_t;
  using reference = T&;
  using const_reference = const T&;
  using iterator = T*;
  using const_iterator = const T*;

  SlimVector() = default;
  SlimVector(std::initializer_list<T> values) : SlimVector(values.begin(), values.end()) {}
  SlimVector(const std::vector<T>& values) : SlimVector(values.begin(), values.end()) {}
  template <std::forward_iterator It>
  SlimVector(It first, It last) {
    const auto count = static_cast<size_t>(std::distance(first, last));
    if (count == 0) return;
    reserve(count);
    std::uninitialized_copy(first, last, items_);
    header().size = static_cast<uint32_t>(count);
  }
  SlimVector(const SlimVector& other) : SlimVector(other.begin(), other.end()) {}
  SlimVector(SlimVector&& other) noexcept : items_(std::exchange(other.items_, nullptr)) {}
  SlimVector& operator=(SlimVector other) noexcept {
    std::swap(items_, other.items_);
    return *this;
  }
  ~SlimVector() { clear(); }

  bool empty() const { return size() == 0; }
  size_t size() const { return items_ ? header().size : 0; }
  const T* data() const { return items_; }
  T* begin() { return items_; }
  T* end() { return items_ + size(); }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size(); }
  T& operator[](size_t i) { return items_[i]; }
  const T& operator[](size_t i) const { return items_[i]; }
  const T& at(size_t i) const {
    CHECK(i < size(), "there is no such element");
    return items_[i];
  }
  T& front() { return items_[0]; }
  const T& front() const { return items_[0]; }
  T& back() { return items_[size() - 1]; }
  const T& back() const { return items_[size() - 1]; }

  void reserve(size_t capacity) {
    if (capacity <= this->capacity()) return;
    auto* block = static_cast<std::byte*>(::operator new(kOffset + capacity * sizeof(T)));
    T* grown = reinterpret_cast<T*>(block + kOffset);
    const size_t count = size();
    if (count > 0) std::uninitialized_move(begin(), end(), grown);
    clear();
    ::new (block + kOffset - sizeof(Header)) Header{static_cast<uint32_t>(count), static_cast<uint32_t>(capacity)};
    items_ = grown;
  }
  template <class... Args>
  T& emplace_back(Args&&... args) {
    if (size() == capacity()) {
      T value(std::forward<Args>(args)...);  // may refer to an element
      reserve(grown_capacity());
      return *std::construct_at(items_ + header().size++, std::move(value));
    }
    return *std::construct_at(items_ + header().size++, std::forward<Args>(args)...);
  }
  void push_back(T value) { emplace_back(std::move(value)); }
  T* insert(const T* at, T value) {
    const std::ptrdiff_t index = at - items_;
    push_back(std::move(value));
    std::rotate(begin() + index, end() - 1, end());
    return begin() + index;
  }
  T* erase(const T* first, const T* last) {
    T* const to = items_ + (first - items_);
    if (first == last) return to;
    T* const rest = std::move(items_ + (last - items_), end(), to);
    std::destroy(rest, end());
    header().size = static_cast<uint32_t>(rest - items_);
    return to;
  }
  T* erase(const T* at) { return erase(at, at + 1); }
  // Gives its memory back.
  void clear() {
    if (!items_) return;
    std::destroy(begin(), end());
    ::operator delete(reinterpret_cast<std::byte*>(items_) - kOffset);
    items_ = nullptr;
  }

  friend bool operator==(const SlimVector& a, const SlimVector& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  // Stands right before the elements.
  struct Header {
    uint32_t size;
    uint32_t capacity;
  };
  static_assert(alignof(T) <= alignof(std::max_align_t));
  static constexpr size_t kOffset = std::max(sizeof(Header), alignof(T));

  Header& header() const { return *reinterpret_cast<Header*>(reinterpret_cast<std::byte*>(items_) - sizeof(Header)); }
  size_t capacity() const { return items_ ? header().capacity : 0; }
  // Mostly there are few: these leave no space unused.
  size_t grown_capacity() const { return capacity() < 4 ? capacity() + 1 : capacity() * 2; }

  T* items_ = nullptr;
};

}  // namespace drover
