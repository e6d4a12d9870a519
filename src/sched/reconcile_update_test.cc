// Updates, deployments, migration and disconnection: what the reconciler wants, seen through whole evaluations.

#include <algorithm>

#include "model/canonicalize.h"
#include "sched/reconcile.h"
#include "sched/test_support.h"

namespace drover::sched {
namespace {

using model::ClientStatus;
using model::DeploymentState;
using std::chrono::minutes;
using std::chrono::seconds;
using Names = std::vector<std::string>;

constexpr WallTime kStart{1'000'000'000'000};

// Job "web", group "g", with room for everything.
class UpdateTest : public ::testing::Test {
 protected:
  UpdateTest() {
    for (const char* name : {"a", "b", "c"}) cluster.add(make_node(name));
  }

  static model::Job web(int32_t count, const std::string& version, int32_t max_parallel = 1, int32_t canary = 0) {
    model::Job job = make_job("web").count(count).env("VERSION", version).build();
    job.task_groups[0].update =
        model::UpdateStrategy{.stagger = seconds(30), .max_parallel = max_parallel, .canary = canary};
    model::canonicalize(job);
    return job;
  }
  void deploy(const model::Job& job) {
    cluster.add(job);
    cluster.run("web", kStart);
  }
  // The version is deployed and healthy.
  void settle(const model::Job& job) {
    deploy(job);
    cluster.make_healthy("web");
    cluster.run("web", kStart);
  }
  GroupChanges changes(WallTime now = kStart) {
    job = cluster.now().job({"default", "web"});
    return reconcile({cluster.now(), job.get(), {"default", "web"}, now}).groups["g"];
  }
  state::Row<model::Deployment> deployment() { return cluster.now().latest_deployment({"default", "web"}); }
  int running(const std::string& version) {
    int count = 0;
    for (const auto& entry : cluster.now().allocs()) {
      const auto of = cluster.now().job_of(*entry.value);
      if (!entry.value->terminal() && of->task_groups[0].tasks[0].env.at("VERSION") == version) ++count;
    }
    return count;
  }

