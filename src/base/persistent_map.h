#pragma once

#include "base/check.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace drover {

// An ordered map whose copies are snapshots: copying takes one reference to the root, and versions share every node
// that did not change between them. A PersistentMap is immutable; it is edited through a Transient:
//
//   auto draft = map.transient();
//   draft.insert_or_assign(id, row);
//   draft.erase(other_id);
//   map = draft.persistent();
//
// A B+ tree with path copying. An edit changes a node in place when nobody else can see it, that is when the node and
// all its ancestors have one reference each, and copies it first otherwise. So a draft copies each shared node once,
// however many edits follow, and no older version ever changes.
//
// Threads: versions may be read, copied and destroyed on any thread while a Transient made from them is edited on its
// own; they share only reference counts.
//
// An empty Value takes no space: see PersistentSet.
template <class Key, class Value, class Compare = std::less<>>
class PersistentMap {
 public:
  struct Entry {
    Key key;
    [[no_unique_address]] Value value;
  };
  class Iterator;
  class Transient;
  using value_type = Entry;
  using const_iterator = Iterator;

  PersistentMap() = default;
  PersistentMap(const PersistentMap&) = default;
  PersistentMap& operator=(const PersistentMap&) = default;
  PersistentMap(PersistentMap&& other) noexcept : root_(std::move(other.root_)), size_(std::exchange(other.size_, 0)) {}
  PersistentMap& operator=(PersistentMap&& other) noexcept {
    root_ = std::move(other.root_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  // REQUIRES strictly ascending keys. Linear, and leaves no unused space.
  static PersistentMap from_sorted(std::vector<Entry> entries);

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The pointer is valid as long as this version is, or until the next edit of a Transient.
  template <class K>
  const Value* find(const K& key) const;
  template <class K>
  bool contains(const K& key) const {
    return find(key) != nullptr;
  }

  // In key order. Valid as long as this version is, or until the next edit of a Transient.
  Iterator begin() const;
  Iterator end() const { return Iterator(); }

  // The first entry whose key is not less than `key`, which may be of any type that Compare accepts.
  template <class K>
  Iterator lower_bound(const K& key) const;

  // Calls visit(key, const Value* before, const Value* after) in key order for every key whose values differ between
  // two versions; null where a version has no such key. Subtrees that the versions share are skipped, so that it costs
  // what changed and not what there is. REQUIRES that Values can be compared; shared pointers compare by identity.
  template <class Visit>
  static void for_each_change(const PersistentMap& before, const PersistentMap& after, Visit visit);

  Transient transient() const& { return Transient(*this); }
  Transient transient() && { return Transient(std::move(*this)); }

 private:
  // Followed in memory by its items: Entry at height 0, Slot above.
  struct Node {
    Node(unsigned h, unsigned c) : height(static_cast<uint8_t>(h)), capacity(static_cast<uint8_t>(c)) {}
    std::atomic<uint32_t> references{1};
    const uint8_t height;
    const uint8_t capacity;
    uint8_t count = 0;
  };

  // Shared ownership of a node.
  class NodeRef {
   public:
    NodeRef() = default;
    explicit NodeRef(Node* adopted) : node_(adopted) {}
    NodeRef(const NodeRef& other) : node_(other.node_) {
      if (node_) node_->references.fetch_add(1, std::memory_order_relaxed);
    }
    NodeRef(NodeRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    NodeRef& operator=(NodeRef other) noexcept {
      std::swap(node_, other.node_);
      return *this;
    }
    ~NodeRef() {
      if (node_ && node_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(node_);
    }

    explicit operator bool() const { return node_ != nullptr; }
    Node& operator*() const { return *node_; }
    Node* operator->() const { return node_; }

    // Acquire: what other threads read before they dropped their references happened before our edits.
    bool unique() const { return node_->references.load(std::memory_order_acquire) == 1; }

   private:
    Node* node_ = nullptr;
  };

  // A child of a branch. `lower` is greater than every key of the child before and not greater than any key of this
  // one, and equals the `lower` of the child's own first slot; in the first slot of the leftmost nodes it means
  // nothing.
  struct Slot {
    Key lower;
    NodeRef child;
  };

  // Measured with 16-byte keys and 16-byte values: larger leaves cost more to copy than they save.
  template <class Item>
  static constexpr unsigned kMaxItems = std::is_same_v<Item, Entry> ? 16 : 32;
  template <class Item>
  static constexpr unsigned kMinItems = kMaxItems<Item> / 4;
  // Capacities are multiples of this, so that nodes carry little unused space.
  static constexpr unsigned kCapacityStep = 2;
  static constexpr unsigned kMaxHeight = 16;

  template <class Item>
  static constexpr size_t kItemsOffset = (sizeof(Node) + alignof(Item) - 1) / alignof(Item) * alignof(Item);

  template <class Item>
  static Item* items(const Node& node) {
    return reinterpret_cast<Item*>(reinterpret_cast<std::byte*>(const_cast<Node*>(&node)) + kItemsOffset<Item>);
  }
  static Entry* entries(const Node& leaf) { return items<Entry>(leaf); }
  static Slot* slots(const Node& branch) { return items<Slot>(branch); }
  static const Key& first_key(const Node& node) {
    return node.height == 0 ? entries(node)[0].key : slots(node)[0].lower;
  }

  // Nodes.
  template <class Item>
  static NodeRef make(unsigned height, unsigned capacity);
  static void destroy(Node* node) {
    if (node->height == 0) {
      std::destroy_n(entries(*node), node->count);
    } else {
      std::destroy_n(slots(*node), node->count);
    }
    node->~Node();
    ::operator delete(node);
  }
  template <class Item>
  static NodeRef slice(const NodeRef& from, unsigned first, unsigned last, unsigned spare);
  // REQUIRES that the node holding `node` is owned already. ENSURES that nobody else refers to it and it has room for
  // `spare` more items.
  template <class Item>
  static void own(NodeRef& node, unsigned spare) {
    if (node.unique() && node->count + spare <= node->capacity) return;
    node = slice<Item>(node, 0, node->count, spare);
  }
  template <class Item>
  static void insert_item(Node& node, unsigned at, Item item);
  template <class Item>
  static void erase_item(Node& node, unsigned at);
  template <class Item>
  static NodeRef insert_or_split(NodeRef& node, unsigned at, Item item);
  template <class Item>
  static void balance(NodeRef& left, NodeRef& right);
  template <class Item>
  static std::vector<NodeRef> pack(std::vector<Item> all, unsigned height);

  // The first entry not less than `key`.
  template <class K>
  static unsigned entry_index(const Node& leaf, const K& key) {
    const Entry* const first = entries(leaf);
    return static_cast<unsigned>(
        std::partition_point(first, first + leaf.count, [&](const Entry& entry) { return Compare()(entry.key, key); }) -
        first);
  }

  // The child that holds `key` if any does.
  template <class K>
  static unsigned child_index(const Node& branch, const K& key) {
    const Slot* const second = slots(branch) + 1;
    return static_cast<unsigned>(std::partition_point(second, second + branch.count - 1,
                                                      [&](const Slot& slot) { return !Compare()(key, slot.lower); }) -
                                 second);
  }

  // Edits of a subtree, for Transient.
  static NodeRef insert(NodeRef& node, Key& key, Value& value, bool& inserted);
  template <class K>
  static void erase(NodeRef& node, const K& key);
  static void mend_child(Node& branch, unsigned at);

  NodeRef root_;
  size_t size_ = 0;
};

// A set with snapshots: insert_or_assign(key), erase(key), contains(key).
struct Nothing {};
template <class Key, class Compare = std::less<>>
using PersistentSet = PersistentMap<Key, Nothing, Compare>;

// An edit in progress. One thread. Reads see the edits so far; persistent() may be called at any time and again.
template <class Key, class Value, class Compare>
class PersistentMap<Key, Value, Compare>::Transient : private PersistentMap<Key, Value, Compare> {
  using Base = PersistentMap<Key, Value, Compare>;

 public:
  explicit Transient(Base base) : Base(std::move(base)) {}

  using Base::begin;
  using Base::contains;
  using Base::empty;
  using Base::end;
  using Base::find;
  using Base::lower_bound;
  using Base::size;

  // True if the key is new.
  bool insert_or_assign(Key key, Value value = Value());

  // False if there is no such key.
  template <class K>
  bool erase(const K& key);

  // The value to change in place, until the next edit or persistent(); null if there is no such key.
  template <class K>
  Value* edit(const K& key);

  void clear() { static_cast<Base&>(*this) = Base(); }

  Base persistent() const& { return *this; }
  Base persistent() && { return std::move(static_cast<Base&>(*this)); }
};

// A forward iterator. Nodes do not know their parents (they have many), so it holds the path to its leaf.
template <class Key, class Value, class Compare>
class PersistentMap<Key, Value, Compare>::Iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = Entry;
  using difference_type = std::ptrdiff_t;
  using pointer = const Entry*;
  using reference = const Entry&;

  Iterator() = default;

  const Entry& operator*() const { return *entry_; }
  const Entry* operator->() const { return entry_; }

  Iterator& operator++() {
    if (++entry_ == leaf_end_) next_leaf();
    return *this;
  }
  Iterator operator++(int) {
    Iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.entry_ == b.entry_; }

 private:
  friend class PersistentMap;

  void next_leaf();
  void enter_leftmost(const Node* node);
  // The node of that height that starts at this entry, or null.
  const Node* subtree_at(unsigned height) const;
  void skip_subtree(unsigned height);
  void enter_leaf(const Node& leaf, unsigned at) {
    leaf_ = &leaf;
    entry_ = entries(leaf) + at;
    leaf_end_ = entries(leaf) + leaf.count;
    if (entry_ == leaf_end_) next_leaf();
  }

  const Entry* entry_ = nullptr;
  const Entry* leaf_end_ = nullptr;
  const Node* leaf_ = nullptr;
  unsigned root_height_ = 0;
  // By height, from 1: the branches above the leaf and the child taken in each.
  std::array<const Node*, kMaxHeight> branches_{};
  std::array<uint8_t, kMaxHeight> taken_{};
};

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
