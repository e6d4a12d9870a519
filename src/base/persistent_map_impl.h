#pragma once

// The definitions of persistent_map.h, which includes this at its end. Include that one.
#include "base/persistent_map.h"

namespace drover {

template <class Key, class Value, class Compare>
void PersistentMap<Key, Value, Compare>::Iterator::enter_leftmost(const Node* node) {
  for (; node->height > 0; node = &*slots(*node)[0].child) {
    branches_[node->height] = node;
    taken_[node->height] = 0;
  }
  enter_leaf(*node, 0);
}

template <class Key, class Value, class Compare>
void PersistentMap<Key, Value, Compare>::Iterator::next_leaf() {
  for (unsigned height = 1; height <= root_height_; ++height) {
    const Node& branch = *branches_[height];
    if (++taken_[height] == branch.count) continue;
    enter_leftmost(&*slots(branch)[taken_[height]].child);
    return;
  }
  entry_ = nullptr;
}

template <class Key, class Value, class Compare>
auto PersistentMap<Key, Value, Compare>::Iterator::subtree_at(unsigned height) const -> const Node* {
  if (height > root_height_) return nullptr;
  for (unsigned below = 1; below <= height; ++below) {
    if (taken_[below] != 0) return nullptr;
  }
  if (height > 0) return entry_ == entries(*leaf_) ? branches_[height] : nullptr;
  return entry_ == entries(*leaf_) ? leaf_ : nullptr;
}

template <class Key, class Value, class Compare>
void PersistentMap<Key, Value, Compare>::Iterator::skip_subtree(unsigned height) {
  for (unsigned below = 1; below <= height; ++below) taken_[below] = branches_[below]->count - 1;
  next_leaf();
}

template <class Key, class Value, class Compare>
template <class Visit>
void PersistentMap<Key, Value, Compare>::for_each_change(const PersistentMap& before, const PersistentMap& after,
                                                         Visit visit) {
  Iterator a = before.begin(), b = after.begin();
  const auto skip_shared = [&] {
    for (unsigned height = std::min(a.root_height_, b.root_height_) + 1; height-- > 0;) {
      const Node* shared = a.subtree_at(height);
      if (!shared || shared != b.subtree_at(height)) continue;
      a.skip_subtree(height);
      b.skip_subtree(height);
      return true;
    }
    return false;
  };
  while (a != before.end() || b != after.end()) {
    if (a != before.end() && b != after.end() && skip_shared()) continue;
    const bool take_a = a != before.end() && (b == after.end() || !Compare()(b->key, a->key));
    const bool take_b = b != after.end() && (a == before.end() || !Compare()(a->key, b->key));
    if (!take_a || !take_b || !(a->value == b->value)) {
      visit(take_a ? a->key : b->key, take_a ? &a->value : nullptr, take_b ? &b->value : nullptr);
    }
    if (take_a) ++a;
    if (take_b) ++b;
  }
}

template <class Key, class Value, class Compare>
auto PersistentMap<Key, Value, Compare>::begin() const -> Iterator {
  Iterator it;
  if (!root_) return it;
  it.root_height_ = root_->height;
  it.enter_leftmost(&*root_);
  return it;
}

template <class Key, class Value, class Compare>
template <class K>
auto PersistentMap<Key, Value, Compare>::lower_bound(const K& key) const -> Iterator {
  Iterator it;
  if (!root_) return it;
  it.root_height_ = root_->height;
  const Node* node = &*root_;
  while (node->height > 0) {
    const unsigned at = child_index(*node, key);
    it.branches_[node->height] = node;
    it.taken_[node->height] = static_cast<uint8_t>(at);
    node = &*slots(*node)[at].child;
  }
  it.enter_leaf(*node, entry_index(*node, key));
  return it;
}

template <class Key, class Value, class Compare>
template <class K>
const Value* PersistentMap<Key, Value, Compare>::find(const K& key) const {
  if (!root_) return nullptr;
  const Node* node = &*root_;
  while (node->height > 0) node = &*slots(*node)[child_index(*node, key)].child;
  const unsigned at = entry_index(*node, key);
  if (at == node->count || Compare()(key, entries(*node)[at].key)) return nullptr;
  return &entries(*node)[at].value;
}

template <class Key, class Value, class Compare>
template <class Item>
auto PersistentMap<Key, Value, Compare>::make(unsigned height, unsigned capacity) -> NodeRef {
  static_assert(alignof(Item) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "over-aligned items are not supported");
  capacity = std::min((capacity + kCapacityStep - 1) / kCapacityStep * kCapacityStep, kMaxItems<Item>);
  void* memory = ::operator new(kItemsOffset<Item> + capacity * sizeof(Item));
  return NodeRef(new (memory) Node(height, capacity));
}

// A new node of the items [first, last), with room for `spare` more. They are moved out of `from` if nobody else refers
// to it, and copied otherwise; `from` must not be read after that.
template <class Key, class Value, class Compare>
template <class Item>
auto PersistentMap<Key, Value, Compare>::slice(const NodeRef& from, unsigned first, unsigned last, unsigned spare)
    -> NodeRef {
  NodeRef node = make<Item>(from->height, last - first + spare);
  Item* const source = items<Item>(*from) + first;
  if (from.unique()) {
    std::uninitialized_move_n(source, last - first, items<Item>(*node));
  } else {
    std::uninitialized_copy_n(source, last - first, items<Item>(*node));
  }
  node->count = static_cast<uint8_t>(last - first);
  return node;
}

// REQUIRES an owned node with room.
template <class Key, class Value, class Compare>
template <class Item>
void PersistentMap<Key, Value, Compare>::insert_item(Node& node, unsigned at, Item item) {
  Item* const all = items<Item>(node);
  if (at == node.count) {
    new (all + at) Item(std::move(item));
  } else {
    new (all + node.count) Item(std::move(all[node.count - 1]));
    std::move_backward(all + at, all + node.count - 1, all + node.count);
    all[at] = std::move(item);
  }
  ++node.count;
}

// REQUIRES an owned node.
template <class Key, class Value, class Compare>
template <class Item>
void PersistentMap<Key, Value, Compare>::erase_item(Node& node, unsigned at) {
  Item* const all = items<Item>(node);
  std::move(all + at + 1, all + node.count, all + at);
  std::destroy_at(all + node.count - 1);
  --node.count;
}

// Returns the new right neighbour if `node` had to be split.
template <class Key, class Value, class Compare>
template <class Item>
auto PersistentMap<Key, Value, Compare>::insert_or_split(NodeRef& node, unsigned at, Item item) -> NodeRef {
  const unsigned count = node->count;
  if (count < kMaxItems<Item>) {
    own<Item>(node, 1);
    insert_item<Item>(*node, at, std::move(item));
    return {};
  }
  if (at == count) {  // Ascending keys leave full nodes behind, not half-full ones.
    NodeRef right = make<Item>(node->height, 1);
    insert_item<Item>(*right, 0, std::move(item));
    return right;
  }
  const unsigned half = count / 2;
  NodeRef right = slice<Item>(node, half, count, 1);
  node = slice<Item>(node, 0, half, 1);
  if (at <= half) {
    insert_item<Item>(*node, at, std::move(item));
  } else {
    insert_item<Item>(*right, at - half, std::move(item));
  }
  return right;
}

// Moves everything to `left` if it fits there and makes the two about equal otherwise. REQUIRES owned nodes.
template <class Key, class Value, class Compare>
template <class Item>
void PersistentMap<Key, Value, Compare>::balance(NodeRef& left, NodeRef& right) {
  const unsigned total = left->count + right->count;
  const unsigned target = total <= kMaxItems<Item> ? total : total / 2;
  if (target > left->count) {
    const unsigned moved = target - left->count;
    own<Item>(left, moved);
    Item* const from = items<Item>(*right);
    std::uninitialized_move_n(from, moved, items<Item>(*left) + left->count);
    std::move(from + moved, from + right->count, from);
    std::destroy_n(from + right->count - moved, moved);
    left->count = static_cast<uint8_t>(target);
    right->count = static_cast<uint8_t>(right->count - moved);
  } else if (target < left->count) {
    NodeRef more = slice<Item>(left, target, left->count, right->count);
    std::uninitialized_move_n(items<Item>(*right), right->count, items<Item>(*more) + more->count);
    more->count = static_cast<uint8_t>(more->count + right->count);
    left = slice<Item>(left, 0, target, 0);
    right = std::move(more);
  }
}

template <class Key, class Value, class Compare>
auto PersistentMap<Key, Value, Compare>::insert(NodeRef& node, Key& key, Value& value, bool& inserted) -> NodeRef {
  if (node->height == 0) {
    const unsigned at = entry_index(*node, key);
    if (at < node->count && !Compare()(key, entries(*node)[at].key)) {
      own<Entry>(node, 0);
      entries(*node)[at].value = std::move(value);
      return {};
    }
    inserted = true;
    return insert_or_split(node, at, Entry{std::move(key), std::move(value)});
  }
  own<Slot>(node, 0);
  const unsigned at = child_index(*node, key);
  NodeRef right = insert(slots(*node)[at].child, key, value, inserted);
  if (!right) return {};
  Key lower = first_key(*right);
  return insert_or_split(node, at + 1, Slot{std::move(lower), std::move(right)});
}

// REQUIRES that the key is there.
template <class Key, class Value, class Compare>
template <class K>
void PersistentMap<Key, Value, Compare>::erase(NodeRef& node, const K& key) {
  if (node->height == 0) {
    const unsigned at = entry_index(*node, key);  // before own(): `key` may be the entry's own key
    own<Entry>(node, 0);
    erase_item<Entry>(*node, at);
    return;
  }
  own<Slot>(node, 0);
  const unsigned at = child_index(*node, key);
  erase(slots(*node)[at].child, key);
  mend_child(*node, at);
}

// Removes a child that has become empty and fills up one that has become too small. REQUIRES an owned branch.
template <class Key, class Value, class Compare>
void PersistentMap<Key, Value, Compare>::mend_child(Node& branch, unsigned at) {
  Slot* const all = slots(branch);
  const Node& child = *all[at].child;
  if (child.count == 0) {
    if (at == 0 && branch.count > 1) std::swap(all[0].lower, all[1].lower);  // See the invariant of Slot.
    erase_item<Slot>(branch, at);
    return;
  }
  const bool leaves = child.height == 0;
  if (child.count >= (leaves ? kMinItems<Entry> : kMinItems<Slot>) || branch.count == 1) return;
  Slot& left = all[at > 0 ? at - 1 : 0];
  Slot& right = *(&left + 1);
  if (leaves) {
    own<Entry>(left.child, 0);
    own<Entry>(right.child, 0);
    balance<Entry>(left.child, right.child);
  } else {
    own<Slot>(left.child, 0);
    own<Slot>(right.child, 0);
    balance<Slot>(left.child, right.child);
  }
  if (right.child->count == 0) {
    erase_item<Slot>(branch, static_cast<unsigned>(&right - all));
  } else {
    right.lower = first_key(*right.child);
  }
}

template <class Key, class Value, class Compare>
bool PersistentMap<Key, Value, Compare>::Transient::insert_or_assign(Key key, Value value) {
  if (!this->root_) this->root_ = Base::template make<Entry>(0, 1);
  bool inserted = false;
  NodeRef right = Base::insert(this->root_, key, value, inserted);
  if (right) {
    const unsigned height = this->root_->height + 1u;
    CHECK(height < kMaxHeight, "a persistent map has outgrown its height limit");
    NodeRef root = Base::template make<Slot>(height, 2);
    Key left_lower = first_key(*this->root_), right_lower = first_key(*right);
    Base::template insert_item<Slot>(*root, 0, Slot{std::move(left_lower), std::move(this->root_)});
    Base::template insert_item<Slot>(*root, 1, Slot{std::move(right_lower), std::move(right)});
    this->root_ = std::move(root);
  }
  this->size_ += inserted;
  return inserted;
}

template <class Key, class Value, class Compare>
template <class K>
bool PersistentMap<Key, Value, Compare>::Transient::erase(const K& key) {
  if (!contains(key)) return false;
  Base::erase(this->root_, key);
  --this->size_;
  if (this->root_->count == 0) this->root_ = NodeRef();
  while (this->root_ && this->root_->height > 0 && this->root_->count == 1) {
    NodeRef child = slots(*this->root_)[0].child;
    this->root_ = std::move(child);
  }
  return true;
}

template <class Key, class Value, class Compare>
template <class K>
Value* PersistentMap<Key, Value, Compare>::Transient::edit(const K& key) {
  if (!contains(key)) return nullptr;
  NodeRef* node = &this->root_;
  while ((*node)->height > 0) {
    Base::template own<Slot>(*node, 0);
    node = &slots(**node)[child_index(**node, key)].child;
  }
  const unsigned at = entry_index(**node, key);
  Base::template own<Entry>(*node, 0);
  return &entries(**node)[at].value;
}

// As few nodes as hold `all`, about equally full.
template <class Key, class Value, class Compare>
template <class Item>
auto PersistentMap<Key, Value, Compare>::pack(std::vector<Item> all, unsigned height) -> std::vector<NodeRef> {
  const size_t nodes = (all.size() + kMaxItems<Item> - 1) / kMaxItems<Item>;
  std::vector<NodeRef> packed;
  packed.reserve(nodes);
  for (size_t i = 0; i < nodes; ++i) {
    const size_t first = all.size() * i / nodes, last = all.size() * (i + 1) / nodes;
    NodeRef node = make<Item>(height, static_cast<unsigned>(last - first));
    std::uninitialized_move_n(all.begin() + static_cast<std::ptrdiff_t>(first), last - first, items<Item>(*node));
    node->count = static_cast<uint8_t>(last - first);
    packed.push_back(std::move(node));
  }
  return packed;
}

template <class Key, class Value, class Compare>
auto PersistentMap<Key, Value, Compare>::from_sorted(std::vector<Entry> entries) -> PersistentMap {
  DCHECK(std::adjacent_find(entries.begin(), entries.end(),
                            [](const Entry& a, const Entry& b) { return !Compare()(a.key, b.key); }) == entries.end(),
         "the entries of a bulk build ascend strictly");
  PersistentMap map;
  map.size_ = entries.size();
  std::vector<NodeRef> level = pack<Entry>(std::move(entries), 0);
  for (unsigned height = 1; level.size() > 1; ++height) {
    std::vector<Slot> children;
    children.reserve(level.size());
    for (NodeRef& node : level) {
      Key lower = first_key(*node);
      children.push_back(Slot{std::move(lower), std::move(node)});
    }
    level = pack<Slot>(std::move(children), height);
  }
  if (!level.empty()) map.root_ = std::move(level.front());
  return map;
}

}  // namespace drover
