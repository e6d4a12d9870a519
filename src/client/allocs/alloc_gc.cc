#include "client/allocs/alloc_gc.h"

#include <fmt/format.h>

#include <algorithm>

namespace drover::client {

Garbage choose_garbage(std::vector<EndedAlloc> ended, const GcOptions& options, const DiskUse& use) {
  Garbage out;
  size_t count = 0;
  if (ended.size() > options.max_allocs) {
    count = ended.size() - options.max_allocs;
    out.reason = fmt::format("more than {} ended allocations (gc_max_allocs)", options.max_allocs);
  } else if (use.disk_percent > options.disk_percent) {
    count = options.parallel;
    out.reason = fmt::format("{:.1f} % of the disk are in use (gc_disk_usage_threshold)", use.disk_percent);
  } else if (use.inode_percent > options.inode_percent) {
    count = options.parallel;
    out.reason = fmt::format("{:.1f} % of the inodes are in use (gc_inode_usage_threshold)", use.inode_percent);
  }
  std::ranges::sort(ended, {}, &EndedAlloc::since);
  ended.resize(std::min(ended.size(), count));
  for (const EndedAlloc& alloc : ended) out.allocs.push_back(alloc.id);
  if (out.allocs.empty()) out.reason.clear();
  return out;
}

}  // namespace drover::client
