#include "sched/group_reconciler.h"

#include "sched/reschedule.h"
#include "sched/wait.h"

// What becomes of each allocation of a group, looked at alone or with the one that stood in for it.
namespace drover::sched {

using model::ClientStatus;

namespace {

using model::Allocation;

// For what its node, which cannot be reached, still has of it.
Wait wait_for(const AllocRow& alloc, const model::Node& node, const char* trigger, Duration delay) {
  return {
      .alloc = alloc, .trigger = trigger, .since = node.status_updated_at, .delay = delay, .cause = node.modify_index};
}

}  // namespace

void GroupReconciler::add(const AllocRow& alloc) {
  const bool replaced = !alloc->next_allocation.empty();
  had_this_version_ = had_this_version_ || alloc->job_version == job().version;
  if (alloc->client_status == ClientStatus::Lost) return add_lost_before(alloc);
  if (alloc->server_terminal()) return;
  if (replaced && alloc->client_terminal()) return;
  if (alloc->client_status == ClientStatus::Complete) return add_complete(alloc);
  if (alloc->client_status == ClientStatus::Failed) return add_failed(alloc);
  if (add_on_unreachable_node(alloc)) return;
  if (is_canary(*alloc)) return add_canary(alloc);
  if (alloc->desired_transition.should_migrate()) {
    changes_.migrate.push_back(alloc);
  } else {
    live_.push_back(alloc);
  }
}

bool GroupReconciler::add_on_unreachable_node(const AllocRow& alloc) {
  const auto node = input_.snapshot.node(alloc->node_id);
  if (node && node->status == model::NodeStatus::Disconnected && group_.disconnect && group_.disconnect->lost_after) {
    add_disconnected(alloc, *node);
    return true;
  }
  const bool gone = node_is_gone(input_.snapshot, *alloc) || node->status == model::NodeStatus::Disconnected;
  if (gone) add_lost(alloc);
  return gone;
}

// A canary of a deployment that has ended without it is of no use.
void GroupReconciler::add_canary(const AllocRow& alloc) {
  if (!is_tried_out(*alloc)) return stop(alloc, kNotNeededText);
  if (alloc->desired_transition.should_migrate()) {
    stop(alloc, kMigratingText);
    return replace(alloc);
  }
  canaries_.push_back(alloc);
}

// A batch allocation that succeeded is not run again by the same version; a service's that ended is replaced.
void GroupReconciler::add_complete(const AllocRow& alloc) {
  if (job().is_batch()) {
    if (alloc->job_version == job().version) hold(alloc);
    return;
  }
  replace(alloc);
}

void GroupReconciler::add_failed(const AllocRow& alloc) {
  if (is_canary(*alloc) && !is_tried_out(*alloc)) return;
  const model::DesiredTransition& transition = alloc->desired_transition;
  if (transition.force_reschedule.value_or(false)) return reschedule(alloc);
  if (alloc->job_version != job().version) return reschedule(alloc);  // a new version is a new chance
  // While its deployment runs, the one who watches that decides whether it is replaced; until then nothing else is.
  stuck_ = stuck_ || in_deployment(*alloc);
  if (in_deployment(*alloc) && !transition.reschedule.value_or(false)) return hold(alloc);
  if (const auto delay = group_.reschedule ? replacement_delay(*group_.reschedule, *alloc) : std::nullopt) {
    const Later later = end_of({.alloc = alloc, .since = ended_at(*alloc), .delay = *delay}, input_);
    if (later.when <= input_.now) return reschedule(alloc);
    changes_.later.push_back(later);
  }
  hold(alloc);
}

// Its node is gone. The group may ask to wait until the node has stopped it by itself, so that it never runs twice.
void GroupReconciler::add_lost(const AllocRow& alloc) {
  const auto wait = group_.disconnect ? group_.disconnect->stop_on_client_after : std::nullopt;
  const auto node = input_.snapshot.node(alloc->node_id);
  if (wait && node) {
    const Later later = end_of(wait_for(alloc, *node, model::trigger::kNodeUpdate, *wait), input_);
    if (later.when > input_.now) {
      changes_.later.push_back(later);
      return hold(alloc);
    }
  }
  changes_.stop.push_back({alloc, kLostText, ClientStatus::Lost});
  if (replaces_lost()) return replace(alloc);
  hold(alloc);
}

// The group may not want what was lost to be replaced: then its place stays empty until there is a new version.
void GroupReconciler::add_lost_before(const AllocRow& alloc) {
  const bool stays_empty = !replaces_lost() && alloc->job_version == job().version && alloc->next_allocation.empty();
  if (stays_empty) hold(alloc);
}

// It may still run there: until the time is over it is unknown, and another one may stand in for it.
void GroupReconciler::add_disconnected(const AllocRow& alloc, const model::Node& node) {
  const Later later =
      end_of(wait_for(alloc, node, model::trigger::kMaxDisconnectTimeout, *group_.disconnect->lost_after), input_);
  if (later.when <= input_.now) {
    changes_.stop.push_back({alloc, kLostText, ClientStatus::Lost});
    if (!replaces_lost()) return hold(alloc);
    if (alloc->next_allocation.empty()) replace(alloc);
    return;
  }
  if (alloc->client_status != ClientStatus::Unknown)
    changes_.stop.push_back({alloc, kUnknownText, ClientStatus::Unknown});
  changes_.later.push_back(later);
  if (!replaces_lost()) return hold(alloc);
  if (alloc->next_allocation.empty()) replace(alloc);
}

// The index is taken by an allocation that has ended: nothing is placed for it. A canary takes none, it stands beside.
void GroupReconciler::hold(const AllocRow& alloc) {
  if (!is_canary(*alloc)) {
    held_.push_back(alloc->index());
  } else if (is_tried_out(*alloc)) {
    ++held_canaries_;
  }
}

// A canary is followed by a canary, and by nothing once its deployment has ended.
void GroupReconciler::replace(const AllocRow& alloc) {
  if (is_canary(*alloc) && !is_tried_out(*alloc)) return;
  replacements_.push_back({.name = alloc->name, .previous = alloc, .canary = is_canary(*alloc)});
}

void GroupReconciler::reschedule(const AllocRow& alloc) {
  replacements_.push_back({.name = alloc->name, .previous = alloc, .rescheduled = true, .canary = is_canary(*alloc)});
}

}  // namespace drover::sched
