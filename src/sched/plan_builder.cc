#include "sched/plan_builder.h"

#include <algorithm>

#include "sched/grant.h"
#include "sched/slots.h"
#include "sched/wait.h"

namespace drover::sched {
namespace {

using model::Allocation;

constexpr const char* kDelayedText = "created for delayed rescheduling";
constexpr Duration kFollowUpWindow = std::chrono::seconds(5);

bool waits_for(const model::Evaluation& eval, std::string_view trigger) {
  return eval.status == model::EvalStatus::Pending && eval.wait_until.unix_nanos > 0 && eval.triggered_by == trigger;
}

// Tells the distinct rules what the plan has changed already, for this group and for those before it.
void count_planned(PlanBuilder& builder, const model::TaskGroup& group, DistinctRules& distinct) {
  if (!distinct.any()) return;
  const state::Snapshot& snapshot = builder.snapshot();
  for (const model::PlannedStop& stop : builder.plan().stops) {
    const auto alloc = snapshot.alloc(stop.alloc_id);
    const auto slot = snapshot.slot_of(stop.node_id);
    const bool counted = slot && builder.ends(stop.alloc_id) && !alloc->terminal();
    if (counted) distinct.remove(*slot, alloc->task_group == group.name);
  }
  for (const Allocation& alloc : builder.plan().placements) {
    if (!snapshot.alloc(alloc.id)) distinct.add(*snapshot.slot_of(alloc.node_id), alloc.task_group == group.name);
  }
}

}  // namespace

GroupSite::GroupSite(PlanBuilder& builder, const model::Job& version, const model::TaskGroup& task_group)
    : job(version),
      group(task_group),
      ns(version.ns),
      job_id(version.id),
      name(task_group.name),
      ask(builder.ask_of(version, task_group)),
      feasibility(builder.snapshot(), version, task_group, ask),
      metrics(std::make_shared<const model::AllocMetric>(feasibility.metric())),
      devices(ask),
      distinct(builder.snapshot(), version, task_group) {
  count_planned(builder, task_group, distinct);
}

PlanBuilder::PlanBuilder(const Input& input) : input_(input), usage_(input.snapshot.columns()), random_(input.seed) {
  plan().eval_id = input.eval.id;
  plan().priority = input.eval.priority;
  plan().ns = input.eval.ns;
  plan().job_id = input.eval.job_id;
  plan().snapshot_index = input.snapshot.index();
  if (!input.job) return;
  plan().job_version = job().version;
  plan().all_at_once = job().all_at_once;
}

const state::GroupAsk& PlanBuilder::ask_of(const model::Job& job, const model::TaskGroup& group) {
  const auto [at, added] = asks_.try_emplace({job.key(), job.version, group.name});
  if (added) at->second = state::group_ask(group);
  return at->second;
}

const state::GroupAsk& PlanBuilder::ask_of(const Allocation& alloc) {
  const AskKey key{alloc.job_key(), alloc.job_version, alloc.task_group};
  const auto [at, added] = asks_.try_emplace(key);
  if (added) {
    const auto job = snapshot().job_of(alloc);
    const model::TaskGroup* group = job ? job->find_group(alloc.task_group) : nullptr;
    if (group) at->second = state::group_ask(*group);
  }
  return at->second;
}

std::optional<uint32_t> PlanBuilder::move_room(const Allocation& alloc, int sign) {
  const auto slot = snapshot().slot_of(alloc.node_id);
  if (!slot || alloc.terminal()) return slot;
  if (sign > 0) {
    usage_.add(*slot, ask_of(alloc), alloc);
  } else {
    usage_.remove(*slot, ask_of(alloc), alloc);
  }
  return slot;
}

void PlanBuilder::stop(const Allocation& alloc, const std::string& description,
                       std::optional<model::ClientStatus> becomes) {
  const bool unknown = becomes == model::ClientStatus::Unknown;  // still wanted where it is
  plan().stops.push_back({.alloc_id = alloc.id,
                          .node_id = alloc.node_id,
                          .desired_status = unknown ? alloc.desired_status : model::DesiredStatus::Stop,
                          .description = description,
                          .client_status = becomes,
                          .preempted_by = {},
                          .follow_up_eval = {}});
  if (unknown) return;
  ending_.insert(alloc.id);
  free_room(alloc);
}

Allocation PlanBuilder::occupy(const GroupSite& site, const std::string& name, uint32_t slot,
                               SlimVector<model::ScorePart> scores) {
  const auto node = node_in(snapshot(), slot);
  Allocation alloc;
  alloc.id = model::AllocId(random_.uuid());
  alloc.ns = site.ns;
  alloc.eval_id = input_.eval.id;
  alloc.name = name;
  alloc.node_id = node->id;
  alloc.node_name = node->name;
  alloc.job_id = site.job_id;
  alloc.job_version = site.job.version;
  alloc.task_group = site.name;
  alloc.metrics = site.metrics;
  alloc.scores = std::move(scores);
  grant({site.group, site.ask, site.devices, *node, slot, usage_, random_}, alloc);
  usage_.add(slot, site.ask, alloc);
  return alloc;
}

void PlanBuilder::preempt(const std::vector<AllocRow>& victims, Allocation& winner) {
  for (const AllocRow& victim : victims) {
    plan().preemptions.push_back({.alloc_id = victim->id,
                                  .node_id = victim->node_id,
                                  .desired_status = model::DesiredStatus::Evict,
                                  .description = "Preempted by alloc ID " + winner.id.str(),
                                  .client_status = {},
                                  .preempted_by = winner.id,
                                  .follow_up_eval = {}});
    winner.preempted_allocations.push_back(victim->id);
    ending_.insert(victim->id);
    const auto loser = snapshot().job(victim->job_key());
    if (!loser || loser->stop || !losers_.insert(victim->job_key()).second) continue;
    model::Evaluation eval = model::make_eval(*loser, model::EvalId(random_.uuid()), model::trigger::kPreemption);
    eval.previous_eval = input_.eval.id;
    decision_.preemption_evals.push_back(std::move(eval));
  }
  plan().desired_updates[winner.task_group].preemptions += victims.size();
}

Allocation* PlanBuilder::update_in_place(const GroupSite& site, const Allocation& alloc) {
  const auto slot = snapshot().slot_of(alloc.node_id);
  if (!slot) return nullptr;
  const auto node = node_in(snapshot(), *slot);
  const NodeChecks& checks = site.feasibility.checks();
  // A node that takes no new work still keeps what it has.
  const bool keeps = node->status == model::NodeStatus::Ready && checks.allow(*node);
  if (!keeps || !checks.has_volumes(*node, alloc.index())) return nullptr;
  free_room(alloc);
  // What it holds by name it keeps; only the amounts may have changed.
  state::GroupAsk amounts = site.ask;
  amounts.static_ports.clear();
  amounts.dynamic_ports = 0;
  if (!usage_.fits(*slot, amounts)) {
    take_room(alloc);
    return nullptr;
  }
  usage_.add(*slot, site.ask, alloc);
  Allocation updated = alloc;
  updated.job_version = job().version;
  updated.eval_id = input_.eval.id;
  place(std::move(updated));
  return &plan().placements.back();
}

model::AllocMetric* PlanBuilder::fail(const GroupSite& site) {
  ++decision_.queued[site.group.name];
  return explain_failure(site);
}

model::AllocMetric* PlanBuilder::explain_failure(const GroupSite& site) {
  const auto [at, first] = decision_.failed.try_emplace(site.group.name);
  if (!first) {
    ++at->second.coalesced_failures;
    return nullptr;
  }
  at->second = site.feasibility.metric();
  for (const auto& [name, eligible] : site.feasibility.class_eligibility()) {
    bool& known = decision_.class_eligibility[name];
    known = known || eligible;
  }
  decision_.escaped_computed_class |= site.feasibility.escaped();
  return &at->second;
}

void PlanBuilder::look_again(Later later) {
  later_[later.trigger].push_back(std::move(later));
}

bool PlanBuilder::awaits(std::string_view trigger) const {
  return std::ranges::any_of(snapshot().evals_of_job(input_.eval.job_key()), [&](const auto& entry) {
    const model::Evaluation& eval = *entry.value;
    return eval.id != input_.eval.id && waits_for(eval, trigger) && eval.wait_until > input_.now;
  });
}

Decision PlanBuilder::finish() {
  add_follow_ups();
  return std::move(decision_);
}

void PlanBuilder::add_follow_ups() {
  if (!input_.job) return;
  for (auto& [trigger, waiting] : later_) {
    std::erase_if(waiting, [&](const Later& later) { return is_awaited(later); });
    if (waiting.empty()) continue;
    const WallTime first = std::ranges::min_element(waiting, {}, &Later::when)->when;
    // Those that are due soon after the first are looked at together, none of them too early.
    WallTime last = first;
    for (const Later& later : waiting) {
      if (later.when <= first + kFollowUpWindow) last = std::max(last, later.when);
    }
    announce(waiting, follow_up(trigger, first, last));
  }
}

// An evaluation that it knows of waits already.
bool PlanBuilder::is_awaited(const Later& later) const {
  if (!later.alloc || later.alloc->follow_up_eval_id.empty()) return false;
  const auto eval = snapshot().eval(later.alloc->follow_up_eval_id);
  return eval && eval->id != input_.eval.id && waits_for(*eval, later.trigger) && knows_of(later, *eval);
}

// The evaluation that will look again: one that waits already and comes soon enough, or a new one. One whose time
// should have come waits since before the clock was set.
PlanBuilder::FollowUp PlanBuilder::follow_up(std::string_view trigger, WallTime first, WallTime last) {
  for (const auto& entry : snapshot().evals_of_job(input_.eval.job_key())) {
    const model::Evaluation& eval = *entry.value;
    const bool soon =
        waits_for(eval, trigger) && eval.wait_until > input_.now && eval.wait_until <= first + kFollowUpWindow;
    if (soon && eval.id != input_.eval.id) return {eval.id, eval.wait_until};
  }
  model::Evaluation eval = model::make_eval(job(), model::EvalId(random_.uuid()), trigger);
  eval.priority = input_.eval.priority;
  eval.status_description = kDelayedText;
  eval.wait_until = last;
  eval.previous_eval = input_.eval.id;
  decision_.follow_ups.push_back(std::move(eval));
  return {decision_.follow_ups.back().id, last};
}

// Notes the evaluation with those that are due when it comes; it announces itself to the others.
void PlanBuilder::announce(const std::vector<Later>& waiting, const FollowUp& follow_up) {
  std::map<model::AllocId, size_t> stops;
  for (size_t i = 0; i < plan().stops.size(); ++i) stops.emplace(plan().stops[i].alloc_id, i);
  for (const Later& later : waiting) {
    if (!later.alloc || later.when > follow_up.at || later.alloc->follow_up_eval_id == follow_up.eval) continue;
    const auto stop = stops.find(later.alloc->id);
    if (stop != stops.end()) {
      plan().stops[stop->second].follow_up_eval = follow_up.eval;
      continue;
    }
    plan().stops.push_back({.alloc_id = later.alloc->id,
                            .node_id = later.alloc->node_id,
                            .desired_status = later.alloc->desired_status,
                            .description = {},
                            .client_status = {},
                            .preempted_by = {},
                            .follow_up_eval = follow_up.eval});
  }
}

}  // namespace drover::sched
