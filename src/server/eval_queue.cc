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
  follow_markets(now);
  for (const auto& change : changes.evals) note_eval(change, now);
  for (const std::string& computed_class : classes_with_room(changes)) {
    blocked_.note_room(computed_class, snapshot_->index());
    for (auto& [market, line] : lines_) line.note_room(computed_class, snapshot_->index());
  }
}

// A pool becomes a market, or is none any more: what waits there is sorted anew.
void EvalQueue::follow_markets(Moment now) {
  const uint64_t index = snapshot_->table_index(state::Table::Markets);
  if (std::exchange(markets_index_, index) == index) return;
  // What room there was before is not known here: everybody is tried once.
  for (const auto& market : snapshot_->markets()) {
    lines_[market.key];
    for (const auto& node : snapshot_->nodes()) {
      if (node.value->accepts_work()) lines_[market.key].note_room(node.value->computed_class, snapshot_->index());
    }
  }
  for (const auto& entry : snapshot_->evals()) {
    if (!entry.value->terminal() && entry.value->status == model::EvalStatus::Blocked && !back_.contains(entry.key)) {
      note_eval({entry.value, entry.value}, now);
    }
  }
}

// Jobs that are stopped, and those that run everywhere, wait for nobody.
std::optional<EvalBroker::Lane> EvalQueue::lane_of(const model::Evaluation& eval) const {
  if (snapshot_->markets().empty()) return std::nullopt;
  const auto job = snapshot_->job(eval.job_key());
  if (!job || job->stop || job->type == model::JobType::System || job->type == model::JobType::Sysbatch) {
    return std::nullopt;
  }
  if (!snapshot_->market(job->node_pool)) return std::nullopt;
  return EvalBroker::Lane{.name = job->node_pool, .order = job->job_modify_index};
}

bool EvalQueue::is_held_back(const EvalRow& eval) const {
  const auto lane = lane_of(*eval);
  const auto line = lane ? lines_.find(lane->name) : lines_.end();
  return line != lines_.end() && line->second.held_before(lane->order);
}

void EvalQueue::forget_blocked(const model::EvalId& id) {
  blocked_.remove(id);
  const auto place = places_.find(id);
  if (place == places_.end()) return;
  lines_[place->second.name].remove(place->second.order, id);
  places_.erase(place);
}

void EvalQueue::block(const EvalRow& eval) {
  const auto lane = lane_of(*eval);
  if (!lane) return blocked_.block(eval);
  places_[eval->id] = *lane;
  lines_[lane->name].block(lane->order, eval, waits_for_room(*snapshot_, *eval));
}

void EvalQueue::retry_collided() {
  blocked_.note_retry();
  for (auto& [market, line] : lines_) line.note_retry();
}

bool EvalQueue::has_more() const {
  if (paused_) return false;
  if (blocked_.has_more() && back_.size() < kBackAtOnce) return true;
  return std::ranges::any_of(
      lines_, [&](const auto& entry) { return entry.second.has_more() && !broker_.is_busy(entry.first); });
}

void EvalQueue::note_eval(const RowChange<model::Evaluation>& change, Moment now) {
  const EvalRow& eval = change.after;
  if (change.before) forget_blocked(change.before->id);
  if (change.before && settling_.erase(change.before->id) > 0) broker_.done(change.before->id);
  if (!eval || eval->terminal()) {
    if (!change.before) return;
    broker_.remove(change.before->id);
    failures_.erase(change.before->id);
    back_.erase(change.before->id);
  } else if (eval->status == model::EvalStatus::Pending) {
    broker_.enqueue(eval, now, 0, lane_of(*eval));
  } else {
    broker_.remove(eval->id);
    back_.erase(eval->id);
    block(eval);
  }
}

std::optional<EvalQueue::EvalRow> EvalQueue::next(Moment now) {
  if (paused_) return std::nullopt;
  take_blocked(now);
  return broker_.dequeue(now);
}

void EvalQueue::take_blocked(Moment now) {
  for (auto& [market, line] : lines_) {
    if (!line.has_more() || broker_.is_busy(market)) continue;
    if (auto eval = line.take()) {
      places_.erase((*eval)->id);
      const auto lane = lane_of(**eval);
      broker_.enqueue(std::move(*eval), now, snapshot_->index(), lane);
    }
  }
  if (!blocked_.has_more() || back_.size() >= kBackAtOnce) return;
  for (EvalRow& eval : blocked_.take(kBackAtOnce - back_.size())) {
    back_.insert(eval->id);
    const auto lane = lane_of(*eval);
    broker_.enqueue(std::move(eval), now, snapshot_->index(), lane);
  }
}

void EvalQueue::finished(const EvalRow& eval, WorkResult result, Moment now) {
  back_.erase(eval->id);
  // The next one of a lane has to know what became of this one.
  const auto noted = snapshot_->eval(eval->id);
  const bool settled = !noted || noted->modify_index != eval->modify_index;
  if (result == WorkResult::Done && !settled && lane_of(*eval)) {
    settling_.insert(eval->id);
  } else {
    broker_.done(eval->id);
  }
  if (result == WorkResult::Done) {
    failures_.erase(eval->id);
    return;
  }
  const auto stored = snapshot_->eval(eval->id);
  if (!stored || stored->terminal()) return;
  if (result == WorkResult::TryAgain) return broker_.enqueue_later(stored, now, kRetryDelay, lane_of(*stored));
  const int32_t failures = ++failures_[eval->id];
  if (failures >= kDeliveryLimit) {
    failures_.erase(eval->id);
    given_up_.push_back(stored);
  } else {
    broker_.enqueue_later(stored, now, redelivery_delay(failures), lane_of(*stored));
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
    if (stored && !stored->terminal()) broker_.enqueue_later(stored, now, kRetryDelay, lane_of(*stored));
  }
}

EvalCounts EvalQueue::counts() const {
  size_t blocked = blocked_.count();
  for (const auto& [market, line] : lines_) blocked += line.count();
  return {broker_.ready_count(), broker_.outstanding_count(), broker_.waiting_count(), blocked};
}

}  // namespace drover::server
