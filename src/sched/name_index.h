#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drover::sched {

// Which indexes of a group's names ("job.group[index]") are taken.
class NameIndex {
 public:
  // `count` is how many indexes the group has in the normal case: 0 to count − 1.
  explicit NameIndex(int32_t count) : count_(count) {}

  void take(int32_t index);
  void release(int32_t index);
  bool taken(int32_t index) const;

  // The lowest free index; it is taken then.
  int32_t next();

  // Indexes for `number` canaries (facts 1.3): those of allocations that a destructive update replaces come first, so
  // that a canary and its predecessor share a name; then free ones, then those beyond the count.
  std::vector<int32_t> for_canaries(size_t number, const std::vector<int32_t>& destructive);

 private:
  const int32_t count_;
  std::vector<uint32_t> holders_;  // by index
  int32_t lowest_free_ = 0;        // none below it is free
};

}  // namespace drover::sched
