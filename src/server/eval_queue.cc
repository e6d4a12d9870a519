#include "server/eval_queue.h"

#include "server/eval_work.h"
#include "server/room.h"

#include <algorithm>

namespace drover::server {
namespace {

// When nothing could be written.
constexpr Duration kRetryDelay = std::chrono::seconds(1);

constexpr const char* kSuperfluous = "cancelled after more recent eval was processed";

}  // namespace

void EvalQueue::note(const StateChanges& changes, Moment now) {
  snapshot_ = changes.snapshot;
  paused_ = snapshot_->scheduler_config().pause_eval_broker;
  for (const auto& change : changes.evals) note_eval(change, now);
  for (const std::string& computed_class : classes_with_room(changes)) {
    blocked_.note_room(computed_class, snapshot_->index());
  }
}

void EvalQueue::note_eval(const RowChange<model::Evaluation>& change, Moment now) {
  const EvalRow& eval = change.after;
  if (change.before) blocked_.remove(change.before->id);
  if (!eval || eval->terminal()) {
    if (!change.before) return;
    broker_.remove(change.before->id);
    failures_.erase(change.before->id);
    back_.erase(change.before->id);
  } else if (eval->status == model::EvalStatus::Pending) {
    broker_.enqueue(eval, now);
  } else {
    broker_.remove(eval->id);
    back_.erase(eval->id);
    blocked_.block(eval);
  }
}

std::optional<EvalQueue::EvalRow> EvalQueue::next(Moment now) {
  if (paused_) return std::nullopt;
  take_blocked(now);
  return broker_.dequeue(now);
}

void EvalQueue::take_blocked(Moment now) {
  if (!blocked_.has_more() || back_.size() >= kBackAtOnce) return;
  for (EvalRow& eval : blocked_.take(kBackAtOnce - back_.size())) {
    back_.insert(eval->id);
    broker_.enqueue(std::move(eval), now, snapshot_->index());
  }
}

void EvalQueue::finished(const EvalRow& eval, WorkResult result, Moment now) {
  back_.erase(eval->id);
  broker_.done(eval->id);
  if (result == WorkResult::Done) {
    failures_.erase(eval->id);
    return;
  }
  const auto stored = snapshot_->eval(eval->id);
  if (!stored || stored->terminal()) return;
  if (result == WorkResult::TryAgain) return broker_.enqueue_later(stored, now, kRetryDelay);
  const int32_t failures = ++failures_[eval->id];
  if (failures >= kDeliveryLimit) {
    failures_.erase(eval->id);
    given_up_.push_back(stored);
  } else {
    broker_.enqueue_later(stored, now, redelivery_delay(failures));
  }
}

std::vector<model::Evaluation> EvalQueue::take_changes(Moment now) {
  std::vector<model::Evaluation> out;
  for (const EvalRow& eval : std::exchange(given_up_, {})) {
    for (model::Evaluation& written : give_up(*eval, now.wall, random_)) out.push_back(std::move(written));
  }
  for (const EvalRow& eval : broker_.take_superfluous()) {
    model::Evaluation& cancelled = out.emplace_back(*eval);
    cancelled.status = model::EvalStatus::Cancelled;
    cancelled.status_description = kSuperfluous;
  }
  return out;
}

void EvalQueue::not_written(const std::vector<model::EvalId>& evals, Moment now) {
  for (const model::EvalId& id : evals) {
    const auto stored = snapshot_->eval(id);
    if (stored && !stored->terminal()) broker_.enqueue_later(stored, now, kRetryDelay);
  }
}

EvalCounts EvalQueue::counts() const {
  return {broker_.ready_count(), broker_.outstanding_count(), broker_.waiting_count(), blocked_.count()};
}

}  // namespace drover::server
