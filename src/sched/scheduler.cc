#include "sched/scheduler.h"

#include <set>

#include "base/random.h"
#include "sched/feasible.h"
#include "sched/rank.h"
#include "sched/reconcile.h"
#include "sched/reschedule.h"

namespace drover::sched {
namespace {

using model::Allocation;
using AllocRow = state::Row<Allocation>;

constexpr const char* kMigrating = "alloc is being migrated";
constexpr const char* kDelayedText = "created for delayed rescheduling";
constexpr const char* kUpdating = "alloc is being updated due to job update";
constexpr size_t kScoresShown = 5;
constexpr Duration kFollowUpWindow = std::chrono::seconds(5);

// What an allocation took when it was placed: what its own version of the group asks for.
state::GroupAsk ask_of(const state::Snapshot& snapshot, const Allocation& alloc) {
  const auto job = snapshot.job_of(alloc);
  const model::TaskGroup* group = job ? job->find_group(alloc.task_group) : nullptr;
  return group ? state::group_ask(*group) : state::GroupAsk{};
}

// Turns what should happen to each group into a plan.
class Planner {
 public:
  explicit Planner(const Input& input)
      : input_(input), snapshot_(input.snapshot), usage_(input.snapshot.columns()), random_(input.seed) {}

  Decision run() {
    const model::JobKey key = input_.eval.job_key();
    changes_ = reconcile({snapshot_, input_.job.get(), key, input_.now});
    start_plan();
    plan_deployment();
    for (const auto& [name, group] : changes_.groups) stop_all(group);
    for (const auto& [name, group] : changes_.groups) {
      decision_.plan.desired_updates[name] = group.updates;
      if (group.group) plan_group(group);
    }
    plan_follow_ups();
    return std::move(decision_);
  }

 private:
  const model::Job& job() const { return *input_.job; }

  void start_plan() {
    model::Plan& plan = decision_.plan;
    plan.eval_id = input_.eval.id;
    plan.priority = input_.eval.priority;
    plan.ns = input_.eval.ns;
    plan.job_id = input_.eval.job_id;
    plan.snapshot_index = snapshot_.index();
    if (input_.job) {
      plan.job_version = job().version;
      plan.all_at_once = job().all_at_once;
    }
  }

  void plan_deployment() {
    model::Plan& plan = decision_.plan;
    plan.deployment_updates = changes_.deployment_updates;
    if (!changes_.deployment) return;
    if (!changes_.new_deployment) {
      deployment_id_ = changes_.deployment->id;
      return;
    }
    deployment_id_ = model::DeploymentId(random_.uuid());
    plan.deployment = changes_.deployment;
    plan.deployment->id = deployment_id_;
  }

  void stop_all(const GroupChanges& group) {
    for (const WantedStop& stop : group.stop) {
      if (stop.client_status != model::ClientStatus::Unknown) free_room(*stop.alloc);
      add_stop(*stop.alloc, stop.description, stop.client_status);
    }
    for (const AllocRow& alloc : group.migrate) {
      free_room(*alloc);
      add_stop(*alloc, kMigrating);
    }
  }

  // What is unknown is still wanted where it is.
  void add_stop(const Allocation& alloc, const std::string& description,
                std::optional<model::ClientStatus> becomes = std::nullopt) {
    const bool unknown = becomes == model::ClientStatus::Unknown;
    decision_.plan.stops.push_back({.alloc_id = alloc.id,
                                    .node_id = alloc.node_id,
                                    .desired_status = unknown ? alloc.desired_status : model::DesiredStatus::Stop,
                                    .description = description,
                                    .client_status = becomes});
  }

  // Takes what an allocation uses off its node, if that still counts it.
  void free_room(const Allocation& alloc) {
    const auto slot = snapshot_.slot_of(alloc.node_id);
    if (slot && !alloc.terminal()) usage_.remove(*slot, ask_of(snapshot_, alloc), alloc.ports);
  }

  void plan_group(const GroupChanges& changes) {
    const model::TaskGroup& group = *changes.group;
    const bool nothing =
        changes.place.empty() && changes.in_place.empty() && changes.destructive.empty() && changes.migrate.empty();
    if (nothing) return;
    const Feasibility feasibility(snapshot_, job(), group);
    DistinctRules distinct(snapshot_, job(), group);
    const state::GroupAsk ask = state::group_ask(group);
    Ranker ranker({snapshot_, feasibility, ask, usage_, distinct, group.count, input_.seed});
    GroupPlan plan{group, feasibility, distinct, ask, ranker};
    count_planned(plan);
    count_present(plan);
    std::vector<AllocRow> destructive = changes.destructive;
    for (const AllocRow& alloc : changes.in_place) {
      if (!update_in_place(plan, *alloc)) destructive.push_back(alloc);
    }
    for (const AllocRow& alloc : destructive) replace(plan, alloc);
    for (const AllocRow& alloc : changes.migrate) place(plan, {.name = alloc->name, .previous = alloc});
    for (const WantedPlacement& wanted : changes.place) place(plan, wanted);
  }

