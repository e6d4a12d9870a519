#include "state/apply.h"
#include "state/deployment_tally.h"
#include "state/plan_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace drover::state {

using model::Allocation;
using model::AllocId;
using model::DesiredStatus;
using model::NodeId;
using model::Plan;
using model::PlannedStop;

namespace {

Status check_placement(Draft& draft, const Plan& plan, const Allocation& alloc) {
  const auto invalid = [&](std::string_view why) {
    return err(ErrorCode::InvalidArgument, "the plan of evaluation {} places \"{}\" ({}) {}", plan.eval_id.str(),
               alloc.name, alloc.id.str(), why);
  };
  if (alloc.id.empty() || alloc.node_id.empty()) return invalid("without an id or node");
  if (alloc.ns != plan.ns || alloc.job_id != plan.job_id) return invalid("for another job");
  for (const model::AllocatedPort& port : alloc.ports) {
    if (port.value < 1 || port.value > model::kMaxPort) return invalid("on a port that is none");
  }
  if (!draft.ask_of(alloc) && draft.view().job_of(alloc))
    return invalid("in a group that its job version does not have");
  const auto stored = draft.view().alloc(alloc.id);
  if (stored && (stored->node_id != alloc.node_id || stored->job_key() != alloc.job_key())) {
    return invalid("under an id that stands for another allocation");
  }
  return Ok{};
}

Status check_unique(const Plan& plan) {
  std::vector<AllocId> ids;
  ids.reserve(plan.placements.size());
  for (const Allocation& alloc : plan.placements) ids.push_back(alloc.id);
  std::ranges::sort(ids);
  const auto twice = std::ranges::adjacent_find(ids);
  if (twice == ids.end()) return Ok{};
  return err(ErrorCode::InvalidArgument, "the plan of evaluation {} places allocation {} twice", plan.eval_id.str(),
             twice->str());
}

Status check_deployment(const Snapshot& view, const Plan& plan) {
  if (!plan.deployment) return Ok{};
  const auto stored = view.deployment(plan.deployment->id);
  const bool of_job = plan.deployment->ns == plan.ns && plan.deployment->job_id == plan.job_id;
  if (!plan.deployment->id.empty() && of_job && (!stored || stored->job_key() == plan.deployment->job_key())) {
    return Ok{};
  }
  return err(ErrorCode::InvalidArgument, "the plan of evaluation {} creates deployment {} for another job",
             plan.eval_id.str(), plan.deployment->id.str());
}

std::map<NodeId, NodePart> parts_by_node(const Snapshot& view, const Plan& plan) {
  std::map<NodeId, NodePart> parts;
  const auto add_stop = [&](const PlannedStop& stop) {
    const auto alloc = view.alloc(stop.alloc_id);
    if (alloc) parts[alloc->node_id].stops.push_back(&stop);
  };
  for (const PlannedStop& stop : plan.stops) add_stop(stop);
  for (const PlannedStop& stop : plan.preemptions) add_stop(stop);
  for (const Allocation& alloc : plan.placements) parts[alloc.node_id].placements.push_back(&alloc);
  return parts;
}

void commit_stop(Draft& draft, const PlannedStop& stop, WallTime time) {
  const auto stored = draft.view().alloc(stop.alloc_id);
  if (!stored) return;
  const bool stops = stop.desired_status != DesiredStatus::Run && stored->desired_status != stop.desired_status;
  const bool reported =
      stop.client_status && !stored->client_terminal() && stored->client_status != *stop.client_status;
  const bool follows = !stop.follow_up_eval.empty() && stored->follow_up_eval_id != stop.follow_up_eval;
  if (!stops && !reported && !follows) return;
  Allocation alloc = *stored;
  if (stops) {
    alloc.desired_status = stop.desired_status;
    alloc.desired_description = stop.description;
  }
  if (reported) alloc.client_status = *stop.client_status;
  if (follows) alloc.follow_up_eval_id = stop.follow_up_eval;
  if (stops || reported) alloc.alloc_modify_index = draft.index();
  alloc.modify_time = time;
  draft.put_alloc(std::move(alloc));
}

// False if there is nothing to take any more.
bool commit_preemption(Draft& draft, const PlannedStop& stop, WallTime time) {
  const auto stored = draft.view().alloc(stop.alloc_id);
  if (!stored || stored->terminal()) return false;
  Allocation alloc = *stored;
  alloc.desired_status = DesiredStatus::Evict;
  alloc.desired_description = fmt::format("Preempted by alloc ID {}", stop.preempted_by.str());
  alloc.preempted_by = stop.preempted_by;
  alloc.alloc_modify_index = draft.index();
  alloc.modify_time = time;
  draft.put_alloc(std::move(alloc));
  return true;
}

// Nothing if the allocation has ended meanwhile.
std::optional<Allocation> updated_in_place(const Allocation& planned, const Allocation& stored) {
  if (stored.terminal()) return std::nullopt;
  Allocation alloc = planned;
  alloc.previous_allocation = stored.previous_allocation;
  alloc.next_allocation = stored.next_allocation;
  alloc.client_status = stored.client_status;
  alloc.client_description = stored.client_description;
  alloc.task_states = stored.task_states;
  alloc.checks = stored.checks;
  alloc.create_time = stored.create_time;
  if (alloc.deployment_id == stored.deployment_id) alloc.deployment_status = stored.deployment_status;
  return alloc;
}

Allocation placed_new(const Allocation& planned, WallTime time) {
  Allocation alloc = planned;
  alloc.next_allocation = {};
  alloc.client_status = model::ClientStatus::Pending;
  alloc.client_description.clear();
  alloc.task_states.clear();
  alloc.checks.clear();
  alloc.create_time = time;
  return alloc;
}

void link_previous(Draft& draft, const Allocation& placed) {
  if (placed.previous_allocation.empty()) return;
  const auto previous = draft.view().alloc(placed.previous_allocation);
  if (!previous || previous->next_allocation == placed.id) return;
  Allocation linked = *previous;
  linked.next_allocation = placed.id;
  draft.put_alloc(std::move(linked));
}

// A plan on its way into the draft, without the nodes on which it does not fit.
class Commit {
 public:
  Commit(Draft& draft, const ApplyPlan& command, std::set<NodeId> rejected)
      : draft_(draft), plan_(command.plan), time_(command.time), rejected_(std::move(rejected)) {}

