#pragma once

#include "base/random.h"
#include "server/decider.h"
#include "server/eval_queue.h"
#include "server/heartbeats.h"
#include "state/command.h"
#include "testutil/fake_clock.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace drover::scenario {

// A cluster in one thread: the state and its commands, the server's decision makers, and simulated nodes that start and
// stop what they are told and report health. The same calls give the same states for a seed.
//
// Nothing happens but in settle() and advance(), which run until there is nothing left to do at that time.
class World {
 public:
  explicit World(uint64_t seed);

  const state::Snapshot& now() const { return *snapshot_; }
  testing::FakeClock& clock() { return clock_; }
  const testing::FakeClock& clock() const { return clock_; }
  Random& random() { return random_; }
  size_t blocked_count() const { return queue_->counts().blocked; }
  // The jobs of the evaluations that were worked on, in order.
  const std::vector<std::string>& processed() const { return processed_; }
  void forget_processed() { processed_.clear(); }

  // A change that somebody asks for. Errors are the command's.
  Status submit(const state::Command& command);
  template <class Body>
  Status submit(Body body) {
    return submit(state::make_command(std::move(body)));
  }

  void add_node(model::Node node);
  Status run(model::Job job);
  enum class Purge : uint8_t { No, Yes };
  Status stop(const std::string& job, Purge purge);

  // The node is gone, as if its heartbeat had been missed just now; or back again with what it had.
  Status take_down(const model::NodeId& node);
  Status bring_up(const model::NodeId& node);
  // The node says nothing any more: it is lost once its time is over.
  void silence(const model::NodeId& node) { silent_.insert(node); }

  // A manual node reports only what it is told to by report().
  void set_manual(const model::NodeId& node) { manual_.insert(node); }
  Status report(const model::Allocation& alloc, model::ClientStatus status, std::optional<bool> healthy = {});

  // While held no evaluation is worked on, so that several can be waiting.
  void hold() { held_ = true; }
  void release() { held_ = false; }

  // The server forgets what it has in memory and begins again with the stored state.
  void restart();

  void settle();
  void advance(Duration by);

  // What must be true at any time: no node holds more than it has, no port is held twice, and the stored rows make the
  // same state again. An error names what is not.
  Status check_invariants() const;

 private:
  Result<state::Reply> apply(const state::Command& command);
  template <class Body>
  Result<state::Reply> apply(Body body) {
    return apply(state::make_command(std::move(body)));
  }

  void start_server();
  void follow();
  bool work();
  bool decide();

  // The nodes (world_nodes.cc).
  bool run_nodes();
  void beat_and_expire();
  bool connected(const model::NodeId& node) const;
  std::optional<WallTime> healthy_at(const model::Allocation& alloc) const;
  std::optional<Duration> next_health() const;
  Status check_node(const model::Node& node) const;

  testing::FakeClock clock_;
  SeededRandom random_;
  std::shared_ptr<const state::Snapshot> snapshot_;
  std::shared_ptr<const state::Snapshot> followed_;
  std::map<std::pair<state::Table, std::string>, std::string> rows_;
  std::unique_ptr<server::EvalQueue> queue_;
  server::Heartbeats heartbeats_;
  std::vector<std::unique_ptr<server::Decider>> deciders_;
  std::optional<Duration> decide_again_;  // as of the last time
  std::set<model::NodeId> manual_;
  std::set<model::NodeId> silent_;
  std::vector<std::string> processed_;
  bool held_ = false;
};

}  // namespace drover::scenario
