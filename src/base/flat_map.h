#pragma once

#include "base/check.h"
#include "base/shared_string.h"
#include "base/slim_vector.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace drover {

// A map of few texts in one word, for rows of which there are very many. As std::map<std::string, T>, but that adding
// an entry or removing one invalidates iterators and references, and that keys may be replaced by equal ones.
template <class T>
class FlatMap {
 public:
  using mapped_type = T;
  using value_type = std::pair<SharedString, T>;
  using iterator = value_type*;
  using const_iterator = const value_type*;

  FlatMap() = default;
  FlatMap(std::initializer_list<value_type> entries) {
    for (const value_type& entry : entries) emplace(entry.first, entry.second);
  }

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }

  const_iterator find(std::string_view key) const {
    const const_iterator found = place_of(key);
    return found != end() && found->first == key ? found : end();
  }
  iterator find(std::string_view key) { return begin() + (std::as_const(*this).find(key) - begin()); }
  bool contains(std::string_view key) const { return find(key) != end(); }
  size_t count(std::string_view key) const { return contains(key) ? 1 : 0; }
  const T& at(std::string_view key) const {
    const const_iterator found = find(key);
    CHECK(found != end(), "there is no such entry");
    return found->second;
  }
  T& operator[](std::string_view key) { return emplace(SharedString(key), T()).first->second; }

  std::pair<iterator, bool> emplace(SharedString key, T value) {
    const const_iterator found = place_of(key);
    const std::ptrdiff_t index = found - entries_.begin();
    if (found != end() && found->first == key) return {begin() + index, false};
    return {entries_.insert(found, value_type(std::move(key), std::move(value))), true};
  }
  size_t erase(std::string_view key) {
    const const_iterator found = find(key);
    if (found == end()) return 0;
    entries_.erase(found);
    return 1;
  }
  void clear() { entries_.clear(); }

  friend bool operator==(const FlatMap& a, const FlatMap& b) { return a.entries_ == b.entries_; }

 private:
  const_iterator place_of(std::string_view key) const {
    return std::partition_point(begin(), end(), [&](const value_type& entry) { return entry.first < key; });
  }

  SlimVector<value_type> entries_;  // sorted by key
};

}  // namespace drover
