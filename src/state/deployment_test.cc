#include "state/test_cluster.h"

namespace drover::state::testing {
namespace {

using model::Allocation;
using model::DeploymentState;

const model::JobKey kWeb{"default", "web"};
constexpr int64_t kSecond = 1'000'000'000;

// A ready node and a job "web" whose deployment 1 is created with two allocations.
class DeploymentTest : public ::testing::Test {
 protected:
  DeploymentTest() {
    cluster.add_ready_node(1);
    cluster.must(RegisterJob{.job = make_job("web")});
  }

  model::Deployment deployment(int32_t canaries = 0) {
    model::Deployment made = make_deployment(1, "web");
    made.job_create_index = cluster.now().job(kWeb)->create_index;
    made.task_groups["web"].desired_canaries = canaries;
    return made;
  }
  Allocation alloc(uint64_t n, bool canary = false) {
    Allocation made = make_alloc(n, "web", node_id(1));
    made.deployment_id = deployment_id(1);
    if (canary) made.deployment_status = model::DeploymentStatus{.canary = true};
    return made;
  }
  void start(bool canaries = false) {
    model::Plan plan = make_plan("web", {alloc(1, canaries), alloc(2, canaries)});
    plan.deployment = deployment(canaries ? 2 : 0);
    cluster.must(ApplyPlan{.plan = plan, .time = {1 * kSecond}});
  }
  void report(uint64_t n, bool healthy, int64_t at) {
    Allocation made = alloc(n);
    made.client_status = model::ClientStatus::Running;
    made.deployment_status = model::DeploymentStatus{.healthy = healthy};
    cluster.must(UpdateAllocs{.allocs = {made}, .time = {at}});
  }
  const model::DeploymentGroup group() { return cluster.now().deployment(deployment_id(1))->task_groups.at("web"); }
  UpdateDeployment end(DeploymentState status) {
    return {.update = {.deployment_id = deployment_id(1), .status = status, .status_description = "over"}};
  }

