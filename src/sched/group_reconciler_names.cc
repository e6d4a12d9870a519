#include "sched/group_reconciler.h"

#include <algorithm>

// Which allocation holds which name, and which ones are too many.
namespace drover::sched {
namespace {

using model::Allocation;
using model::ClientStatus;

bool by_index(const AllocRow& a, const AllocRow& b) {
  return std::pair(a->index(), a->id) < std::pair(b->index(), b->id);
}

bool same_index(const AllocRow& a, const AllocRow& b) {
  return a->index() == b->index();
}

// When the last of its tasks started; nothing if it does not run.
std::optional<WallTime> running_since(const Allocation& alloc) {
  if (alloc.client_status != ClientStatus::Running) return std::nullopt;
  WallTime since = alloc.create_time;
  for (const auto& [name, state] : alloc.task_states) since = std::max(since, state.started_at);
  return since;
}

}  // namespace

// Which of two allocations of one name runs on: that of the newer version; of equal ones as the group says.
bool GroupReconciler::stays(const Allocation& later, const Allocation& earlier) const {
  if (later.job_version != earlier.job_version) return later.job_version > earlier.job_version;
  if (earlier.job_version != job().version) return true;
  if (!group_.disconnect) return false;
  const std::string strategy = group_.disconnect->reconcile.value_or("best_score");
  if (strategy == "keep_original" || strategy == "keep_replacement") return strategy == "keep_replacement";
  const auto start = running_since(later);
  if (!start) return false;
  if (strategy == "longest_running") return *start < running_since(earlier).value_or(WallTime{INT64_MAX});
  return model::own_score(later).norm_score > model::own_score(earlier).norm_score;
}

// Each name belongs to one allocation. There may be more: after a promotion the canary and its predecessor; after a
// disconnection what came back, what stood in for it, and what stood in for that (facts 5.9).
void GroupReconciler::settle_names() {
  std::ranges::sort(live_, by_index);
  std::ranges::sort(changes_.migrate, by_index);
  for (auto at = std::ranges::adjacent_find(live_, same_index); at != live_.end();
       at = std::adjacent_find(at, live_.end(), same_index)) {
    const auto next = std::next(at);
    const bool in_order = (*at)->create_index <= (*next)->create_index;
    const AllocRow& earlier = in_order ? *at : *next;
    const AllocRow& later = in_order ? *next : *at;
    const auto leaving = stays(*later, *earlier) == in_order ? at : next;
    const bool reconnected = group_.disconnect && earlier->job_version == later->job_version;
    stop(*leaving, reconnected ? kReconnectedText : kNotNeededText);
    at = live_.erase(leaving);
    if (at != live_.begin()) --at;
  }
  std::erase_if(changes_.migrate, [&](const AllocRow& alloc) {
    const auto holder =
        std::ranges::lower_bound(live_, alloc->index(), {}, [](const AllocRow& a) { return a->index(); });
    const bool taken = holder != live_.end() && (*holder)->index() == alloc->index();
    if (taken) stop(alloc, kNotNeededText);
    return taken;
  });
}

// What has ended and whose name another one bears by now neither takes a place nor waits for one.
void GroupReconciler::drop_succeeded() {
  const auto is_borne = [&](int32_t index) {
    return std::ranges::binary_search(live_, index, {}, [](const AllocRow& alloc) { return alloc->index(); });
  };
  std::erase_if(held_, is_borne);
  std::erase_if(changes_.later, [&](const Later& later) {
    return later.alloc && later.alloc->client_terminal() && !is_canary(*later.alloc) && is_borne(later.alloc->index());
  });
}

// More allocations than wanted: those that leave their node anyway go first, then the highest indexes.
void GroupReconciler::stop_excess() {
  const size_t all = static_cast<size_t>(wanted());
  const size_t room = all > held_.size() ? all - held_.size() : 0;
  while (!changes_.migrate.empty() && live_.size() + changes_.migrate.size() > room) {
    stop(changes_.migrate.back(), kNotNeededText);
    changes_.migrate.pop_back();
  }
  while (live_.size() > room) {
    stop(live_.back(), kNotNeededText);
    live_.pop_back();
  }
}

void GroupReconciler::take_indexes() {
  for (const AllocRow& alloc : live_) names_.take(alloc->index());
  for (const AllocRow& alloc : changes_.migrate) names_.take(alloc->index());
  for (const int32_t index : held_) names_.take(index);
}

}  // namespace drover::sched
