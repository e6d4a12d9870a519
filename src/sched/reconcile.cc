#include "sched/reconcile.h"

#include <algorithm>
#include <limits>

namespace drover::sched {
namespace {

using model::Allocation;
using model::ClientStatus;
using AllocRow = state::Row<Allocation>;

constexpr const char* kNotNeeded = "alloc not needed due to job update";
constexpr const char* kLost = "alloc is lost since its node is down";

// How far back a chain of replacements is followed: enough for every limited policy, and for the longest delay.
constexpr size_t kMaxChain = 64;

bool node_is_gone(const state::Snapshot& snapshot, const Allocation& alloc) {
  const auto node = snapshot.node(alloc.node_id);
  return !node || node->status == model::NodeStatus::Down;
}

WallTime ended_at(const Allocation& alloc) {
  WallTime latest = alloc.modify_time;
  WallTime finished;
  for (const auto& [name, state] : alloc.task_states) finished = std::max(finished, state.finished_at);
  return finished.unix_nanos > 0 ? finished : latest;
}

// Creation times of an allocation that replaced another, and of its predecessors that did, newest first.
std::vector<WallTime> replacements_before(const state::Snapshot& snapshot, const Allocation& alloc) {
  std::vector<WallTime> times;
  const Allocation* at = &alloc;
  AllocRow keep;
  while (!at->previous_allocation.empty() && times.size() < kMaxChain) {
    times.push_back(at->create_time);
    keep = snapshot.alloc(at->previous_allocation);
    if (!keep) break;
    at = keep.get();
  }
  return times;
}

Duration delay_after(const model::ReschedulePolicy& policy, size_t attempts) {
  const Duration base = policy.delay.value_or(Duration(0));
  const std::string function = policy.delay_function.value_or("constant");
  if (function == "constant") return base;
  const Duration limit = policy.max_delay.value_or(Duration::max());
  Duration delay = base, before{0};
  for (size_t i = 0; i < attempts && delay < limit; ++i) {
    const Duration next = function == "fibonacci" ? delay + before : delay * 2;
    before = delay;
    delay = next;
  }
  return limit.count() > 0 ? std::min(delay, limit) : delay;
}

// The allocations of one group, sorted into what has to be decided about each.
class GroupReconciler {
 public:
  GroupReconciler(const ReconcileInput& input, const model::TaskGroup& group) : input_(input), group_(group) {
    changes_.group = &group;
  }

  void add(const AllocRow& alloc) {
    if (alloc->server_terminal() || alloc->client_status == ClientStatus::Lost) return;
    if (!alloc->next_allocation.empty() && alloc->client_terminal()) return;  // replaced already
    if (alloc->client_status == ClientStatus::Complete) return add_complete(alloc);
    if (alloc->client_status == ClientStatus::Failed) return add_failed(alloc);
    if (node_is_gone(input_.snapshot, *alloc)) {
      changes_.stop.push_back({alloc, kLost, true});
      replacements_.push_back({alloc->name, alloc, false});
      return;
    }
    live_.push_back(alloc);
  }

  GroupChanges finish() {
    stop_excess();
    for (const AllocRow& alloc : live_) sort_by_version(alloc);
    place_missing();
    changes_.updates.stop += changes_.stop.size();
    changes_.updates.place += changes_.place.size();
    return std::move(changes_);
  }

 private:
  const model::Job& job() const { return *input_.job; }
  size_t wanted() const { return static_cast<size_t>(std::max(group_.count, 0)); }

  // A batch allocation that succeeded is not run again by the same version; a service's that ended is replaced.
  void add_complete(const AllocRow& alloc) {
    if (job().is_batch()) {
      if (alloc->job_version == job().version) hold(alloc->index());
      return;
    }
    replacements_.push_back({alloc->name, alloc, false});
  }

  void add_failed(const AllocRow& alloc) {
    const auto when =
        job_policy() ? replacement_time(*job_policy(), replacements_before(input_.snapshot, *alloc), ended_at(*alloc))
                     : std::nullopt;
    if (alloc->job_version != job().version) {  // A new version is a new chance.
      replacements_.push_back({alloc->name, alloc, true});
    } else if (!when) {
      hold(alloc->index());
    } else if (*when <= input_.now) {
      replacements_.push_back({alloc->name, alloc, true});
    } else {
      changes_.later.push_back({alloc, *when});
      hold(alloc->index());
    }
  }

  const model::ReschedulePolicy* job_policy() const {
    if (group_.reschedule) return &*group_.reschedule;
    return job().reschedule ? &*job().reschedule : nullptr;
  }

