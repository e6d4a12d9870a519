#include "server/eval_broker.h"

#include "base/check.h"

namespace drover::server {

void EvalBroker::enqueue(EvalRow eval) {
  owner_.check();
  remove(eval->id);
  known_[eval->id] = eval;
  if (eval->wait_until.unix_nanos > 0) {
    delayed_.emplace(eval->wait_until, eval->id);
  } else {
    make_ready(eval);
  }
}

void EvalBroker::remove(const model::EvalId& id) {
  owner_.check();
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  const EvalRow eval = found->second;
  known_.erase(found);
  if (delayed_.erase({eval->wait_until, id}) > 0) return;
  const model::JobKey job = eval->job_key();
  if (const auto held = held_.find(job); held != held_.end() && held->second.erase(rank(*eval)) > 0) {
    --held_count_;
    if (held->second.empty()) held_.erase(held);
    return;
  }
  if (ready_.erase(rank(*eval)) > 0) free_job(job);
}

std::optional<EvalBroker::EvalRow> EvalBroker::dequeue(WallTime now) {
  owner_.check();
  release_delayed(now);
  if (ready_.empty()) return std::nullopt;
  const model::EvalId id = std::get<model::EvalId>(*ready_.begin());
  ready_.erase(ready_.begin());
  const auto found = known_.find(id);
  CHECK(found != known_.end(), "what is ready is known");
  EvalRow eval = found->second;
  known_.erase(found);
  outstanding_[id] = eval->job_key();
  return eval;
}

void EvalBroker::done(const model::EvalId& id) {
  owner_.check();
  const auto found = outstanding_.find(id);
  if (found == outstanding_.end()) return;
  const model::JobKey job = found->second;
  outstanding_.erase(found);
  free_job(job);
}

std::optional<WallTime> EvalBroker::next_due() const {
  owner_.check();
  if (delayed_.empty()) return std::nullopt;
  return delayed_.begin()->first;
}

void EvalBroker::make_ready(const EvalRow& eval) {
  const model::JobKey job = eval->job_key();
  const auto [busy, free] = busy_.try_emplace(job, eval->id);
  if (free) {
    ready_.insert(rank(*eval));
  } else {
    held_[job].insert(rank(*eval));
    ++held_count_;
  }
}

void EvalBroker::free_job(const model::JobKey& job) {
  busy_.erase(job);
  const auto held = held_.find(job);
  if (held == held_.end()) return;
  const EvalRow next = known_.at(std::get<model::EvalId>(*held->second.begin()));
  held->second.erase(held->second.begin());
  --held_count_;
  if (held->second.empty()) held_.erase(held);
  make_ready(next);
}

void EvalBroker::release_delayed(WallTime now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const EvalRow eval = known_.at(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    make_ready(eval);
  }
}

}  // namespace drover::server
