#include "server/eval_controller.h"

#include "base/log.h"

#include <algorithm>

namespace drover::server {
namespace {

constexpr Duration kLongestNap = std::chrono::seconds(10);
constexpr Duration kCollidedInterval = std::chrono::minutes(1);

}  // namespace

EvalController::EvalController(ControlLoop& loop, StateWriter& writer, SchedulerPool& pool, const Clock& clock,
                               Random& random)
    : loop_(loop), writer_(writer), pool_(pool), clock_(clock), queue_(random) {}

void EvalController::on_changes(const StateChanges& changes) {
  queue_.note(changes, Moment::of(clock_));
  if (changes.first) arm_retry();
  take_finished();
  dispatch();
}

// Many end with one durable write: they are taken in one turn of the loop.
void EvalController::finished(EvalQueue::EvalRow eval, WorkResult result) {
  bool first = false;
  {
    MutexLock lock(mutex_);
    first = finished_.empty();
    finished_.emplace_back(std::move(eval), result);
  }
  if (!first) return;
  loop_.post("evaluations finished", [this] {
    take_finished();
    dispatch();
  });
}

void EvalController::take_finished() {
  std::vector<std::pair<EvalQueue::EvalRow, WorkResult>> finished;
  {
    MutexLock lock(mutex_);
    finished.swap(finished_);
  }
  for (const auto& [eval, result] : finished) queue_.finished(eval, result, Moment::of(clock_));
}

void EvalController::dispatch() {
  const Moment now = Moment::of(clock_);
  while (queue_.counts().outstanding < pool_.capacity()) {
    auto eval = queue_.next(now);
    if (!eval) break;
    const bool held_back = queue_.is_held_back(*eval);
    pool_.submit(std::move(*eval), held_back);
  }
  if (auto changes = queue_.take_changes(now); !changes.empty()) write(std::move(changes));
  const bool workers_wait = queue_.counts().outstanding < pool_.capacity();
  if (workers_wait && queue_.has_more()) look_again();
  if (const auto due = queue_.next_due()) arm(*due - now.mono);
  MutexLock lock(mutex_);
  counts_ = queue_.counts();
}

// Lets others have the loop in between.
void EvalController::look_again() {
  if (std::exchange(looking_, true)) return;
  loop_.post("blocked evaluations", [this] {
    looking_ = false;
    dispatch();
  });
}

void EvalController::write(std::vector<model::Evaluation> evals) {
  std::vector<model::EvalId> ids;
  for (const model::Evaluation& eval : evals) ids.push_back(eval.id);
  const auto answered = [this, ids = std::move(ids)](Result<state::Reply> reply) {
    if (reply) return;
    log::warn("evaluations not cancelled", {{"reason", reply.error().message()}});
    loop_.post("evaluations not cancelled", [this, ids] {
      queue_.not_written(ids, Moment::of(clock_));
      dispatch();
    });
  };
  writer_.submit(state::make_command(state::UpsertEvals{.evals = std::move(evals), .time = clock_.now()}), answered);
}

void EvalController::arm(Duration wait) {
  wait = std::clamp<Duration>(wait, std::chrono::milliseconds(1), kLongestNap);
  const MonoTime due = clock_.mono() + wait;
  if (due_ && *due_ <= due && *due_ > clock_.mono()) return;
  timer_.cancel();
  due_ = due;
  timer_ = loop_.after(wait, "evaluation due", [this] {
    due_.reset();
    dispatch();
  });
}

void EvalController::arm_retry() {
  loop_.after(kCollidedInterval, "collided evaluations", [this] {
    queue_.retry_collided();
    dispatch();
    arm_retry();
  });
}

EvalCounts EvalController::counts() const {
  MutexLock lock(mutex_);
  return counts_;
}

}  // namespace drover::server
