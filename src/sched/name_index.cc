#include "sched/name_index.h"

#include <algorithm>

namespace drover::sched {

void NameIndex::take(int32_t index) {
  if (index < 0) return;
  if (static_cast<size_t>(index) >= holders_.size()) holders_.resize(static_cast<size_t>(index) + 1);
  ++holders_[static_cast<size_t>(index)];
}

void NameIndex::release(int32_t index) {
  if (!taken(index)) return;
  if (--holders_[static_cast<size_t>(index)] == 0) lowest_free_ = std::min(lowest_free_, index);
}

bool NameIndex::taken(int32_t index) const {
  return index >= 0 && static_cast<size_t>(index) < holders_.size() && holders_[static_cast<size_t>(index)] > 0;
}

int32_t NameIndex::next() {
  while (taken(lowest_free_)) ++lowest_free_;
  take(lowest_free_);
  return lowest_free_;
}

std::vector<int32_t> NameIndex::for_canaries(size_t number, const std::vector<int32_t>& destructive) {
  std::vector<int32_t> chosen;
  const auto choose = [&](int32_t index) {
    const bool wanted = chosen.size() < number && std::ranges::find(chosen, index) == chosen.end();
    if (wanted) chosen.push_back(index);
  };
  std::vector<int32_t> replaced = destructive;
  std::ranges::sort(replaced);
  for (const int32_t index : replaced) {
    if (index >= 0 && index < count_) choose(index);
  }
  for (int32_t index = 0; index < count_ && chosen.size() < number; ++index) {
    if (!taken(index)) choose(index);
  }
  for (int32_t index = count_; chosen.size() < number; ++index) {
    if (!taken(index)) choose(index);
  }
  for (const int32_t index : chosen) take(index);
  return chosen;
}

}  // namespace drover::sched