  PlanResult run(const std::vector<model::Evaluation>& evals) {
    if (rejected_.empty() || !plan_.all_at_once) {
      stop_allocs();
      preempt_allocs();
      for (const Allocation& alloc : plan_.placements) place(alloc);
      update_deployments();
      write_follow_ups(evals);
    }
    result_.rejected_nodes.assign(rejected_.begin(), rejected_.end());
    if (!rejected_.empty()) {
      result_.refresh_index = draft_.command_wrote() ? draft_.index() : draft_.view().index();
    }
    return std::move(result_);
  }

 private:
  // What stands on a node that is taken; nothing if there is none of that id.
  bool accepted(const PlannedStop& stop) const {
    const auto alloc = draft_.view().alloc(stop.alloc_id);
    return alloc && !rejected_.contains(alloc->node_id);
  }

  void stop_allocs() {
    for (const PlannedStop& stop : plan_.stops) {
      if (accepted(stop)) commit_stop(draft_, stop, time_);
    }
  }

  void preempt_allocs() {
    for (const PlannedStop& stop : plan_.preemptions) {
      if (!accepted(stop) || !commit_preemption(draft_, stop, time_)) continue;
      result_.preempted.push_back(stop.alloc_id);
      victims_[stop.preempted_by].push_back(stop.alloc_id);
      losers_.insert(draft_.view().alloc(stop.alloc_id)->job_key());
    }
  }

  void place(const Allocation& planned) {
    if (rejected_.contains(planned.node_id)) return;
    const auto stored = draft_.view().alloc(planned.id);
    std::optional<Allocation> alloc = stored ? updated_in_place(planned, *stored) : placed_new(planned, time_);
    if (!alloc) return;
    const auto victims = victims_.find(planned.id);
    if (victims != victims_.end()) alloc->preempted_allocations = victims->second;
    alloc->desired_status = DesiredStatus::Run;
    alloc->alloc_modify_index = draft_.index();
    alloc->modify_time = time_;
    tally_.note(stored.get(), *alloc);
    draft_.put_alloc(std::move(*alloc));
    if (!stored) link_previous(draft_, planned);
    result_.placed.push_back(planned.id);
  }

  void update_deployments() {
    const bool wanted = plan_.placements.empty() || !result_.placed.empty();
    if (plan_.deployment && wanted && !draft_.view().deployment(plan_.deployment->id)) create_deployment();
    for (const model::DeploymentUpdate& update : plan_.deployment_updates) {
      write_deployment_status(draft_, update, time_);
    }
    tally_.write(draft_, time_);
  }

  // Its counts are those of the tally.
  void create_deployment() {
    model::Deployment deployment = *plan_.deployment;
    deployment.create_time = deployment.modify_time = time_;
    for (auto& [name, group] : deployment.task_groups) {
      group.placed_canaries.clear();
      group.placed_allocs = group.healthy_allocs = group.unhealthy_allocs = 0;
    }
    draft_.put_deployment(std::move(deployment));
  }

  void write_follow_ups(const std::vector<model::Evaluation>& evals) {
    std::vector<model::Evaluation> wanted;
    for (const model::Evaluation& eval : evals) {
      if (losers_.contains(eval.job_key())) wanted.push_back(eval);
    }
    write_evals(draft_, wanted, time_);
  }

  Draft& draft_;
  const Plan& plan_;
  WallTime time_;
  std::set<NodeId> rejected_;
  PlanResult result_;
  DeploymentTally tally_;
  std::map<AllocId, std::vector<AllocId>> victims_;  // by the placement that they made room for
  std::set<model::JobKey> losers_;
};

}  // namespace

Result<Reply> apply_command(Draft& draft, const ApplyPlan& command) {
  const Plan& plan = command.plan;
  for (const Allocation& alloc : plan.placements) TRY(check_placement(draft, plan, alloc));
  TRY(check_unique(plan));
  TRY(check_deployment(draft.view(), plan));
  TRY(check_evals(draft.view(), command.evals));

  std::set<NodeId> rejected;
  for (const auto& [id, part] : parts_by_node(draft.view(), plan)) {
    if (!fits(draft, id, part)) rejected.insert(id);
  }
  Reply reply;
  reply.plan = Commit(draft, command, std::move(rejected)).run(command.evals);
  return reply;
}

}  // namespace drover::state