  // The state of placing one group.
  struct GroupPlan {
    const model::TaskGroup& group;
    const Feasibility& feasibility;
    DistinctRules& distinct;
    const state::GroupAsk& ask;
    Ranker& ranker;
    bool scores_shown = false;
  };

  // Tells the distinct rules what the plan has changed already, for this group and for those before it.
  void count_planned(GroupPlan& plan) {
    if (!plan.distinct.any()) return;
    for (const model::PlannedStop& stop : decision_.plan.stops) {
      const auto alloc = snapshot_.alloc(stop.alloc_id);
      const auto slot = snapshot_.slot_of(stop.node_id);
      if (slot && !alloc->terminal()) plan.distinct.remove(snapshot_, *slot, alloc->task_group == plan.group.name);
    }
    for (const Allocation& alloc : decision_.plan.placements) {
      if (!snapshot_.alloc(alloc.id)) plan.distinct.add(snapshot_, *snapshot_.slot_of(alloc.node_id), false);
    }
  }

  // Tells the ranker what of the group stays where it is.
  void count_present(GroupPlan& plan) {
    std::set<model::AllocId> stopped;
    for (const model::PlannedStop& stop : decision_.plan.stops) stopped.insert(stop.alloc_id);
    for (const auto& entry : snapshot_.allocs_of_job(job().key())) {
      const Allocation& alloc = *entry.value;
      if (alloc.terminal() || alloc.task_group != plan.group.name || stopped.count(alloc.id) > 0) continue;
      if (const auto slot = snapshot_.slot_of(alloc.node_id)) plan.ranker.count_existing(*slot);
    }
  }

  bool update_in_place(GroupPlan& plan, const Allocation& alloc) {
    const auto slot = snapshot_.slot_of(alloc.node_id);
    if (!slot || !plan.feasibility.feasible(*slot)) return false;
    const state::GroupAsk old_ask = ask_of(snapshot_, alloc);
    usage_.remove(*slot, old_ask, alloc.ports);
    if (!usage_.fits(*slot, plan.ask)) {
      usage_.add(*slot, old_ask, alloc.ports);
      return false;
    }
    usage_.add(*slot, plan.ask, alloc.ports);
    Allocation updated = alloc;
    updated.job_version = job().version;
    updated.eval_id = input_.eval.id;
    if (deploys(plan) && updated.deployment_id != deployment_id_) {
      updated.deployment_id = deployment_id_;
      updated.deployment_status.reset();
    }
    decision_.plan.placements.push_back(std::move(updated));
    return true;
  }

  // Stops an allocation and places its successor; where that finds no room the old one stays.
  void replace(GroupPlan& plan, const AllocRow& row) {
    const Allocation& old = *row;
    const auto slot = snapshot_.slot_of(old.node_id);
    const state::GroupAsk old_ask = ask_of(snapshot_, old);
    if (slot) {
      usage_.remove(*slot, old_ask, old.ports);
      plan.distinct.remove(snapshot_, *slot, true);
      plan.ranker.removed(*slot);
    }
    if (place(plan, {.name = old.name, .previous = row})) return add_stop(old, kUpdating);
    if (slot) {
      usage_.add(*slot, old_ask, old.ports);
      plan.distinct.add(snapshot_, *slot, true);
      plan.ranker.placed(*slot);
    }
  }

  bool place(GroupPlan& plan, const WantedPlacement& wanted) {
    std::optional<uint32_t> penalised;
    if (wanted.rescheduled && wanted.previous) penalised = snapshot_.slot_of(wanted.previous->node_id);
    const auto slot = plan.ranker.pick(penalised);
    if (!slot) {
      fail(plan);
      return false;
    }
    Allocation alloc = make_alloc(plan, wanted, *slot, penalised);
    usage_.add(*slot, plan.ask, alloc.ports);
    plan.distinct.add(snapshot_, *slot, true);
    plan.ranker.placed(*slot);
    decision_.plan.placements.push_back(std::move(alloc));
    return true;
  }

  // One more placement of the group that found no node: the first one is explained, the others are counted.
  void fail(GroupPlan& plan) {
    ++decision_.queued[plan.group.name];
    const auto [at, first] = decision_.failed.try_emplace(plan.group.name);
    if (!first) {
      ++at->second.coalesced_failures;
      return;
    }
    at->second = plan.feasibility.metric();
    plan.ranker.explain(at->second);
    for (const auto& [name, eligible] : plan.feasibility.class_eligibility()) {
      bool& known = decision_.class_eligibility[name];
      known = known || eligible;
    }
    decision_.escaped_computed_class |= plan.feasibility.escaped();
  }

