#pragma once

#include "base/blocking_queue.h"
#include "base/clock.h"
#include "base/random.h"
#include "server/state_writer.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace drover::server {

enum class WorkResult : uint8_t {
  Done,   // its outcome is durable
  Retry,  // the state could not be written: try again later
};

struct SchedulerPoolOptions {
  unsigned threads = 1;
};

// For metrics. Totals since start.
struct SchedulerPoolCounters {
  uint64_t evaluations = 0;
  uint64_t placements = 0;
  uint64_t stops = 0;
  uint64_t partial_commits = 0;
  uint64_t schedule_nanos = 0;
};

// The scheduler workers (conventions.md "SCHEDULER WORKERS"): each takes an evaluation, decides on the newest snapshot,
// submits the plan, plans again what collided, and writes the outcome.
class SchedulerPool {
 public:
  using EvalRow = state::Row<model::Evaluation>;
  // Called when the work on an evaluation has ended, on any thread.
  using Finished = std::function<void(model::EvalId, WorkResult)>;
  using RandomFactory = std::function<std::unique_ptr<Random>()>;

  SchedulerPool(StateWriter& writer, const Clock& clock, RandomFactory make_random, SchedulerPoolOptions options);
  ~SchedulerPool();

  // `finished` is called once for each evaluation that is submitted from now on.
  void start(Finished finished);
  // Ends after the evaluations at hand. Idempotent. The writer still runs.
  void stop();

  // REQUIRES that the writer's snapshot has reached the evaluation.
  void submit(EvalRow eval) { queue_.push(std::move(eval)); }

  unsigned threads() const { return options_.threads; }
  SchedulerPoolCounters counters() const;

 private:
  void run();
  void process(const model::Evaluation& eval, Random& random);

  StateWriter& writer_;
  const Clock& clock_;
  const RandomFactory make_random_;
  const SchedulerPoolOptions options_;
  Finished finished_;
  BlockingQueue<EvalRow> queue_;
  std::vector<std::thread> threads_;
  std::atomic<uint64_t> evaluations_{0}, placements_{0}, stops_{0}, partial_commits_{0}, schedule_nanos_{0};
};

}  // namespace drover::server
