#pragma once

#include "base/random.h"
#include "server/decider_loop.h"
#include "server/eval_controller.h"
#include "server/node_sessions.h"
#include "server/scheduler_pool.h"
#include "server/state_follower.h"
#include "server/state_writer.h"
#include "server/watch.h"
#include "sim/sim_disk.h"
#include "sim/sim_loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace drover::sim {

// One life of a server: its own parts (server/server_parts.h) around a simulated disk and loop, without threads. What
// its threads would do happens in step(), one thing at a time, in an order that chance decides.
class SimServer {
 public:
  // Errors: the stored rows cannot be loaded.
  static Result<std::unique_ptr<SimServer>> start(SimDisk& disk, const Clock& clock, uint64_t seed);

  // One thing that there is to do now; false if there is none. Throws Killed.
  bool step(bool workers_work);
  // When there may be something to do again, if nothing comes from outside.
  std::optional<MonoTime> next_due() const;

  // As Server::submit: `done` is called when the answer is there, unless the server dies before.
  void submit(state::Command command, std::function<void(Result<state::Reply>)> done);

  std::shared_ptr<const state::Snapshot> snapshot() const { return writer_.snapshot(); }
  SimLoop& loop() { return loop_; }
  rpc::NodeStreamHandlerFactory handler_factory() { return sessions_.handler_factory(); }
  Random& random() { return random_; }

 private:
  SimServer(SimDisk& disk, state::Snapshot initial, const Clock& clock, uint64_t seed);
  bool step_writer();
  bool step_pool();
  Duration pause();

  const Clock& clock_;
  SeededRandom random_;  // of the control loop
  SeededRandom worker_random_;
  SeededRandom order_;
  server::WatchIndex watch_;
  server::StateWriter writer_;
  SimLoop loop_;
  server::SchedulerPool pool_;
  server::EvalController evals_;
  server::NodeSessions sessions_;
  std::vector<std::unique_ptr<server::DeciderLoop>> deciders_;
  std::unique_ptr<server::StateFollower> follower_;
  MonoTime writer_rests_until_;
  MonoTime pool_rests_until_;
};

}  // namespace drover::sim
