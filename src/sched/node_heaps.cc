#include "sched/node_heaps.h"

#include <algorithm>

namespace drover::sched {
namespace {

template <class T>
void push(std::vector<T>& heap, const T& item) {
  heap.push_back(item);
  std::ranges::push_heap(heap, std::less<>());
}

template <class T>
void pop(std::vector<T>& heap) {
  std::ranges::pop_heap(heap, std::less<>());
  heap.pop_back();
}

}  // namespace

NodeHeaps::NodeHeaps(const SpreadRules& spreads, size_t slots)
    : spreads_(spreads), stamps_(slots), combinations_(spreads.combinations()) {}

NodeHeaps::Stamped NodeHeaps::stamped(const Entry& entry) {
  Stamped out;
  static_cast<Entry&>(out) = entry;
  out.stamp = ++stamps_[entry.slot];
  return out;
}

void NodeHeaps::append(const Entry& entry) {
  const uint32_t combination = spreads_.combination_of(entry.slot);
  std::vector<Stamped>& heap = combinations_[combination].heaps[entry.parts - 1];
  if (heap.empty()) heap.reserve(stamps_.size() / combinations_.size());
  heap.push_back(stamped(entry));
  unsettle(combination);
}

void NodeHeaps::order() {
  for (const uint32_t number : unsettled_) {
    for (std::vector<Stamped>& heap : combinations_[number].heaps) std::ranges::make_heap(heap, std::less<>());
  }
}

void NodeHeaps::put(const Entry& entry) {
  const uint32_t combination = spreads_.combination_of(entry.slot);
  push(combinations_[combination].heaps[entry.parts - 1], stamped(entry));
  unsettle(combination);
}

void NodeHeaps::drop(uint32_t slot) {
  ++stamps_[slot];
  unsettle(spreads_.combination_of(slot));
}

void NodeHeaps::counts_changed(uint32_t slot) {
  for (const uint32_t combination : spreads_.changed_by(slot)) unsettle(combination);
}

void NodeHeaps::unsettle(uint32_t combination) {
  if (combinations_[combination].unsettled) return;
  combinations_[combination].unsettled = true;
  unsettled_.push_back(combination);
}

// Puts the heads of what has changed into the buckets where they belong now.
void NodeHeaps::settle() {
  for (const uint32_t number : unsettled_) {
    Combination& combination = combinations_[number];
    combination.unsettled = false;
    ++combination.stamp;
    Bucket* bucket = nullptr;
    for (size_t p = 0; p < kMaxParts; ++p) {
      const Stamped* head = head_of(combination, p);
      if (!head) continue;
      if (!bucket) bucket = &buckets_[spreads_.signature(number)];
      push((*bucket)[p], Head{head->sum, head->tie, number, combination.stamp});
    }
  }
  unsettled_.clear();
}

const NodeHeaps::Stamped* NodeHeaps::head_of(Combination& combination, size_t parts) {
  std::vector<Stamped>& heap = combination.heaps[parts];
  while (!heap.empty() && heap.front().stamp != stamps_[heap.front().slot]) pop(heap);
  return heap.empty() ? nullptr : &heap.front();
}

const NodeHeaps::Stamped* NodeHeaps::head_of(std::vector<Head>& heads, size_t parts) {
  while (!heads.empty() && heads.front().stamp != combinations_[heads.front().combination].stamp) pop(heads);
  return heads.empty() ? nullptr : head_of(combinations_[heads.front().combination], parts);
}

std::optional<NodeHeaps::Entry> NodeHeaps::best() {
  settle();
  const Stamped* best = nullptr;
  double best_score = 0;
  for (auto at = buckets_.begin(); at != buckets_.end();) {
    bool empty = true;
    const double boost = spreads_.boost(at->first);
    for (size_t p = 0; p < kMaxParts; ++p) {
      const Stamped* head = head_of(at->second[p], p);
      if (!head) continue;
      empty = false;
      const double score = score_of(head->sum, head->parts, boost);
      const bool better = !best || score > best_score || (score == best_score && head->tie > best->tie);
      if (!better) continue;
      best = head;
      best_score = score;
    }
    at = empty ? buckets_.erase(at) : std::next(at);
  }
  return best ? std::optional<Entry>(*best) : std::nullopt;
}

}  // namespace drover::sched
