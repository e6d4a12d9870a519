#pragma once

#include "client/migration/snapshot.h"
#include "model/ids.h"
#include "net/task.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace drover::client {

struct SnapshotFetch {
  std::vector<std::string> agents;  // "http://10.0.0.1:4646": whom to ask, in this order
  model::AllocId alloc;             // whose data
  std::string into;                 // a directory that is made anew for each try, below `into_root`
  std::string into_root;
  std::vector<std::string> parts;
  SnapshotLimits limits;
};

struct FetchedSnapshot {
  uint64_t bytes = 0;
  uint64_t files = 0;
  uint64_t links_left_out = 0;
  std::string agent;
};

// Unpacks the data of an allocation that is on another node, once it has ended there: all of it, verified, or an error
// that says why from each that was asked. What breaks off is tried again a few times. `on_progress` is called on the
// loop with the bytes so far. Cancellable.
net::Task<Result<FetchedSnapshot>> fetch_snapshot(net::BlockingPool& pool, SnapshotFetch fetch,
                                                  std::function<void(uint64_t bytes)> on_progress);

}  // namespace drover::client