  TestCluster cluster;
  state::Row<model::Job> job;
};

TEST_F(UpdateTest, TheFirstRolloutIsNotPaced) {
  deploy(web(5, "1"));
  EXPECT_EQ(running("1"), 5);
  ASSERT_TRUE(deployment());
  EXPECT_EQ(deployment()->status, DeploymentState::Running);
  EXPECT_EQ(deployment()->task_groups.at("g").desired_total, 5);
  cluster.make_healthy("web");
  cluster.run("web", kStart);
  EXPECT_EQ(deployment()->status, DeploymentState::Successful);
}

TEST_F(UpdateTest, FiveCopiesAreReplacedOneByOneAsEachBecomesHealthy) {
  settle(web(5, "1"));
  deploy(web(5, "2"));
  for (int done = 1; done <= 5; ++done) {
    EXPECT_EQ(running("2"), done);
    EXPECT_EQ(running("1"), 5 - done);
    EXPECT_TRUE(cluster.run("web", kStart).plan.placements.empty()) << "it waits for the health of the last one";
    cluster.make_healthy("web");
    cluster.run("web", kStart);
  }
  EXPECT_EQ(running("2"), 5);
  EXPECT_EQ(deployment()->status, DeploymentState::Successful);
}

TEST_F(UpdateTest, AnUnhealthyAllocationStopsTheUpdate) {
  settle(web(4, "1", 2));
  deploy(web(4, "2", 2));
  ASSERT_EQ(running("2"), 2);
  const auto updated = cluster.find("web.g[0]");
  cluster.must(state::SetAllocHealth{.deployment_id = deployment()->id, .unhealthy = {updated->id}});
  EXPECT_TRUE(changes().destructive.empty());
}

TEST_F(UpdateTest, AFailedAllocationStopsTheUpdateUntilItIsReplaced) {
  settle(web(3, "1"));
  deploy(web(3, "2"));
  const auto updated =
      std::ranges::find_if(cluster.now().allocs(), [](const auto& entry) { return entry.value->job_version == 1; });
  cluster.report((*updated).value->name, ClientStatus::Failed);
  const GroupChanges waits = changes();
  EXPECT_TRUE(waits.place.empty());
  EXPECT_TRUE(waits.destructive.empty());
}

TEST_F(UpdateTest, CanariesComeBesidesAndTakeOverWhenPromoted) {
  settle(web(3, "1"));
  deploy(web(3, "2", 1, 2));
  EXPECT_EQ(running("1"), 3);
  EXPECT_EQ(running("2"), 2);
  EXPECT_TRUE(cluster.find("web.g[0]")->deployment_status->canary);
  EXPECT_EQ(deployment()->task_groups.at("g").placed_canaries.size(), 2u);
  EXPECT_TRUE(cluster.run("web", kStart).plan.is_no_op()) << "nobody has promoted them";

  cluster.make_healthy("web");
  cluster.must(state::PromoteDeployment{.deployment_id = deployment()->id});
  cluster.run("web", kStart);
  EXPECT_EQ(running("1") + running("2"), 3);
  EXPECT_GE(running("2"), 2);
  for (int i = 0; i < 3 && deployment()->active(); ++i) {
    cluster.make_healthy("web");
    cluster.run("web", kStart);
  }
  EXPECT_EQ(running("2"), 3);
  EXPECT_EQ(running("1"), 0);
  EXPECT_EQ(deployment()->status, DeploymentState::Successful);
  EXPECT_TRUE(cluster.run("web", kStart).plan.is_no_op()) << "canaries that took over stay";
}

TEST_F(UpdateTest, ACanaryFollowsTheOneThatFailed) {
  settle(web(3, "1"));
  deploy(web(3, "2", 1, 2));
  const model::AllocId failed = cluster.find("web.g[0]")->id;
  cluster.report("web.g[0]", ClientStatus::Failed, kStart);
  EXPECT_TRUE(cluster.run("web", kStart).plan.is_no_op()) << "whether it is replaced is not decided yet";
  cluster.must(state::UpdateTransitions{.transitions = {{.alloc_id = failed, .transition = {.reschedule = true}}}});
  cluster.run("web", kStart);  // begins to wait
  EXPECT_EQ(running("1"), 3) << "it stands beside them, and takes nobody's place";
  cluster.run("web", kStart + minutes(2));
  const auto next = cluster.find("web.g[0]");
  EXPECT_EQ(next->previous_allocation, failed);
  EXPECT_TRUE(next->deployment_status && next->deployment_status->canary);
  EXPECT_EQ(running("1"), 3);
  EXPECT_EQ(running("2"), 2);
}

TEST_F(UpdateTest, WhatIsLostWhileCanariesAreTriedOutKeepsItsVersion) {
  settle(web(2, "1"));
  deploy(web(2, "2", 1, 1));
  const auto old = cluster.find("web.g[1]");
  cluster.must(state::DeregisterNode{.node_id = old->node_id});
  cluster.run("web", kStart);
  const auto replacement = cluster.find("web.g[1]");
  EXPECT_EQ(replacement->previous_allocation, old->id);
  EXPECT_EQ(replacement->job_version, old->job_version);
  EXPECT_TRUE(replacement->deployment_id.empty());
}

TEST_F(UpdateTest, AFailedDeploymentStopsItsCanariesAndUpdatesNothing) {
  settle(web(3, "1"));
  deploy(web(3, "2", 1, 1));
  cluster.set_deployment("web", DeploymentState::Failed);
  const Decision decision = cluster.run("web", kStart);
  EXPECT_TRUE(decision.plan.placements.empty());
  EXPECT_EQ(running("2"), 0);
  EXPECT_EQ(running("1"), 3);
}

TEST_F(UpdateTest, WhileADeploymentIsFailedOnlyWhatIsLostIsReplaced) {
  settle(web(2, "1"));
  deploy(web(2, "2"));
  cluster.set_deployment("web", DeploymentState::Failed);
  EXPECT_TRUE(changes().destructive.empty());
  cluster.set_status(std::string(cluster.find("web.g[1]")->node_name), model::NodeStatus::Down);
  const GroupChanges result = changes();
  EXPECT_TRUE(std::ranges::any_of(result.place, [](const auto& wanted) { return wanted.name == "web.g[1]"; }));
}

TEST_F(UpdateTest, APausedDeploymentUpdatesNothing) {
  settle(web(3, "1"));
  deploy(web(3, "2"));
  cluster.make_healthy("web");
  cluster.set_deployment("web", DeploymentState::Paused);
  EXPECT_TRUE(cluster.run("web", kStart).plan.is_no_op());
  cluster.set_deployment("web", DeploymentState::Running);
  EXPECT_EQ(cluster.run("web", kStart).plan.placements.size(), 1u);
}

TEST_F(UpdateTest, ANewerVersionCancelsTheDeploymentOfTheOlder) {
  settle(web(3, "1"));
  deploy(web(3, "2"));
  const model::DeploymentId second = deployment()->id;
  deploy(web(3, "3"));
  EXPECT_EQ(cluster.now().deployment(second)->status, DeploymentState::Cancelled);
  EXPECT_EQ(cluster.now().deployment(second)->status_description, "Cancelled due to newer version of job");
  EXPECT_NE(deployment()->id, second);
}

TEST_F(UpdateTest, StoppingTheJobCancelsItsDeployment) {
  deploy(web(3, "1"));
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = "web"});
  cluster.run("web", kStart);
  EXPECT_EQ(deployment()->status, DeploymentState::Cancelled);
}

