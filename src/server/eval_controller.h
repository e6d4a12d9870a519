#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "net/loop.h"
#include "server/blocked_evals.h"
#include "server/eval_broker.h"
#include "server/scheduler_pool.h"
#include "server/state_follower.h"

#include <cstdint>

namespace drover::server {

struct EvalCounts {
  size_t ready = 0;
  size_t outstanding = 0;
  size_t waiting = 0;
  size_t blocked = 0;
};

// Brings evaluations to the scheduler workers: pending ones as soon as they are durable, blocked ones as soon as a node
// has gained room. Owned by the control loop.
class EvalController final : public StateListener {
 public:
  EvalController(net::Loop& loop, SchedulerPool& pool, const Clock& clock);

  void on_changes(const StateChanges& changes) override;

  // The pool is done with an evaluation; any thread.
  void finished(model::EvalId id, WorkResult result);

  // As of the last look; any thread.
  EvalCounts counts() const;

 private:
  void on_eval(const RowChange<model::Evaluation>& change);
  void note_room(const StateChanges& changes);
  void unblock(const std::string& computed_class, uint64_t index);
  void dispatch();
  void arm_timer();

  net::Loop& loop_;
  SchedulerPool& pool_;
  const Clock& clock_;
  EvalBroker broker_;
  BlockedEvals blocked_;
  std::shared_ptr<const state::Snapshot> snapshot_;
  net::Timer timer_;
  std::optional<WallTime> timer_due_;

  mutable Mutex counts_mutex_;
  EvalCounts counts_ BASE_GUARDED_BY(counts_mutex_);
};

}  // namespace drover::server
