#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "codec/value.h"
#include "model/alloc_metric.h"
#include "model/evaluation.h"
#include "model/ids.h"
#include "model/job.h"
#include "model/plan.h"
#include "net/task.h"
#include "rpc/messages.h"
#include "state/command.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace drover::server {

// What `job plan` shows: what the scheduler would do with a job, without doing it.
struct PlanPreview {
  std::map<std::string, model::DesiredUpdates> desired_updates;
  std::map<std::string, model::AllocMetric> failed_tg_allocs;
  uint64_t job_modify_index = 0;  // of the stored job, 0 if there is none
  std::optional<WallTime> next_periodic_launch;
  std::optional<model::Deployment> deployment;  // that would be created
  std::vector<model::AllocId> preempted;        // allocations of other jobs that would have to go
};

// A job that another one brings forth: the command that creates it, still to be submitted.
struct ChildLaunch {
  state::Command command;
  std::string job_id;
  model::EvalId eval_id;
};

// Who serves: for status, agent/self and agent/members.
struct ServerInfo {
  std::string name;  // "host.region"
  std::string region;
  std::string datacenter;
  std::string leader_rpc_address;  // "" while there is no leader
  std::string rpc_address;
  std::string http_address;
  bool is_leader = false;
  std::vector<std::pair<std::string, int64_t>> stats;  // "broker.ready", "writer.batches", … for agent-info and metrics
};

// The answer of a node to a call: chunks of bytes, in order. Destroying it cancels the call on the node.
class CallStream {
 public:
  virtual ~CallStream() = default;
  virtual const std::string& content_type() const = 0;
  // The next chunk; nothing at the end. Cancellable.
  virtual net::Task<Result<std::optional<std::string>>> next() = 0;
  // A piece of input, for calls that take any; returns when there is room for more. Beside next(), one at a time.
  virtual net::Task<Status> send(std::string input) = 0;
};

// The server as the HTTP API sees it. Called from any net loop; answers come back to the calling loop.
class Frontend {
 public:
  virtual ~Frontend() = default;

  // The newest published state.
  virtual std::shared_ptr<const state::Snapshot> snapshot() const = 0;

  // Submits a change and waits until it is durable and visible in snapshot(). Errors: those of the command's apply();
  // ResourceExhausted (disk full, queue full); Unavailable (no leader, stopping).
  virtual net::Task<Result<state::Reply>> submit(state::Command command) = 0;

  // Returns once one of the tables has an index above `index`, or when `timeout` has passed. Cancellable.
  virtual net::Task<void> wait_for_change(state::TableSet tables, uint64_t index, Duration timeout) = 0;

  // What registering this job would do. REQUIRES a canonical, valid job. Runs the scheduler on the calling thread.
  virtual Result<PlanPreview> preview(const model::Job& job) = 0;

  // What a parameterized job makes of a payload and meta (facts 1.5): a RegisterJob. With a token (not "") that was
  // used before, the command's reply names the child that it has made then (cases.md 27). Errors: NotFound (no such
  // job), InvalidArgument (it is not parameterized, or takes no such payload or meta), Conflict (it is stopped).
  virtual Result<ChildLaunch> make_dispatch(const model::JobKey& parent, std::string payload,
                                            std::map<std::string, std::string> meta, std::string token) = 0;

  // The next child of a periodic job, now, whatever its schedule, `enabled` and `prohibit_overlap` say: a
  // LaunchPeriodic. Errors: NotFound, InvalidArgument (it is not periodic), Conflict (it is stopped).
  virtual Result<ChildLaunch> make_periodic_launch(const model::JobKey& parent) = 0;

  // Removes what garbage collection would remove some day, however recently it ended; returns once it is gone.
  virtual net::Task<Status> collect_garbage() = 0;

  // Why each group of a job is placed as it is, or not, node by node: sched's explanation as JSON. The job is the
  // stored one, or a candidate. REQUIRES a canonical, valid job. Runs the scheduler on the calling thread.
  virtual Result<codec::Value> explain(const model::Job& job) = 0;

  // Asks the node something on behalf of an API client. Errors: NotFound (no such node, or the node's own answer),
  // Unavailable (the node is not connected).
  virtual net::Task<Result<std::unique_ptr<CallStream>>> call_node(model::NodeId node, rpc::CallRequest request) = 0;

  virtual ServerInfo info() const = 0;
};

}  // namespace drover::server