TEST_F(UpdateTest, ScalingUpAndDownDuringAnUpdateKeepsTheCount) {
  settle(web(4, "1"));
  deploy(web(4, "2"));
  deploy(web(6, "2"));
  EXPECT_EQ(running("1") + running("2"), 6);
  deploy(web(2, "2"));
  EXPECT_EQ(running("1") + running("2"), 2);
  EXPECT_FALSE(cluster.find("web.g[0]")->terminal());
  EXPECT_FALSE(cluster.find("web.g[1]")->terminal());
}

TEST_F(UpdateTest, WithoutAStrategyEverythingIsReplacedAtOnce) {
  cluster.add(make_job("web").count(4).env("VERSION", "1"));
  cluster.run("web", kStart);
  EXPECT_FALSE(deployment());
  cluster.add(make_job("web").count(4).env("VERSION", "2"));
  cluster.run("web", kStart);
  EXPECT_EQ(running("2"), 4);
  EXPECT_FALSE(deployment());
}

TEST_F(UpdateTest, WhatIsToMigrateIsStoppedAndPlacedElsewhere) {
  settle(web(2, "1"));
  const auto old = cluster.find("web.g[0]");
  cluster.must(
      state::UpdateNodeEligibility{.node_id = old->node_id, .eligibility = model::NodeEligibility::Ineligible});
  EXPECT_TRUE(cluster.run("web", kStart).plan.is_no_op()) << "the drainer has not asked for it yet";
  cluster.migrate("web.g[0]");
  const Decision decision = cluster.run("web", kStart);
  ASSERT_EQ(decision.plan.stops.size(), 1u);
  EXPECT_EQ(decision.plan.stops[0].description, "alloc is being migrated");
  EXPECT_EQ(decision.plan.desired_updates.at("g").migrate, 1u);
  const auto moved = cluster.find("web.g[0]");
  EXPECT_EQ(moved->previous_allocation, old->id);
  EXPECT_NE(moved->node_id, old->node_id);
}

TEST_F(UpdateTest, WhatMigratesWhileCanariesAreTriedOutKeepsItsVersion) {
  settle(web(2, "1"));
  deploy(web(2, "2", 1, 1));
  EXPECT_EQ(running("2"), 1);
  const auto old = cluster.find("web.g[1]");
  cluster.migrate("web.g[1]");
  cluster.run("web", kStart);
  const auto moved = cluster.find("web.g[1]");
  EXPECT_NE(moved->id, old->id);
  EXPECT_EQ(moved->job_version, old->job_version);
  EXPECT_EQ(running("1"), 2);
  EXPECT_EQ(running("2"), 1);
}

