#include "sim/settle.h"

#include <algorithm>
#include <map>
#include <string>

#include "sched/alloc_texts.h"
#include "server/deployment_step.h"
#include "sim/simulation.h"
#include "sim/workload.h"

namespace drover::sim {
namespace {

using model::ClientStatus;
using std::chrono::minutes;

// Deadlines of deployments, delays of rescheduling and what follows them take their time.
constexpr int kRounds = 120;
constexpr Duration kRound = minutes(2);

// A deployment goes on without a deadline as long as there is no room for the first allocation of a group (facts 5.8).
bool waits_for_room(const state::Snapshot& now, const model::Deployment& deployment) {
  if (server::progress_deadline(deployment)) return false;
  return std::ranges::any_of(now.evals_of_job(deployment.job_key()),
                             [](const auto& entry) { return entry.value->status == model::EvalStatus::Blocked; });
}

// What the groups of a deployment have come to.
std::string progress_of(const model::Deployment& deployment) {
  std::string out = deployment.status_description;
  for (const auto& [name, group] : deployment.task_groups) {
    out += fmt::format(", {}: {} of {} placed, {} healthy, {} unhealthy, {} canaries", name, group.placed_allocs,
                       group.desired_total, group.healthy_allocs, group.unhealthy_allocs, group.desired_canaries);
  }
  return out;
}

// Why the cluster is not at rest; "" if it is.
std::string unrest(Simulation& sim) {
  if (!sim.server()) return "the server is down";
  for (const auto& entry : sim.now().evals()) {
    const model::Evaluation& eval = *entry.value;
    if (eval.status == model::EvalStatus::Pending) {
      return fmt::format("evaluation {} of {} ({}) is pending", eval.id.short_str(), eval.job_id, eval.triggered_by);
    }
  }
  for (const auto& entry : sim.now().deployments()) {
    if (entry.value->active() && !waits_for_room(sim.now(), *entry.value)) {
      return fmt::format("deployment {} of {} goes on: {}", entry.key.short_str(), entry.value->job_id,
                         progress_of(*entry.value));
    }
  }
  for (const auto& node : sim.nodes()) {
    if (!node->connected()) return node->name() + " is not connected";
    if (!node->settled()) return node->name() + " has reports to send";
    for (const auto& [id, alloc] : node->allocs()) {
      if (alloc->phase() == SimAlloc::Phase::Stopping) return node->name() + " is stopping something";
    }
  }
  for (const auto& entry : sim.now().allocs()) {
    const model::Allocation& alloc = *entry.value;
    const auto job = sim.now().job_of(alloc);
    const bool ends = alloc.server_terminal() || (job && job->is_batch());
    if (ends && !alloc.client_terminal()) {
      return fmt::format("allocation {} of {} does not end", alloc.id.short_str(), alloc.job_id);
    }
    if (!alloc.client_terminal() && alloc.client_status != ClientStatus::Running) {
      return fmt::format("allocation {} of {} does not run", alloc.id.short_str(), alloc.job_id);
    }
  }
  return "";
}

// What the nodes do is what the server believes.
void check_nodes(Simulation& sim) {
  for (const auto& node : sim.nodes()) {
    const auto stored = sim.now().node(node->node().id);
    if (!stored || stored->status != model::NodeStatus::Ready) {
      return sim.observer().fail(node->name() + " is connected, but not ready");
    }
    for (const auto& [id, alloc] : node->allocs()) {
      const auto known = sim.now().alloc(id);
      if (alloc->dead()) continue;
      if (!known || known->terminal()) {
        return sim.observer().fail(fmt::format("{} runs allocation {}, which has ended", node->name(), id.str()));
      }
    }
    for (const auto& entry : sim.now().allocs_of_node(stored->id)) {
      const auto found = node->allocs().find(entry.key);
      const bool runs = found != node->allocs().end() && !found->second->dead();
      if (!entry.value->terminal() && !runs) {
        return sim.observer().fail(fmt::format("{} does not run allocation {}", node->name(), entry.key.str()));
      }
    }
  }
}

// A deployment that has failed places nothing new, nor does one whose canaries wait for those of another group that
// find no room (facts 5.7).
bool is_held_back(const state::Snapshot& now, const model::Job& job, const std::string& group) {
  const auto deployment = now.latest_deployment(job.key());
  const bool current =
      deployment && deployment->job_create_index == job.create_index && deployment->job_version == job.version;
  if (!current) return false;
  if (deployment->status == model::DeploymentState::Failed) return true;
  const auto state = deployment->task_groups.find(group);
  const bool has_canaries = state != deployment->task_groups.end() && state->second.desired_canaries > 0;
  return deployment->active() && has_canaries && !state->second.promoted && waits_for_room(now, *deployment);
}

// Nobody takes the place of what was lost, also not once that was collected.
bool leaves_lost_places_empty(const model::Job& job, const std::string& group) {
  const auto& disconnect = job.find_group(group)->disconnect;
  return disconnect && !disconnect->replace.value_or(true);
}

// Whether something says why a group has fewer than it wants.
bool is_explained(const state::Snapshot& now, const model::Job& job, const std::string& group, int32_t missing) {
  if (is_held_back(now, job, group) || leaves_lost_places_empty(job, group)) return true;
  for (const auto& entry : now.evals_of_job(job.key())) {
    const model::Evaluation& eval = *entry.value;
    if (eval.status == model::EvalStatus::Blocked && eval.failed_tg_allocs.contains(group)) return true;
  }
  // Failed for good: nothing is to replace them.
  for (const auto& entry : now.allocs_of_job(job.key())) {
    const model::Allocation& alloc = *entry.value;
    // What was lost and not to be replaced may have been told to have ended well, by a node that came back.
    const bool lost = alloc.client_status == ClientStatus::Lost || alloc.desired_description == sched::kLostText;
    const bool for_good = (alloc.client_status == ClientStatus::Failed || lost) && alloc.next_allocation.empty() &&
                          alloc.task_group == group;
    if (for_good) --missing;
  }
  return missing <= 0;
}

// A canary stands beside the allocation of its name until it is promoted.
bool is_waiting_canary(const state::Snapshot& now, const model::Allocation& alloc) {
  const auto deployment = now.deployment(alloc.deployment_id);
  if (!deployment || !deployment->active()) return false;
  const auto group = deployment->task_groups.find(alloc.task_group);
  if (group == deployment->task_groups.end() || group->second.promoted) return false;
  return std::ranges::find(group->second.placed_canaries, alloc.id) != group->second.placed_canaries.end();
}

void check_service(Simulation& sim, const model::Job& job) {
  std::map<std::string, int32_t> running;
  std::map<std::string, std::string> names;
  for (const auto& entry : sim.now().allocs_of_job(job.key())) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.terminal() || is_waiting_canary(sim.now(), alloc)) continue;
    ++running[alloc.task_group];
    if (!names.emplace(alloc.name, alloc.id.str()).second) {
      return sim.observer().fail(fmt::format("two allocations are {}", alloc.name));
    }
  }
  for (const model::TaskGroup& group : job.task_groups) {
    const int32_t wanted = job.stop ? 0 : group.count;
    const int32_t found = running[group.name];
    if (found > wanted || (found < wanted && !is_explained(sim.now(), job, group.name, wanted - found))) {
      return sim.observer().fail(fmt::format("job {} wants {} of {}, but {} run", job.id, wanted, group.name, found));
    }
  }
}

