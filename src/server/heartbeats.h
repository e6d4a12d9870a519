#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/thread_owner.h"
#include "model/ids.h"

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace drover::server {

struct HeartbeatOptions {
  Duration min_ttl = std::chrono::seconds(10);
  Duration grace = std::chrono::seconds(10);
  double max_per_second = 50;
  // How long nodes have to come back after this server has started: none is down because the server was.
  Duration failover_ttl = std::chrono::seconds(300);
};

// When each node was last heard of, in monotonic time: a step of the wall clock downs no node (facts 5.9, cases.md 24).
// Owned by one thread.
class Heartbeats {
 public:
  Heartbeats(HeartbeatOptions options, const Clock& clock, Random& random);

  // The node was heard of; how soon it has to be heard of again. Grows with the number of nodes and is jittered.
  Duration heard(const model::NodeId& node);
  // A node that this server knows from its state only.
  void expect(const model::NodeId& node);
  void forget(const model::NodeId& node);

  // The nodes whose time is over. They are forgotten.
  std::vector<model::NodeId> expired();

  // When to call expired() next; nothing if there are no nodes.
  std::optional<MonoTime> next_deadline() const;
  size_t active() const { return deadlines_.size(); }

 private:
  void set(const model::NodeId& node, MonoTime deadline);

  const HeartbeatOptions options_;
  const Clock& clock_;
  Random& random_;
  ThreadOwner owner_;
  std::unordered_map<model::NodeId, MonoTime> deadlines_;
  std::set<std::pair<MonoTime, model::NodeId>> order_;
};

}  // namespace drover::server
