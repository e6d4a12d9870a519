#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "client/sync/update_queue.h"
#include "model/node.h"
#include "rpc/messages.h"
#include "simulate/asset_shelf.h"
#include "simulate/job_table.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace drover::simulate {

// What simulated nodes do with what they are given.
struct Behaviour {
  Duration start_time{0};  // from the assignment to running
  Duration run_time{0};    // of tasks that end by themselves: those of batch and sysbatch jobs
  double fail_share = 0;   // of the allocations, 0 to 1: these fail when they should start
  FetchBehaviour fetch;    // before start_time begins
};

// How many allocations are in which state. Those that the servers have forgotten are not counted.
struct Census {
  uint64_t pending = 0;
  uint64_t running = 0;
  uint64_t complete = 0;
  uint64_t failed = 0;

  Census& operator+=(const Census& other);
};

// A node that runs nothing: it takes assignments and reports what a real one would. Pure: messages and times go in,
// reports come out.
class SimulatedNode {
 public:
  // `behaviour` and `jobs`, which nodes share, outlive it.
  SimulatedNode(model::Node node, const Behaviour& behaviour, JobTable& jobs, uint64_t seed);

  const model::Node& node() const { return node_; }
  const Census& census() const { return census_; }

  uint64_t fetches() const { return shelf_.fetches(); }

  // A new stream: what was not acknowledged is reported again.
  void on_connected();
  // Fetches what the market requires.
  void on_welcome(const rpc::Welcome& welcome, MonoTime now);
  // Errors: the stream has to be begun anew, because a job is missing or no record.
  Status on_assignments(const rpc::Assignments& assignments, MonoTime now);
  void on_ack(uint64_t sequence) { reports_.ack(sequence); }

  // Does what is due by now.
  void advance(MonoTime now, WallTime wall);
  // What was not reported yet, at most kMaxReports; nothing if there is none. Counts as sent.
  std::optional<rpc::AllocUpdates> take_reports() { return reports_.take_allocs(kMaxReports); }
  // What the servers have to hear of the node itself by now; nothing if there is no news. Counts as sent.
  std::optional<rpc::Heartbeat> take_news(MonoTime now);
  // Some are not acknowledged.
  bool has_reports() const { return !reports_.empty(); }
  // When something is due without a message.
  std::optional<MonoTime> next_due() const;

  static constexpr size_t kMaxReports = 1000;

 private:
  // What happens next to an allocation. Stop: it was told to.
  enum class Step : uint8_t { Start, Fail, Succeed, Stop, BecomeHealthy };

  struct Held {
    model::ClientStatus status = model::ClientStatus::Pending;
    uint64_t alloc_modify_index = 0;
    std::optional<model::DeploymentStatus> health;
    bool in_deployment = false;
    bool stopping = false;
    WallTime started_at;
    std::shared_ptr<const GroupOutline> group;
  };

  Status on_assignment(const rpc::Assignment& assignment, MonoTime now);
  void act(const model::AllocId& id, Held& held, Step step, MonoTime now, WallTime wall);
  void start(const model::AllocId& id, Held& held, MonoTime now, WallTime wall);
  void set_status(Held& held, model::ClientStatus status);
  void report(const model::AllocId& id, const Held& held, WallTime wall);
  void forget(const model::AllocId& id);
  void forget_all_but(const std::vector<model::AllocId>& known);
  void plan(const model::AllocId& id, Step step, MonoTime when) { due_.emplace(when, std::pair(id, step)); }

  // What the market requires, while it comes.
  struct Requirements {
    std::string id;
    MonoTime here;
  };

  model::Node node_;
  const Behaviour& behaviour_;
  JobTable& jobs_;
  SeededRandom random_;
  std::unordered_map<model::AllocId, Held> held_;
  std::multimap<MonoTime, std::pair<model::AllocId, Step>> due_;  // may name allocations that are gone
  AssetShelf shelf_;
  std::optional<Requirements> required_;
  client::UpdateQueue reports_;
  Census census_;
};

}  // namespace drover::simulate
