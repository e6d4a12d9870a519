#pragma once

#include "base/mutex.h"
#include "rpc/messages.h"
#include "sched/held_index.h"

#include <set>
#include <unordered_map>

namespace drover::server {

// What the connected nodes hold ready for tasks, as they tell it. Not durable: nodes tell it again. Thread-safe.
class HeldRegistry {
 public:
  void update(const model::NodeId& node, const rpc::HeldUpdate& update);
  // Its stream has ended.
  void forget(const model::NodeId& node);

  // Constant time.
  sched::HeldIndex index() const;

 private:
  mutable Mutex mutex_;
  sched::HeldIndex index_ BASE_GUARDED_BY(mutex_);
  std::unordered_map<model::NodeId, std::set<uint64_t>> keys_ BASE_GUARDED_BY(mutex_);
};

}  // namespace drover::server
