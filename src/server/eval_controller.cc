#include "server/eval_controller.h"

#include <algorithm>
#include <set>

namespace drover::server {
namespace {

constexpr Duration kRetryDelay = std::chrono::seconds(1);

// A wall-clock step must not delay what is due: timers for far times look again at least this often.
constexpr Duration kLongestNap = std::chrono::seconds(10);

bool gained_room(const RowChange<model::Allocation>& change) {
  const bool held_before = change.before && !change.before->terminal();
  const bool holds_now = change.after && !change.after->terminal();
  return held_before && !holds_now;
}

bool may_take_more(const RowChange<model::Node>& change) {
  if (!change.after || !change.after->accepts_work()) return false;
  if (!change.before || !change.before->accepts_work()) return true;
  const model::Node& was = *change.before;
  const model::Node& is = *change.after;
  return was.computed_class != is.computed_class || was.resources.cpu != is.resources.cpu ||
         was.resources.memory_mb != is.resources.memory_mb || was.resources.disk_mb != is.resources.disk_mb;
}

}  // namespace

EvalController::EvalController(net::Loop& loop, SchedulerPool& pool, const Clock& clock)
    : loop_(loop), pool_(pool), clock_(clock) {}

void EvalController::on_changes(const StateChanges& changes) {
  snapshot_ = changes.snapshot;
  for (const auto& change : changes.evals) on_eval(change);
  note_room(changes);
  dispatch();
}

void EvalController::on_eval(const RowChange<model::Evaluation>& change) {
  const auto& eval = change.after;
  if (change.before) blocked_.remove(change.before->id);
  if (!eval || eval->terminal()) {
    if (change.before) broker_.remove(change.before->id);
    return;
  }
  if (eval->status == model::EvalStatus::Pending) return broker_.enqueue(eval);
  broker_.remove(eval->id);
  if (auto ready = blocked_.block(eval)) broker_.enqueue(*ready);
}

void EvalController::note_room(const StateChanges& changes) {
  std::set<std::string> classes;
  for (const auto& change : changes.nodes) {
    if (may_take_more(change)) classes.insert(change.after->computed_class);
  }
  for (const auto& change : changes.allocs) {
    if (!gained_room(change)) continue;
    const auto node = snapshot_->node(change.before->node_id);
    if (node && node->accepts_work()) classes.insert(node->computed_class);
  }
  for (const std::string& computed_class : classes) unblock(computed_class, snapshot_->index());
}

void EvalController::unblock(const std::string& computed_class, uint64_t index) {
  for (auto& eval : blocked_.unblock(computed_class, index)) broker_.enqueue(std::move(eval));
}

void EvalController::dispatch() {
  while (broker_.outstanding_count() < pool_.threads()) {
    auto eval = broker_.dequeue(clock_.now());
    if (!eval) break;
    pool_.submit(std::move(*eval));
  }
  arm_timer();
  MutexLock lock(counts_mutex_);
  counts_ = {broker_.ready_count(), broker_.outstanding_count(), broker_.waiting_count(), blocked_.count()};
}

void EvalController::arm_timer() {
  const auto due = broker_.next_due();
  if (due == timer_due_) return;
  timer_.cancel();
  timer_due_ = due;
  if (!due) return;
  const Duration nap = std::clamp<Duration>(*due - clock_.now(), std::chrono::milliseconds(1), kLongestNap);
  timer_ = loop_.after(nap, "evaluation due", [this] {
    timer_due_.reset();
    dispatch();
  });
}

void EvalController::finished(model::EvalId id, WorkResult result) {
  loop_.post("evaluation finished", [this, id, result] {
    broker_.done(id);
    if (result == WorkResult::Retry) {
      // Not written, so it is as it was: look at it again once the disk may have room.
      loop_.after(kRetryDelay, "evaluation retry", [this, id] {
        const auto eval = snapshot_->eval(id);
        if (eval && !eval->terminal()) broker_.enqueue(eval);
        dispatch();
      });
    }
    dispatch();
  });
}

EvalCounts EvalController::counts() const {
  MutexLock lock(counts_mutex_);
  return counts_;
}

}  // namespace drover::server
