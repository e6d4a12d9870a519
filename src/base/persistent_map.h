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

}  // namespace drover

#include "base/persistent_map_impl.h"  // IWYU pragma: export