  Allocation make_alloc(GroupPlan& plan, const WantedPlacement& wanted, uint32_t slot,
                        std::optional<uint32_t> penalised) {
    const auto& chunk = *snapshot_.columns().chunks()[slot / state::kColumnChunk];
    const auto node = snapshot_.node(chunk.node_id[slot % state::kColumnChunk]);
    Allocation alloc;
    alloc.id = model::AllocId(random_.uuid());
    alloc.ns = job().ns;
    alloc.eval_id = input_.eval.id;
    alloc.name = wanted.name;
    alloc.node_id = node->id;
    alloc.node_name = node->name;
    alloc.job_id = job().id;
    alloc.job_version = job().version;
    alloc.task_group = plan.group.name;
    alloc.ports = give_ports(plan, *node, slot);
    model::AllocMetric metrics = plan.feasibility.metric();
    // The alternatives are recorded with the first of a batch; the others say only how their own node scored.
    if (!plan.scores_shown) {
      metrics.score_meta_data = plan.ranker.best(kScoresShown);
      plan.scores_shown = true;
    } else {
      metrics.score_meta_data.push_back(plan.ranker.score(slot, penalised).to_model(node->id));
    }
    alloc.metrics = std::make_shared<const model::AllocMetric>(std::move(metrics));
    if (wanted.previous) alloc.previous_allocation = wanted.previous->id;
    if (wanted.rescheduled && plan.group.reschedule) {
      alloc.reschedules = reschedules_of_successor(*plan.group.reschedule, *wanted.previous, input_.now);
    }
    if (deploys(plan)) {
      alloc.deployment_id = deployment_id_;
      if (wanted.canary) alloc.deployment_status = model::DeploymentStatus{.canary = true};
    }
    return alloc;
  }

  // The ports of the group and of its tasks on a node where they fit.
  std::vector<model::AllocatedPort> give_ports(GroupPlan& plan, const model::Node& node, uint32_t slot) {
    std::vector<model::AllocatedPort> ports;
    std::vector<int32_t> dynamic;
    if (plan.ask.dynamic_ports > 0) dynamic = usage_.pick_dynamic(slot, plan.ask.dynamic_ports, random_.next());
    const std::string ip = node.networks.empty() ? "127.0.0.1" : node.networks.front().ip;
    const auto give = [&](const std::string& task, const std::vector<model::Network>& networks) {
      for (const model::Network& network : networks) {
        for (const model::Port& port : network.reserved_ports)
          ports.push_back({task, port.label, port.value, port.to, ip});
        for (const model::Port& port : network.dynamic_ports) {
          ports.push_back({task, port.label, dynamic.back(), port.to, ip});
          dynamic.pop_back();
        }
      }
    };
    give("", plan.group.networks);
    for (const model::Task& task : plan.group.tasks) give(task.name, task.resources.networks);
    return ports;
  }

  bool deploys(const GroupPlan& plan) const { return changes_.deploys(plan.group.name); }

  // What has to wait is looked at again when the first of it is due; those within a window together.
  void plan_follow_ups() {
    std::map<std::string_view, WallTime> first;  // by trigger
    for (const auto& [name, group] : changes_.groups) {
      for (const Later& later : group.later) {
        const auto [at, added] = first.try_emplace(later.trigger, later.when);
        if (!added) at->second = std::min(at->second, later.when);
      }
    }
    for (const auto& [trigger, when] : first) {
      if (follow_up_exists(trigger, when)) continue;
      model::Evaluation eval = model::make_eval(job(), model::EvalId(random_.uuid()), trigger);
      eval.priority = input_.eval.priority;
      eval.status_description = kDelayedText;
      eval.wait_until = when;
      eval.previous_eval = input_.eval.id;
      decision_.follow_ups.push_back(std::move(eval));
    }
  }

  bool follow_up_exists(std::string_view trigger, WallTime when) const {
    for (const auto& entry : snapshot_.evals_of_job(input_.eval.job_key())) {
      const model::Evaluation& eval = *entry.value;
      const bool waits = eval.status == model::EvalStatus::Pending && eval.wait_until.unix_nanos > 0;
      if (!waits || eval.id == input_.eval.id || eval.triggered_by != trigger) continue;
      if (eval.wait_until <= when + kFollowUpWindow) return true;
    }
    return false;
  }

  const Input& input_;
  const state::Snapshot& snapshot_;
  Usage usage_;
  SeededRandom random_;
  Changes changes_;
  model::DeploymentId deployment_id_;  // that placements of this version belong to
  Decision decision_;
};

}  // namespace

Decision schedule(const Input& input) {
  return Planner(input).run();
}

int32_t max_attempts(model::JobType type) {
  return type == model::JobType::Batch || type == model::JobType::Sysbatch ? 2 : 5;
}

}  // namespace drover::sched
