#pragma once

#include "base/blocking_queue.h"
#include "base/clock.h"
#include "base/random.h"
#include "server/eval_queue.h"
#include "server/eval_work.h"
#include "server/held_registry.h"
#include "server/plan_gate.h"
#include "server/state_writer.h"
#include "server/work_window.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace drover::server {

struct SchedulerPoolOptions {
  unsigned threads = 2;
  const HeldRegistry* held = nullptr;  // null: nobody knows what nodes hold
};

// For metrics. Totals since start.
struct SchedulerPoolCounters {
  uint64_t evaluations = 0;
  uint64_t placements = 0;
  uint64_t partial_commits = 0;
  uint64_t schedule_nanos = 0;
};

// The scheduler workers (conventions.md "SCHEDULER WORKERS"): each takes an evaluation, decides on the newest state,
// submits plan and outcome as one change and goes on with the next evaluation while that is made durable. What collided
// comes back to be planned again, the last time with no other plan under way.
class SchedulerPool {
 public:
  using EvalRow = state::Row<model::Evaluation>;
  // Called when the work on an evaluation has ended, on any thread.
  using Finished = std::function<void(EvalRow, WorkResult)>;
  using RandomFactory = std::function<std::unique_ptr<Random>()>;

  SchedulerPool(StateWriter& writer, const Clock& clock, RandomFactory make_random, SchedulerPoolOptions options);
  ~SchedulerPool();

  // `finished` is called once for each evaluation that is submitted from now on.
  void start(Finished finished);
  // Instead of start(), for the simulation: no threads, step() works on one evaluation on the calling thread; false if
  // there is none.
  void start_without_threads(Finished finished) { finished_ = std::move(finished); }
  bool step(Random& random);
  // Ends after the evaluations at hand. Idempotent. The writer still runs.
  void stop();

  // REQUIRES that the writer's snapshot has reached the evaluation.
  void submit(EvalRow eval, bool held_back = false) { queue_.push({.eval = std::move(eval), .held_back = held_back}); }

  // How many evaluations it wants to have at the moment.
  size_t capacity() const { return window_.size(); }
  SchedulerPoolCounters counters() const;

 private:
  void run();
  void process(EvalWork work, Random& random);
  void on_reply(EvalWork work, const Result<state::Reply>& reply);

  StateWriter& writer_;
  const Clock& clock_;
  const RandomFactory make_random_;
  const SchedulerPoolOptions options_;
  Finished finished_;
  WorkWindow window_;  // written on the writer's thread
  BlockingQueue<EvalWork> queue_;
  PlanGate gate_;
  std::vector<std::thread> threads_;
  std::atomic<uint64_t> evaluations_{0}, placements_{0}, partial_commits_{0}, schedule_nanos_{0};
};

}  // namespace drover::server
