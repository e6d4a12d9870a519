#pragma once

#include "base/clock.h"
#include "model/ids.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

// Which ended allocations give up their directories. Pure.
namespace drover::client {

struct GcOptions {
  uint32_t max_allocs = 50;                      // ended allocations that are kept
  double disk_percent = 80;                      // of the file system in use, beyond which none is kept
  double inode_percent = 70;                     // the same of its inodes
  uint32_t parallel = 2;                         // directories that are removed at a time
  Duration interval = std::chrono::seconds(60);  // how often the file system is looked at
};

struct DiskUse {
  double disk_percent = 0;
  double inode_percent = 0;
};

struct EndedAlloc {
  model::AllocId id;
  WallTime since;
};

struct Garbage {
  std::vector<model::AllocId> allocs;  // the oldest first
  std::string reason;                  // for people; "" if there is none
};

// What goes now. On a full file system that is `parallel` of them: it has to be looked at again after that.
Garbage choose_garbage(std::vector<EndedAlloc> ended, const GcOptions& options, const DiskUse& use);

}  // namespace drover::client