// What happens when a node with allocations is cut off.
class DisconnectTest : public UpdateTest {
 protected:
  void start(model::DisconnectStrategy strategy) {
    model::Job job = make_job("web").env("VERSION", "1").build();
    job.task_groups[0].disconnect = std::move(strategy);
    cluster.add(job);
    cluster.run("web", kStart);
    original = cluster.find("web.g[0]");
    cluster.report("web.g[0]", ClientStatus::Running);
  }
  void set_node(model::NodeStatus status, WallTime at) {
    cluster.must(state::UpdateNodeStatus{.node_id = original->node_id, .status = status, .time = at});
  }

  state::Row<model::Allocation> original;
};

TEST_F(DisconnectTest, IsUnknownAndReplacedMeanwhile) {
  start({.lost_after = minutes(10)});
  set_node(model::NodeStatus::Disconnected, kStart);
  const Decision decision = cluster.run("web", kStart + seconds(1));
  EXPECT_EQ(cluster.now().alloc(original->id)->client_status, ClientStatus::Unknown);
  EXPECT_FALSE(cluster.now().alloc(original->id)->server_terminal());
  ASSERT_EQ(decision.plan.placements.size(), 1u);
  EXPECT_EQ(decision.plan.placements[0].previous_allocation, original->id);
  ASSERT_EQ(decision.follow_ups.size(), 1u);
  EXPECT_EQ(decision.follow_ups[0].triggered_by, model::trigger::kMaxDisconnectTimeout);
  EXPECT_EQ(decision.follow_ups[0].wait_until, kStart + minutes(10));
  EXPECT_EQ(cluster.now().alloc(original->id)->follow_up_eval_id, decision.follow_ups[0].id);
}

TEST_F(DisconnectTest, IsLostWhenTheTimeIsOver) {
  start({.lost_after = minutes(10)});
  set_node(model::NodeStatus::Disconnected, kStart);
  cluster.run("web", kStart + seconds(1));
  cluster.run("web", kStart + minutes(10));
  EXPECT_EQ(cluster.now().alloc(original->id)->client_status, ClientStatus::Lost);
}

TEST_F(DisconnectTest, MayWaitWithoutAReplacement) {
  start({.lost_after = minutes(10), .replace = false});
  set_node(model::NodeStatus::Disconnected, kStart);
  const Decision decision = cluster.run("web", kStart + seconds(1));
  EXPECT_TRUE(decision.plan.placements.empty());
  EXPECT_EQ(cluster.now().alloc(original->id)->client_status, ClientStatus::Unknown);
}

TEST_F(DisconnectTest, WhatIsNotToBeReplacedStaysEmpty) {
  start({.lost_after = minutes(10), .replace = false});
  set_node(model::NodeStatus::Disconnected, kStart);
  cluster.run("web", kStart + minutes(10));
  EXPECT_EQ(cluster.now().alloc(original->id)->client_status, ClientStatus::Lost);
  EXPECT_TRUE(cluster.run("web", kStart + minutes(20)).plan.is_no_op());
}

TEST_F(DisconnectTest, TheOneThatRunsLongerMayStay) {
  start({.lost_after = minutes(10), .reconcile = "longest_running"});
  set_node(model::NodeStatus::Disconnected, kStart);
  cluster.run("web", kStart + seconds(1));
  const auto replacement = cluster.find("web.g[0]");
  cluster.report("web.g[0]", ClientStatus::Running);
  set_node(model::NodeStatus::Ready, kStart + seconds(2));
  model::Allocation back = *cluster.now().alloc(original->id);
  back.client_status = ClientStatus::Running;
  back.task_states["t"].started_at = kStart;
  cluster.must(state::UpdateAllocs{.allocs = {back}});
  cluster.run("web", kStart + seconds(3));
  EXPECT_FALSE(cluster.now().alloc(original->id)->server_terminal());
  EXPECT_TRUE(cluster.now().alloc(replacement->id)->server_terminal());
}

