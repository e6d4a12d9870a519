#include "sched/group_reconciler.h"

#include <algorithm>

namespace drover::sched {
namespace {

using model::Allocation;
using model::ClientStatus;
using model::DeploymentState;

model::DeploymentGroup new_state(const model::TaskGroup& group) {
  if (!group.update) return {};
  const model::UpdateStrategy& update = *group.update;
  return {.auto_revert = update.auto_revert.value_or(false),
          .auto_promote = update.auto_promote.value_or(false),
          .progress_deadline = update.progress_deadline.value_or(Duration(0))};
}

bool healthy(const Allocation& alloc) {
  return alloc.deployment_status && alloc.deployment_status->healthy.value_or(false);
}

bool unhealthy(const Allocation& alloc) {
  return alloc.deployment_status && !alloc.deployment_status->healthy.value_or(true);
}

}  // namespace

bool node_is_gone(const state::Snapshot& snapshot, const Allocation& alloc) {
  const auto node = snapshot.node(alloc.node_id);
  return !node || node->status == model::NodeStatus::Down;
}

GroupReconciler::GroupReconciler(const ReconcileInput& input, const model::TaskGroup& group,
                                 const model::Deployment* deployment)
    : input_(input),
      group_(group),
      deployment_(deployment),
      paused_(deployment && deployment->status == DeploymentState::Paused),
      failed_(deployment && deployment->status == DeploymentState::Failed),
      state_(new_state(group)),
      names_(std::max(group.count, 0)) {
  changes_.group = &group;
  if (!deployment) return;
  const auto found = deployment->task_groups.find(group.name);
  joined_ = found != deployment->task_groups.end();
  if (joined_) state_ = found->second;
}

bool GroupReconciler::is_canary(const Allocation& alloc) {
  return alloc.deployment_status && alloc.deployment_status->canary;
}

bool GroupReconciler::in_deployment(const Allocation& alloc) const {
  return deployment_ && alloc.deployment_id == deployment_->id;
}

void GroupReconciler::stop(const AllocRow& alloc, const char* why) {
  changes_.stop.push_back({alloc, why, std::nullopt});
}

GroupOutcome GroupReconciler::finish() {
  settle_names();
  drop_succeeded();
  stop_excess();
  take_indexes();
  sort_by_version();
  if (!joined_) state_.desired_total += static_cast<int32_t>(changes_.destructive.size() + changes_.in_place.size());
  const bool more_canaries = needs_canaries();
  if (more_canaries) place_canaries();
  // Canaries are tried out first: what they do not stand for stays as it was, wherever it goes.
  changes_.migrate_as_they_are = canaries_wait();
  const size_t limit = update_limit();
  place_missing();
  const size_t placed = changes_.place.size();
  limit_destructive(limit > placed ? limit - placed : 0);
  count_updates();

  GroupOutcome out;
  out.deploys = joined_ || starts_deployment();
  out.deployment = state_;
  out.complete = changes_.place.empty() && changes_.destructive.empty() && changes_.in_place.empty() &&
                 changes_.migrate.empty() && changes_.later.empty() && !more_canaries;
  out.changes = std::move(changes_);
  return out;
}

bool GroupReconciler::is_destructive(const Allocation& alloc) {
  const auto [verdict, added] = verdicts_.try_emplace(alloc.job_version, true);
  if (added) {
    const auto old_job = input_.snapshot.job_of(alloc);
    verdict->second = !old_job || model::is_destructive_update(*old_job, job(), group_.name);
  }
  return verdict->second;
}

void GroupReconciler::sort_by_version() {
  for (const AllocRow& alloc : live_) {
    if (alloc->job_version == job().version) {
      ++changes_.updates.ignore;
    } else if (is_destructive(*alloc)) {
      changes_.destructive.push_back(alloc);
    } else {
      changes_.in_place.push_back(alloc);
    }
  }
}

bool GroupReconciler::needs_canaries() const {
  if (!has_strategy() || state_.promoted || paused_ || failed_) return false;
  const auto wanted_canaries = static_cast<size_t>(std::max(group_.update->canary.value_or(0), 0));
  const size_t present = canaries_.size() + held_canaries_;
  // Once they are tried out nothing else is placed: they have to come, also when what they stand for is gone meanwhile.
  const bool begun = joined_ && state_.desired_canaries > 0;
  return (begun || !changes_.destructive.empty()) && present < wanted_canaries;
}

void GroupReconciler::place_canaries() {
  state_.desired_canaries = *group_.update->canary;
  const auto wanted_canaries = static_cast<size_t>(state_.desired_canaries);
  size_t present = canaries_.size() + held_canaries_;
  NameIndex names(wanted());
  for (const WantedPlacement& replacement : replacements_) {
    if (!replacement.canary || present == wanted_canaries) continue;
    ++present;
    ++changes_.updates.canary;
    names.take(replacement.previous->index());
    place_replacement(replacement);
  }
  if (present == wanted_canaries) return;
  for (const AllocRow& alloc : live_) names.take(alloc->index());
  std::vector<int32_t> replaced;
  for (const AllocRow& alloc : changes_.destructive) {
    const bool has_canary =
        std::ranges::any_of(canaries_, [&](const AllocRow& canary) { return canary->index() == alloc->index(); });
    if (!has_canary) replaced.push_back(alloc->index());
  }
  for (const AllocRow& canary : canaries_) names.take(canary->index());
  for (const int32_t index : names.for_canaries(wanted_canaries - present, replaced)) {
    changes_.place.push_back(
        {.name = model::alloc_name(job().id, group_.name, index), .previous = nullptr, .canary = true});
    ++changes_.updates.canary;
  }
}

// How many allocations may be replaced in this round (facts 1.3 "computeLimit").
size_t GroupReconciler::update_limit() const {
  const bool nothing_to_pace = changes_.destructive.empty() && changes_.migrate.empty();
  if (!has_strategy() || nothing_to_pace) return static_cast<size_t>(wanted());
  if (held_back() || stuck_) return 0;
  auto limit = static_cast<size_t>(*group_.update->max_parallel);
  if (!joined_) return limit;
  for (const AllocRow& alloc : live_) {
    if (!in_deployment(*alloc)) continue;
    if (unhealthy(*alloc)) return 0;
    if (!healthy(*alloc) && limit > 0) --limit;
  }
  return limit;
}

void GroupReconciler::place_replacement(const WantedPlacement& replacement) {
  if (replacement.rescheduled && !replacement.previous->server_terminal()) {
    stop(replacement.previous, kRescheduledText);
  }
  changes_.place.push_back(replacement);
}

// Replacements keep their names; what is missing beyond them gets the lowest free indexes. While a deployment waits for
// somebody only what was lost, or has failed outside of it, is replaced.
void GroupReconciler::place_missing() {
  const size_t present = live_.size() + changes_.migrate.size() + held_.size();
  const size_t canaries_placed = changes_.place.size();
  size_t missing = static_cast<size_t>(wanted()) > present ? static_cast<size_t>(wanted()) - present : 0;
  for (WantedPlacement& replacement : replacements_) {
    const int32_t index = replacement.previous->index();
    if (replacement.canary || missing == 0 || names_.taken(index) || index < 0 || index >= wanted()) continue;
    if (failed_ && replacement.rescheduled && in_deployment(*replacement.previous)) continue;
    names_.take(index);
    // Canaries are tried out first: what they do not stand for stays as it was.
    const bool downgrade = canaries_wait() && replacement.previous->job_version != job().version;
    if (downgrade) replacement.older = input_.snapshot.job_of(*replacement.previous);
    place_replacement(replacement);
    --missing;
  }
  if (!held_back()) {
    for (; missing > 0; --missing) {
      changes_.place.push_back({.name = model::alloc_name(job().id, group_.name, names_.next()), .previous = nullptr});
    }
  }
  changes_.updates.place += changes_.place.size() - canaries_placed;
  if (!joined_) state_.desired_total += static_cast<int32_t>(changes_.place.size() - canaries_placed);
}

void GroupReconciler::limit_destructive(size_t limit) {
  const size_t allowed = held_back() ? 0 : std::min(limit, changes_.destructive.size());
  changes_.updates.ignore += changes_.destructive.size() - allowed;
  changes_.destructive.resize(allowed);
}

void GroupReconciler::count_updates() {
  changes_.updates.destructive_update += changes_.destructive.size();
  changes_.updates.in_place_update += changes_.in_place.size();
  changes_.updates.migrate += changes_.migrate.size();
  for (const WantedStop& stop : changes_.stop) {
    const bool ends_work = stop.client_status != ClientStatus::Unknown && !stop.alloc->client_terminal();
    if (ends_work) ++changes_.updates.stop;
  }
}

// A version deploys once: when its first allocations are placed or updated.
bool GroupReconciler::starts_deployment() const {
  if (!has_strategy() || job().type != model::JobType::Service) return false;
  if (deployment_ && !deployment_->active()) return false;
  const bool updating =
      changes_.updates.destructive_update + changes_.updates.in_place_update + changes_.updates.canary > 0;
  return state_.desired_total > 0 && (!had_this_version_ || updating);
}

}  // namespace drover::sched