void check_system(Simulation& sim, const model::Job& job) {
  std::map<std::pair<model::NodeId, std::string>, int> on;
  for (const auto& entry : sim.now().allocs_of_job(job.key())) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.terminal()) continue;
    if (job.stop) return sim.observer().fail(fmt::format("job {} is stopped and runs", job.id));
    if (++on[{alloc.node_id, alloc.task_group}] > 1) {
      return sim.observer().fail(fmt::format("job {} runs twice on a node", job.id));
    }
  }
}

void check_jobs(Simulation& sim) {
  for (const auto& entry : sim.now().jobs()) {
    const model::Job& job = *entry.value;
    if (job.is_template()) continue;
    if (job.type == model::JobType::Service) check_service(sim, job);
    if (job.type == model::JobType::System) check_system(sim, job);
  }
  for (const auto& entry : sim.now().allocs()) {
    if (!entry.value->terminal() && !sim.now().job(entry.value->job_key())) {
      return sim.observer().fail(fmt::format("allocation {} of a purged job runs", entry.key.str()));
    }
  }
}

}  // namespace

void settle(Simulation& sim, Workload& workload) {
  sim.trace().note("---- everything is well from here");
  sim.calm();
  std::string why = "nothing was looked at";
  int rounds = 0;
  while (!why.empty() && !sim.observer().failed()) {
    if (++rounds > kRounds) return sim.observer().fail("no rest: " + why);
    workload.wind_down();
    sim.run_for(kRound);
    std::string found = unrest(sim);
    if (found != why) sim.trace().note("at rest: {}", found.empty() ? "yes" : found);
    why = std::move(found);
  }
  if (sim.observer().failed()) return;
  check_nodes(sim);
  check_jobs(sim);
}

}  // namespace drover::sim
