#pragma once

#include <utility>

// Edits of persistent maps that are held by value. A map that nobody else refers to is changed in place.
namespace drover::state {

template <class Map, class Change>
auto edit(Map& map, Change&& change) {
  auto transient = std::move(map).transient();
  if constexpr (std::is_void_v<decltype(change(transient))>) {
    change(transient);
    map = std::move(transient).persistent();
  } else {
    auto result = change(transient);
    map = std::move(transient).persistent();
    return result;
  }
}

template <class Map, class Key, class Value>
void put(Map& map, Key key, Value value) {
  edit(map, [&](auto& rows) { rows.insert_or_assign(std::move(key), std::move(value)); });
}

template <class Map, class Key>
void erase(Map& map, const Key& key) {
  edit(map, [&](auto& rows) { rows.erase(key); });
}

// An index is a map of maps, without empty ones.
template <class Index, class Key, class InnerKey, class Value>
void index_put(Index& index, const Key& key, InnerKey inner_key, Value value) {
  edit(index, [&](auto& outer) {
    auto* inner = outer.edit(key);
    if (!inner) {
      outer.insert_or_assign(key);
      inner = outer.edit(key);
    }
    put(*inner, std::move(inner_key), std::move(value));
  });
}

template <class Index, class Key, class InnerKey>
void index_erase(Index& index, const Key& key, const InnerKey& inner_key) {
  edit(index, [&](auto& outer) {
    auto* inner = outer.edit(key);
    if (!inner) return;
    erase(*inner, inner_key);
    if (inner->empty()) outer.erase(key);
  });
}

}  // namespace drover::state
