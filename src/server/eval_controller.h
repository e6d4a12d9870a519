#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "server/control_loop.h"
#include "server/eval_queue.h"
#include "server/scheduler_pool.h"
#include "server/state_follower.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace drover::server {

// Brings evaluations to the scheduler workers: pending ones as soon as they are durable, blocked ones as soon as a node
// has gained room. Owned by the control loop.
class EvalController final : public StateListener {
 public:
  EvalController(ControlLoop& loop, StateWriter& writer, SchedulerPool& pool, const Clock& clock, Random& random);

  void on_changes(const StateChanges& changes) override;

  // The pool is done with an evaluation; any thread.
  void finished(EvalQueue::EvalRow eval, WorkResult result);

  // As of the last look; any thread.
  EvalCounts counts() const;

 private:
  void take_finished();
  void look_again();
  void dispatch();
  void write(std::vector<model::Evaluation> evals);
  void arm(Duration wait);
  void arm_retry();

  ControlLoop& loop_;
  StateWriter& writer_;
  SchedulerPool& pool_;
  const Clock& clock_;
  EvalQueue queue_;
  ControlTimer timer_;
  std::optional<MonoTime> due_;
  bool looking_ = false;  // a turn of the loop that goes on with the blocked ones is on its way

  mutable Mutex mutex_;
  EvalCounts counts_ BASE_GUARDED_BY(mutex_);
  std::vector<std::pair<EvalQueue::EvalRow, WorkResult>> finished_ BASE_GUARDED_BY(mutex_);
};

}  // namespace drover::server