  // The index is taken by an allocation that has ended: nothing is placed for it.
  void hold(int32_t index) {
    ++held_;
    if (index >= 0) held_indexes_.push_back(index);
  }

  // More allocations than wanted: those with indexes beyond the count go first, then the highest indexes.
  void stop_excess() {
    const size_t room = wanted() > held_ ? wanted() - held_ : 0;
    std::sort(live_.begin(), live_.end(), [](const AllocRow& a, const AllocRow& b) {
      return std::pair(a->index(), a->id) < std::pair(b->index(), b->id);
    });
    while (live_.size() > room) {
      changes_.stop.push_back({live_.back(), kNotNeeded, false});
      live_.pop_back();
    }
  }

  void sort_by_version(const AllocRow& alloc) {
    used_.push_back(alloc->index());
    if (alloc->job_version == job().version) {
      ++changes_.updates.ignore;
      return;
    }
    const auto old_job = input_.snapshot.job_of(*alloc);
    if (!old_job || model::is_destructive_update(*old_job, job(), group_.name)) {
      changes_.destructive.push_back(alloc);
      ++changes_.updates.destructive_update;
    } else {
      changes_.in_place.push_back(alloc);
      ++changes_.updates.in_place_update;
    }
  }

  // Replacements keep their names; what is missing beyond them gets the lowest free indexes.
  void place_missing() {
    const size_t present = live_.size() + held_;
    size_t missing = wanted() > present ? wanted() - present : 0;
    used_.insert(used_.end(), held_indexes_.begin(), held_indexes_.end());
    for (WantedPlacement& replacement : replacements_) {
      const int32_t index = replacement.previous->index();
      const bool taken = std::find(used_.begin(), used_.end(), index) != used_.end();
      if (missing == 0 || taken || index < 0 || static_cast<size_t>(index) >= wanted()) continue;
      used_.push_back(index);
      changes_.place.push_back(std::move(replacement));
      --missing;
    }
    std::sort(used_.begin(), used_.end());
    auto next_used = used_.begin();
    for (int32_t index = 0; missing > 0; ++index) {
      next_used = std::lower_bound(next_used, used_.end(), index);
      if (next_used != used_.end() && *next_used == index) continue;
      changes_.place.push_back({model::alloc_name(job().id, group_.name, index), nullptr, false});
      --missing;
    }
  }

  const ReconcileInput& input_;
  const model::TaskGroup& group_;
  GroupChanges changes_;
  std::vector<AllocRow> live_;
  std::vector<WantedPlacement> replacements_;
  std::vector<int32_t> used_;
  std::vector<int32_t> held_indexes_;
  size_t held_ = 0;
};

void stop_all(const ReconcileInput& input, const AllocRow& alloc, GroupChanges& changes) {
  if (alloc->terminal()) return;
  const bool lost = node_is_gone(input.snapshot, *alloc);
  changes.stop.push_back({alloc, lost ? kLost : kNotNeeded, lost});
  ++changes.updates.stop;
}

}  // namespace

std::map<std::string, GroupChanges> reconcile(const ReconcileInput& input) {
  std::map<std::string, GroupChanges> changes;
  std::map<std::string, GroupReconciler, std::less<>> groups;
  const bool runs = input.job && !input.job->stop;
  if (runs) {
    for (const model::TaskGroup& group : input.job->task_groups) {
      groups.emplace(std::piecewise_construct, std::forward_as_tuple(group.name), std::forward_as_tuple(input, group));
    }
  }
  for (const auto& entry : input.snapshot.allocs_of_job(input.key)) {
    const AllocRow& alloc = entry.value;
    const auto group = groups.find(alloc->task_group);
    if (group != groups.end()) {
      group->second.add(alloc);
    } else {
      stop_all(input, alloc, changes[alloc->task_group]);
    }
  }
  for (auto& [name, group] : groups) changes[name] = group.finish();
  return changes;
}

std::optional<WallTime> replacement_time(const model::ReschedulePolicy& policy, const std::vector<WallTime>& attempts,
                                         WallTime failed_at) {
  const bool unlimited = policy.unlimited.value_or(false);
  if (!unlimited) {
    const Duration interval = policy.interval.value_or(Duration(0));
    const auto recent =
        std::count_if(attempts.begin(), attempts.end(), [&](WallTime t) { return failed_at - t < interval; });
    if (recent >= policy.attempts.value_or(0)) return std::nullopt;
  }
  // An allocation that ran longer than the delay which led to it has earned the base delay again.
  size_t steps = attempts.size();
  if (!attempts.empty() && failed_at - attempts.front() > delay_after(policy, steps)) steps = 0;
  return failed_at + delay_after(policy, steps);
}

}  // namespace drover::sched
