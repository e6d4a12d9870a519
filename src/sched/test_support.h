#pragma once

#include "sched/scheduler.h"
#include "state/test_cluster.h"
#include "testutil/builders.h"

#include <map>
#include <string>
#include <vector>

// For the tests of this folder: a state with nodes by name, and a scheduler's answers about it.
namespace drover::sched {

using drover::testing::make_job;
using drover::testing::make_node;
using drover::testing::node_id;

class TestCluster : public state::testing::TestCluster {
 public:
  void add(const drover::testing::NodeBuilder& node) { add(node.build()); }
  void add(const model::Node& built) {
    must(state::RegisterNode{.node = built});
    must(state::UpdateNodeStatus{.node_id = built.id});
  }
  void set_status(const std::string& node, model::NodeStatus status) {
    must(state::UpdateNodeStatus{.node_id = node_id(node), .status = status});
  }

  // Registers the job; the version stored.
  state::Row<model::Job> add(const drover::testing::JobBuilder& job) { return add(job.build()); }
  state::Row<model::Job> add(const model::Job& built) {
    must(state::RegisterJob{.job = built});
    return now().job(built.key());
  }

  Decision decide(const std::string& job, uint64_t seed = 1, WallTime at = {1}) const {
    const model::Evaluation eval = eval_of(job);
    return schedule({.snapshot = now(), .eval = eval, .job = now().job(eval.job_key()), .now = at, .seed = seed});
  }
  // Decides, each time with another seed, and commits.
  Decision run(const std::string& job, WallTime at = {1}) {
    Decision decision = decide(job, ++seed_, at);
    if (!decision.plan.is_no_op()) {
      const state::Reply reply = must(state::ApplyPlan{.plan = decision.plan, .time = at});
      EXPECT_TRUE(reply.plan.rejected_nodes.empty()) << "the plan does not fit";
    }
    return decision;
  }

  state::Row<model::Allocation> find(const std::string& name) const {
    state::Row<model::Allocation> newest;
    for (const auto& entry : now().allocs()) {
      if (entry.value->name != name) continue;
      if (!newest || entry.value->create_index > newest->create_index) newest = entry.value;
    }
    return newest;
  }
  void report(const std::string& name, model::ClientStatus status, WallTime at = {1}) {
    model::Allocation alloc = *find(name);
    alloc.client_status = status;
    if (status != model::ClientStatus::Running) alloc.task_states["t"].finished_at = at;
    must(state::UpdateAllocs{.allocs = {alloc}, .time = at});
  }
  // The allocation leaves its node, as the drainer wants it.
  void migrate(const std::string& name) {
    must(state::UpdateTransitions{.transitions = {{.alloc_id = find(name)->id, .transition = {.migrate = true}}}});
  }
  // Every allocation of the job's deployment that runs becomes healthy.
  void make_healthy(const std::string& job) {
    const auto deployment = now().latest_deployment({"default", job});
    state::SetAllocHealth command{.deployment_id = deployment->id};
    for (const auto& entry : now().allocs()) {
      const model::Allocation& alloc = *entry.value;
      if (alloc.deployment_id == deployment->id && !alloc.terminal()) command.healthy.push_back(alloc.id);
    }
    must(std::move(command));
  }
  void set_deployment(const std::string& job, model::DeploymentState status) {
    const model::DeploymentId id = now().latest_deployment({"default", job})->id;
    must(state::UpdateDeployment{.update = {.deployment_id = id, .status = status}});
  }
  uint32_t slot(const std::string& node) const { return *now().slot_of(node_id(node)); }

  static model::Evaluation eval_of(const std::string& job) {
    model::Evaluation eval{.id = state::testing::eval_id(1), .triggered_by = model::trigger::kJobRegister};
    eval.job_id = job;
    return eval;
  }

 private:
  uint64_t seed_ = 0;
};

// The names of the nodes of a plan's placements, in order.
inline std::vector<std::string> nodes_of(const model::Plan& plan) {
  std::vector<std::string> names;
  for (const model::Allocation& alloc : plan.placements) names.push_back(alloc.node_name);
  return names;
}

inline std::vector<std::string> names_of(const model::Plan& plan) {
  std::vector<std::string> names;
  for (const model::Allocation& alloc : plan.placements) names.push_back(alloc.name);
  return names;
}

}  // namespace drover::sched