TEST_F(DisconnectTest, OneOfTheTwoGoesWhenTheNodeIsBack) {
  for (const bool keep_original : {true, false}) {
    cluster = TestCluster();
    for (const char* name : {"a", "b"}) cluster.add(make_node(name));
    start({.lost_after = minutes(10), .reconcile = keep_original ? "keep_original" : "keep_replacement"});
    set_node(model::NodeStatus::Disconnected, kStart);
    cluster.run("web", kStart + seconds(1));
    const auto replacement = cluster.find("web.g[0]");
    ASSERT_NE(replacement->id, original->id);
    set_node(model::NodeStatus::Ready, kStart + seconds(2));
    model::Allocation back = *cluster.now().alloc(original->id);
    back.client_status = ClientStatus::Running;
    cluster.must(state::UpdateAllocs{.allocs = {back}});
    cluster.run("web", kStart + seconds(3));
    EXPECT_EQ(cluster.now().alloc(original->id)->server_terminal(), !keep_original);
    EXPECT_EQ(cluster.now().alloc(replacement->id)->server_terminal(), keep_original);
  }
}

// What stood in for it is gone too, and what stands in for that is of a newer version.
TEST_F(DisconnectTest, ANameBelongsToTheNewestVersionHoweverLongTheChain) {
  start({.lost_after = minutes(10), .reconcile = "keep_original"});
  set_node(model::NodeStatus::Disconnected, kStart);
  cluster.run("web", kStart + seconds(1));
  model::Job newer = make_job("web").env("VERSION", "2").build();
  newer.task_groups[0].disconnect = model::DisconnectStrategy{.lost_after = minutes(10), .reconcile = "keep_original"};
  cluster.add(newer);
  cluster.run("web", kStart + seconds(2));
  set_node(model::NodeStatus::Ready, kStart + seconds(3));
  model::Allocation back = *cluster.now().alloc(original->id);
  back.client_status = ClientStatus::Running;
  cluster.must(state::UpdateAllocs{.allocs = {back}});
  const Decision decision = cluster.run("web", kStart + seconds(4));
  EXPECT_TRUE(decision.plan.placements.empty());
  EXPECT_TRUE(cluster.now().alloc(original->id)->server_terminal());
  EXPECT_EQ(running("1"), 0);
  EXPECT_EQ(running("2"), 1);
}

TEST_F(UpdateTest, AGroupWithoutAStrategyDoesNotKeepADeploymentFromSucceeding) {
  model::Job job = web(1, "1");
  job.task_groups.push_back(job.task_groups[0]);
  job.task_groups[1].name = "plain";
  job.task_groups[1].update = model::UpdateStrategy{.max_parallel = 0};
  deploy(job);
  cluster.report("web.plain[0]", ClientStatus::Failed, kStart);
  cluster.make_healthy("web");
  const Decision decision = cluster.run("web", kStart + seconds(1));
  EXPECT_EQ(decision.follow_ups.size(), 1u) << "the failed one waits for its replacement";
  EXPECT_EQ(deployment()->status, DeploymentState::Successful);
}

TEST_F(DisconnectTest, IsReplacedOnlyOnceTheNodeHasStoppedIt) {
  start({.stop_on_client_after = minutes(2)});
  set_node(model::NodeStatus::Down, kStart);
  const Decision early = cluster.run("web", kStart + minutes(1));
  EXPECT_TRUE(early.plan.placements.empty());
  ASSERT_EQ(early.follow_ups.size(), 1u);
  EXPECT_EQ(early.follow_ups[0].wait_until, kStart + minutes(2));
  EXPECT_EQ(cluster.run("web", kStart + minutes(2)).plan.placements.size(), 1u);
}

TEST_F(UpdateTest, AFailedServiceIsReplacedAsOftenAsItsPolicyAllows) {
  cluster.add(make_job("web").reschedule({.attempts = 1,
                                          .interval = minutes(60),
                                          .delay = seconds(30),
                                          .delay_function = "constant",
                                          .max_delay = seconds(60),
                                          .unlimited = false}));
  cluster.run("web", kStart);
  cluster.report("web.g[0]", ClientStatus::Failed, kStart);
  EXPECT_TRUE(changes(kStart).place.empty()) << "too early";
  EXPECT_EQ(cluster.run("web", kStart + seconds(30)).plan.placements.size(), 1u);
  cluster.report("web.g[0]", ClientStatus::Failed, kStart + seconds(60));
  const GroupChanges spent = changes(kStart + minutes(30));
  EXPECT_TRUE(spent.place.empty() && spent.later.empty()) << "no attempts are left";
}

}  // namespace
}  // namespace drover::sched
