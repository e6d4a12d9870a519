#pragma once

#include <initializer_list>
#include <memory>
#include <utility>

namespace drover {

// A container in one word, for members that are mostly empty: an empty one takes no more than that. Copies are deep.
// Reads as a const Container&; edit() gives the container itself.
template <class Container>
class Boxed {
 public:
  using value_type = typename Container::value_type;
  using iterator = typename Container::iterator;
  using const_iterator = typename Container::const_iterator;

  Boxed() = default;
  Boxed(Container values) {
    if (!values.empty()) values_ = std::make_unique<Container>(std::move(values));
  }
  Boxed(std::initializer_list<value_type> values) : Boxed(Container(values)) {}
  Boxed(const Boxed& other) : values_(other.empty() ? nullptr : std::make_unique<Container>(*other.values_)) {}
  Boxed(Boxed&& other) noexcept = default;
  Boxed& operator=(Boxed other) noexcept {
    values_ = std::move(other.values_);
    return *this;
  }

  const Container& get() const {
    static const Container kEmpty;
    return values_ ? *values_ : kEmpty;
  }
  operator const Container&() const { return get(); }
  Container& edit() {
    if (!values_) values_ = std::make_unique<Container>();
    return *values_;
  }

  bool empty() const { return !values_ || values_->empty(); }
  size_t size() const { return get().size(); }
  void clear() { values_.reset(); }
  const_iterator begin() const { return get().begin(); }
  const_iterator end() const { return get().end(); }
  iterator begin() { return edit().begin(); }
  iterator end() { return edit().end(); }

  // As the container's own.
  template <class Key>
  decltype(auto) operator[](Key&& key) const {
    return get()[std::forward<Key>(key)];
  }
  template <class Key>
  decltype(auto) operator[](Key&& key) {
    return edit()[std::forward<Key>(key)];
  }
  template <class Key>
  decltype(auto) at(Key&& key) const {
    return get().at(std::forward<Key>(key));
  }
  template <class Key>
  const_iterator find(Key&& key) const {
    return get().find(std::forward<Key>(key));
  }
  template <class Key>
  bool contains(Key&& key) const {
    return get().contains(std::forward<Key>(key));
  }
  decltype(auto) front() const { return get().front(); }
  decltype(auto) back() const { return get().back(); }
  decltype(auto) back() { return edit().back(); }
  void push_back(value_type value) { edit().push_back(std::move(value)); }
  template <class... Args>
  decltype(auto) emplace_back(Args&&... args) {
    return edit().emplace_back(std::forward<Args>(args)...);
  }
  template <class... Args>
  decltype(auto) erase(Args&&... args) {
    return edit().erase(std::forward<Args>(args)...);
  }

 private:
  std::unique_ptr<Container> values_;
};

}  // namespace drover
