#include "server/eval_broker.h"

#include "base/check.h"

#include <algorithm>
#include <string_view>

namespace drover::server {
namespace {

// Somebody has asked for it and may follow it by its id, or allocations wait for it and no other.
bool is_watched(const model::Evaluation& eval) {
  if (eval.wait_until != WallTime()) return true;
  static constexpr std::string_view kRequests[] = {model::trigger::kJobRegister, model::trigger::kJobDeregister,
                                                   model::trigger::kPeriodicJob, model::trigger::kScaling,
                                                   model::trigger::kAllocStop};
  return std::ranges::find(kRequests, eval.triggered_by) != std::end(kRequests);
}

// How long it still has to wait: never longer than when it was made, whatever has been done to the clock since.
Duration wait_left(const model::Evaluation& eval, WallTime now) {
  return eval.wait_until - std::max(now, eval.create_time);
}

}  // namespace

void EvalBroker::enqueue(EvalRow eval, Moment now, uint64_t ready_index, std::optional<Lane> lane) {
  owner_.check();
  // A row that is written anew does not wait anew.
  const auto known = known_.find(eval->id);
  const bool same_wait = known != known_.end() && known->second.eval->wait_until == eval->wait_until;
  const std::optional<MonoTime> waited = same_wait ? known->second.due : std::nullopt;
  remove(eval->id);
  Entry entry{.eval = eval,
              .ready_index = ready_index > 0 ? ready_index : eval->create_index,
              .due = waited,
              .lane = std::move(lane)};
  const bool waits = eval->status == model::EvalStatus::Pending && wait_left(*eval, now.wall) > Duration(0);
  if (!entry.due && waits) entry.due = now.mono + wait_left(*eval, now.wall);
  known_[eval->id] = entry;
  if (entry.due && *entry.due > now.mono) {
    delayed_.emplace(*entry.due, eval->id);
  } else {
    make_ready(entry);
  }
}

void EvalBroker::enqueue_later(EvalRow eval, Moment now, Duration delay, std::optional<Lane> lane) {
  owner_.check();
  remove(eval->id);
  const Entry entry{.eval = eval, .ready_index = eval->create_index, .due = now.mono + delay, .lane = std::move(lane)};
  known_[eval->id] = entry;
  delayed_.emplace(*entry.due, eval->id);
}

void EvalBroker::remove(const model::EvalId& id) {
  owner_.check();
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  const Entry entry = found->second;
  known_.erase(found);
  if (entry.due && delayed_.erase({*entry.due, id}) > 0) return;
  const model::JobKey job = entry.key();
  if (const auto held = held_.find(job); held != held_.end() && held->second.erase(entry.rank()) > 0) {
    --held_count_;
    if (held->second.empty()) held_.erase(held);
    return;
  }
  if (ready_.erase(entry.rank()) > 0) free_job(job);
}

std::optional<EvalBroker::EvalRow> EvalBroker::dequeue(Moment now) {
  owner_.check();
  release_delayed(now.mono);
  if (ready_.empty()) return std::nullopt;
  const model::EvalId id = std::get<model::EvalId>(*ready_.begin());
  ready_.erase(ready_.begin());
  const auto found = known_.find(id);
  CHECK(found != known_.end(), "what is ready is known");
  EvalRow eval = found->second.eval;
  outstanding_[id] = found->second.key();
  known_.erase(found);
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

std::vector<EvalBroker::EvalRow> EvalBroker::take_superfluous() {
  owner_.check();
  std::vector<EvalRow> out;
  for (const model::JobKey& job : std::exchange(crowded_, {})) {
    const auto held = held_.find(job);
    if (held == held_.end()) continue;
    // Any one of them looks at the whole job: the first keeps their place.
    const std::set<Rank> all = held->second;
    for (auto rank = std::next(all.begin()); rank != all.end(); ++rank) {
      const EvalRow eval = known_.at(std::get<model::EvalId>(*rank)).eval;
      if (is_watched(*eval)) continue;
      remove(eval->id);
      out.push_back(eval);
    }
  }
  return out;
}

std::optional<MonoTime> EvalBroker::next_due() const {
  owner_.check();
  if (delayed_.empty()) return std::nullopt;
  return delayed_.begin()->first;
}

void EvalBroker::make_ready(const Entry& entry) {
  const model::JobKey job = entry.key();
  const auto [busy, free] = busy_.try_emplace(job, entry.eval->id);
  if (free) {
    ready_.insert(entry.rank());
    return;
  }
  Rank waits = entry.rank();
  // An older one of a lane goes before one that nobody has begun to work on.
  const auto first = entry.lane ? known_.find(busy->second) : known_.end();
  if (first != known_.end() && waits < first->second.rank() && ready_.erase(first->second.rank()) > 0) {
    ready_.insert(waits);
    busy->second = entry.eval->id;
    waits = first->second.rank();
  }
  std::set<Rank>& held = held_[job];
  held.insert(waits);
  ++held_count_;
  if (!entry.lane && held.size() > 1) crowded_.insert(job);
}

void EvalBroker::free_job(const model::JobKey& job) {
  busy_.erase(job);
  const auto held = held_.find(job);
  if (held == held_.end()) return;
  const Entry next = known_.at(std::get<model::EvalId>(*held->second.begin()));
  held->second.erase(held->second.begin());
  --held_count_;
  if (held->second.empty()) held_.erase(held);
  make_ready(next);
}

void EvalBroker::release_delayed(MonoTime now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const Entry entry = known_.at(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    make_ready(entry);
  }
}

}  // namespace drover::server
