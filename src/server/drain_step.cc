#include "server/drain_step.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace drover::server {
namespace {

using model::Allocation;
using AllocRow = state::Row<Allocation>;
using GroupKey = std::pair<model::JobKey, std::string>;

// It may run on its node still. What was told to stop by a node that is down cannot be waited for.
bool holds_node(const Allocation& alloc, const model::Node& node) {
  if (alloc.client_terminal()) return false;
  return !alloc.server_terminal() || node.status == model::NodeStatus::Ready;
}

bool is_system(const model::Job& job) {
  return job.type == model::JobType::System || job.type == model::JobType::Sysbatch;
}

class Drain {
 public:
  Drain(const state::Snapshot& snapshot, WallTime now, Random& ids) : snapshot_(snapshot), now_(now), ids_(ids) {}

  void add(const DrainingNode& draining) {
    const model::Node& node = *draining.node;
    std::vector<AllocRow> system;
    size_t others = 0;
    for (const auto& entry : snapshot_.allocs_of_node(node.id)) {
      const AllocRow& alloc = entry.value;
      const auto job = holds_node(*alloc, node) ? snapshot_.job_of(*alloc) : nullptr;
      if (!job) continue;
      if (is_system(*job)) {
        if (!node.drain->ignore_system_jobs) system.push_back(alloc);
        continue;
      }
      ++others;
      if (draining.expired) {
        leave(alloc);
      } else if (!job->is_batch()) {
        groups_[{alloc->job_key(), alloc->task_group}].push_back(alloc);
      }
    }
    if (others == 0 || draining.expired) {
      for (const AllocRow& alloc : system) leave(alloc);
    }
    if (others == 0 && system.empty()) {
      step_.complete.push_back(
          {.node_id = node.id, .drain = {}, .complete = true, .meta = {}, .evals = {}, .time = now_});
    }
  }

  DrainStep finish() {
    for (auto& [key, allocs] : groups_) pace(key, allocs);
    if (leaving_.empty()) return std::move(step_);
    step_.migrate.emplace().time = now_;
    std::set<model::JobKey> jobs;
    for (const auto& [id, alloc] : leaving_) {
      step_.migrate->transitions.push_back({.alloc_id = id, .transition = {.migrate = true}});
      jobs.insert(alloc->job_key());
    }
    for (const model::JobKey& key : jobs) {
      const auto job = snapshot_.job(key);
      if (!job) continue;
      step_.migrate->evals.push_back(model::make_eval(*job, model::EvalId(ids_.uuid()), model::trigger::kNodeDrain));
    }
    return std::move(step_);
  }

 private:
  void leave(const AllocRow& alloc) {
    if (!alloc->server_terminal() && !alloc->desired_transition.should_migrate()) leaving_[alloc->id] = alloc;
  }

  // Lets so many of a group go that `count` less max_parallel healthy ones stay.
  void pace(const GroupKey& key, std::vector<AllocRow>& allocs) {
    const auto job = snapshot_.job(key.first);
    const model::TaskGroup* group = job ? job->find_group(key.second) : nullptr;
    if (!group) {
      for (const AllocRow& alloc : allocs) leave(alloc);  // it ends anyway
      return;
    }
    const int64_t at_once = group->migrate ? group->migrate->max_parallel.value_or(1) : 1;
    int64_t spare = healthy_ones(key, *group) - (group->count - std::max<int64_t>(at_once, 1));
    std::ranges::sort(allocs, {}, [](const AllocRow& alloc) { return std::pair(alloc->index(), alloc->id); });
    for (const AllocRow& alloc : allocs) {
      if (alloc->server_terminal() || alloc->desired_transition.should_migrate()) continue;
      const Health health = health_of(*alloc, *group);
      const bool serves = health != Health::Bad;
      if (serves && (spare <= 0 || health == Health::Young)) continue;
      leave(alloc);
      if (serves) --spare;
    }
  }

  // Those that serve and are to stay where they are.
  int64_t healthy_ones(const GroupKey& key, const model::TaskGroup& group) {
    int64_t count = 0;
    for (const auto& entry : snapshot_.allocs_of_job(key.first)) {
      const Allocation& alloc = *entry.value;
      const bool stays = !alloc.terminal() && !alloc.desired_transition.should_migrate();
      if (stays && alloc.task_group == key.second && health_of(alloc, group) == Health::Good) ++count;
    }
    return count;
  }

  // Young: it runs, but not for long enough to be relied on.
  enum class Health : uint8_t { Good, Young, Bad };

  // As its node says; where nobody watches its health it has to run for min_healthy_time.
  Health health_of(const Allocation& alloc, const model::TaskGroup& group) {
    if (alloc.deployment_status && alloc.deployment_status->healthy) {
      return *alloc.deployment_status->healthy ? Health::Good : Health::Bad;
    }
    if (alloc.client_status != model::ClientStatus::Running) return Health::Bad;
    WallTime since;
    for (const auto& [name, task] : alloc.task_states) since = std::max(since, task.started_at);
    if (since == WallTime()) since = alloc.modify_time;
    if (model::from_the_future(since, now_)) return Health::Good;  // the clock has been set since
    const Duration needed = group.migrate ? group.migrate->min_healthy_time.value_or(Duration(0)) : Duration(0);
    const Duration left = needed - (now_ - since);
    if (left <= Duration(0)) return Health::Good;
    step_.look_again = step_.look_again ? std::min(*step_.look_again, left) : left;
    return Health::Young;
  }

  const state::Snapshot& snapshot_;
  const WallTime now_;
  Random& ids_;
  std::map<GroupKey, std::vector<AllocRow>> groups_;  // on draining nodes, by group
  std::map<model::AllocId, AllocRow> leaving_;
  DrainStep step_;
};

}  // namespace

DrainStep drain_step(const state::Snapshot& snapshot, const std::vector<DrainingNode>& nodes, WallTime now,
                     Random& ids) {
  Drain drain(snapshot, now, ids);
  for (const DrainingNode& node : nodes) drain.add(node);
  return drain.finish();
}

std::optional<WallTime> drain_deadline(const model::DrainStrategy& drain) {
  if (drain.deadline < Duration(0)) return drain.started_at;
  if (drain.force_deadline != WallTime()) return drain.force_deadline;
  if (drain.deadline > Duration(0)) return drain.started_at + drain.deadline;
  return std::nullopt;
}

}  // namespace drover::server