  TestCluster cluster;
};

TEST_F(DeploymentTest, IsCreatedWithWhatWasPlaced) {
  model::Plan plan = make_plan("web", {alloc(1, true), alloc(2, true)});
  plan.placements[1].node_id = node_id(9);
  plan.deployment = deployment(2);
  plan.deployment->task_groups["web"].placed_canaries = {alloc_id(1), alloc_id(2)};
  cluster.must(ApplyPlan{.plan = plan, .time = {5 * kSecond}});
  EXPECT_EQ(group().placed_canaries, std::vector{alloc_id(1)}) << "the other one's node is not there";
  EXPECT_EQ(group().placed_allocs, 1);
  EXPECT_EQ(group().require_progress_by, WallTime{65 * kSecond});
  EXPECT_EQ(cluster.now().latest_deployment(kWeb)->id, deployment_id(1));
}

TEST_F(DeploymentTest, IsNotCreatedWhenNothingCouldBePlaced) {
  model::Plan plan = make_plan("web", {alloc(1)});
  plan.placements[0].node_id = node_id(9);
  plan.deployment = deployment();
  cluster.must(ApplyPlan{.plan = plan});
  EXPECT_TRUE(cluster.now().deployments().empty());
  plan.placements.clear();
  cluster.must(ApplyPlan{.plan = plan});
  EXPECT_EQ(cluster.now().deployments().size(), 1u) << "there was nothing to place";
}

TEST_F(DeploymentTest, AllAtOnceDropsItToo) {
  model::Plan plan = make_plan("web", {alloc(1), alloc(2)});
  plan.placements[1].node_id = node_id(9);
  plan.all_at_once = true;
  plan.deployment = deployment();
  cluster.must(ApplyPlan{.plan = plan});
  EXPECT_TRUE(cluster.now().deployments().empty());
}

TEST_F(DeploymentTest, CountsHealthAndMovesItsDeadline) {
  start();
  report(1, true, 30 * kSecond);
  EXPECT_EQ(group().healthy_allocs, 1);
  EXPECT_EQ(group().require_progress_by, WallTime{90 * kSecond});
  report(1, true, 40 * kSecond);
  EXPECT_EQ(group().healthy_allocs, 1);
  report(1, false, 50 * kSecond);
  report(2, false, 50 * kSecond);
  EXPECT_EQ(group().healthy_allocs, 0);
  EXPECT_EQ(group().unhealthy_allocs, 2);
  EXPECT_EQ(group().require_progress_by, WallTime{90 * kSecond});
}

TEST_F(DeploymentTest, CountsAnUpdateInPlaceAsPlaced) {
  cluster.place("web", {make_alloc(3, "web", node_id(1))});
  start();
  cluster.place("web", {alloc(3)});
  cluster.place("web", {alloc(3)});
  EXPECT_EQ(group().placed_allocs, 3);
}

TEST_F(DeploymentTest, SuccessMakesItsVersionStable) {
  start();
  cluster.must(end(DeploymentState::Successful));
  EXPECT_TRUE(cluster.now().job(kWeb)->stable);
  EXPECT_EQ(cluster.apply(end(DeploymentState::Failed)).error().code(), ErrorCode::Conflict);
  UpdateDeployment unknown = end(DeploymentState::Failed);
  unknown.update.deployment_id = deployment_id(9);
  EXPECT_EQ(cluster.apply(unknown).error().code(), ErrorCode::NotFound);
}

TEST_F(DeploymentTest, RevertsAsANewVersionUnlessSomebodyWasFaster) {
  start();
  UpdateDeployment failed = end(DeploymentState::Failed);
  failed.revert = make_job("web", 200);
  failed.evals = {make_eval(1, "web")};
  const Reply reply = cluster.must(failed);
  EXPECT_EQ(reply.job_version, 1u);
  EXPECT_EQ(cluster.now().eval(eval_id(1))->job_modify_index, reply.index);

  model::Plan plan = make_plan("web", {});
  plan.deployment = make_deployment(2, "web");
  plan.deployment->job_create_index = cluster.now().job(kWeb)->create_index;
  plan.deployment->job_version = 1;
  cluster.must(ApplyPlan{.plan = plan});
  cluster.must(RegisterJob{.job = make_job("web", 300)});
  failed.update.deployment_id = deployment_id(2);
  cluster.must(failed);
  EXPECT_EQ(cluster.now().job(kWeb)->version, 2u);
}

TEST_F(DeploymentTest, PromotesOnlyHealthyCanaries) {
  start(true);
  report(1, true, 2 * kSecond);
  const PromoteDeployment promote{.deployment_id = deployment_id(1)};
  const auto early = cluster.apply(promote);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(early.error().message(), "Task group \"web\" has 1/2 healthy allocations");
  report(2, true, 3 * kSecond);
  EXPECT_TRUE(cluster.now().alloc(alloc_id(1))->deployment_status->canary);
  PromoteDeployment healthy = promote;
  healthy.time = {7 * kSecond};
  cluster.must(healthy);
  EXPECT_TRUE(group().promoted);
  EXPECT_EQ(group().require_progress_by, WallTime{67 * kSecond}) << "the whole time again";
  EXPECT_FALSE(cluster.now().alloc(alloc_id(1))->deployment_status->canary);
  EXPECT_EQ(cluster.apply(promote).error().code(), ErrorCode::Conflict);
}

TEST_F(DeploymentTest, APauseRenewsTheTimeToMakeProgress) {
  start();
  EXPECT_EQ(group().require_progress_by, WallTime{61 * kSecond});
  UpdateDeployment change = end(DeploymentState::Paused);
  change.time = {30 * kSecond};
  cluster.must(change);
  EXPECT_EQ(group().require_progress_by, WallTime{61 * kSecond});
  change.update.status = DeploymentState::Running;
  change.time = {100 * kSecond};
  cluster.must(change);
  EXPECT_EQ(group().require_progress_by, WallTime{160 * kSecond});
}

TEST_F(DeploymentTest, TakesHealthByHand) {
  start();
  cluster.must(SetAllocHealth{.deployment_id = deployment_id(1), .healthy = {alloc_id(1)}, .unhealthy = {alloc_id(2)}});
  EXPECT_EQ(group().healthy_allocs, 1);
  EXPECT_EQ(group().unhealthy_allocs, 1);
  cluster.place("web", {make_alloc(3, "web", node_id(1))});
  const auto stranger = cluster.apply(SetAllocHealth{.deployment_id = deployment_id(1), .healthy = {alloc_id(3)}});
  EXPECT_EQ(stranger.error().code(), ErrorCode::NotFound);
}

TEST_F(DeploymentTest, IsCancelledWhenItsJobIsPurged) {
  start();
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web", .purge = true, .time = {9 * kSecond}});
  const auto cancelled = cluster.now().deployment(deployment_id(1));
  EXPECT_EQ(cancelled->status, DeploymentState::Cancelled);
  EXPECT_EQ(cancelled->status_description, model::deployment_text::kStoppedJob);
}

TEST_F(DeploymentTest, IsCollectedWithItsJobAlsoIfItHasNotEnded) {
  start();
  for (const uint64_t n : {1, 2}) {
    Allocation ended = alloc(n);
    ended.client_status = model::ClientStatus::Complete;
    cluster.must(UpdateAllocs{.allocs = {ended}});
  }
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web"});
  ASSERT_TRUE(cluster.now().deployment(deployment_id(1))->active());
  cluster.must(Collect{.allocs = {alloc_id(1), alloc_id(2)}, .jobs = {kWeb}});
  EXPECT_FALSE(cluster.now().job(kWeb));
  EXPECT_FALSE(cluster.now().deployment(deployment_id(1)));
}

TEST_F(DeploymentTest, IsCollectedWhenItHasEndedAndNothingOfItLives) {
  start();
  const Collect collect{.deployments = {deployment_id(1)}};
  cluster.must(collect);
  cluster.must(end(DeploymentState::Failed));
  cluster.must(collect);
  EXPECT_EQ(cluster.now().deployments().size(), 1u);
  model::Plan stop = make_plan("web", {});
  for (uint64_t n : {1, 2}) stop.stops.push_back({.alloc_id = alloc_id(n), .node_id = node_id(1)});
  cluster.must(ApplyPlan{.plan = stop});
  cluster.must(collect);
  EXPECT_TRUE(cluster.now().deployments_of_job(kWeb).empty());
}

TEST_F(DeploymentTest, PlansCancelOlderOnes) {
  start();
  model::Plan plan = make_plan("web", {});
  plan.deployment_updates = {{deployment_id(1), DeploymentState::Cancelled, model::deployment_text::kNewerJob}};
  cluster.must(ApplyPlan{.plan = plan});
  EXPECT_EQ(cluster.now().deployment(deployment_id(1))->status, DeploymentState::Cancelled);
}

}  // namespace
}  // namespace drover::state::testing
