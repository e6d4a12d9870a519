#include "server/deployment_step.h"

#include "server/deployment_watcher.h"
#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;
using model::DeploymentState;
namespace text = model::deployment_text;

constexpr WallTime kNow{1'000'000'000'000};

class DeploymentStepTest : public ::testing::Test {
 protected:
  DeploymentStepTest() {
    cluster.add_ready_node(1);
    cluster.must(state::RegisterJob{.job = make_job("web"), .time = kNow});
    deployment.id = id_of<model::DeploymentId>(0x40, 1);
    deployment.job_id = "web";
    deployment.job_create_index = cluster.now().job({"default", "web"})->create_index;
    group().desired_total = 2;
    group().progress_deadline = std::chrono::minutes(10);
  }

  model::DeploymentGroup& group() { return deployment.task_groups["web"]; }

  void place(uint64_t n, model::ClientStatus status = model::ClientStatus::Running, std::optional<bool> healthy = {}) {
    model::Allocation alloc = make_alloc(n, "web", node_id(1));
    alloc.deployment_id = deployment.id;
    model::Plan plan = make_plan("web", {alloc});
    if (!cluster.now().deployment(deployment.id)) plan.deployment = deployment;
    cluster.must(state::ApplyPlan{.plan = plan, .time = kNow});
    alloc.client_status = status;
    if (healthy) alloc.deployment_status = model::DeploymentStatus{.healthy = healthy};
    cluster.must(state::UpdateAllocs{.allocs = {alloc}, .time = kNow});
  }

  // The name of the command, "" for none.
  std::string step(bool news = true, bool deadline_passed = false) {
    command = deployment_step({cluster.now(), deployment, news, deadline_passed, kNow}, ids);
    return command ? std::string(command->name()) : "";
  }
  const state::UpdateDeployment& update() { return *static_cast<const state::UpdateDeployment*>(command->body()); }

  state::testing::TestCluster cluster;
  SeededRandom ids{1};
  model::Deployment deployment;
  std::optional<state::Command> command;
};

TEST_F(DeploymentStepTest, NewsMakeOneEvaluationOfTheJob) {
  place(1, model::ClientStatus::Running, true);
  EXPECT_EQ(step(false), "");
  ASSERT_EQ(step(), "upsert-evals");
  const auto& evals = static_cast<const state::UpsertEvals*>(command->body())->evals;
  ASSERT_EQ(evals.size(), 1u);
  EXPECT_EQ(evals[0].triggered_by, model::trigger::kDeploymentWatcher);
  EXPECT_EQ(evals[0].deployment_id, deployment.id);
}

TEST_F(DeploymentStepTest, APausedDeploymentRests) {
  place(1, model::ClientStatus::Failed, false);
  deployment.status = DeploymentState::Paused;
  EXPECT_EQ(step(true, true), "");
}

TEST_F(DeploymentStepTest, UnhealthyAllocationsAreReplacedUntilTheDeadline) {
  place(1, model::ClientStatus::Failed, false);
  place(2, model::ClientStatus::Running, true);
  group().unhealthy_allocs = 1;
  ASSERT_EQ(step(), "update-transitions");
  const auto& body = *static_cast<const state::UpdateTransitions*>(command->body());
  ASSERT_EQ(body.transitions.size(), 1u);
  EXPECT_EQ(body.transitions[0].alloc_id, alloc_id(1));
  EXPECT_EQ(body.transitions[0].transition.reschedule, true);
  EXPECT_EQ(body.evals.size(), 1u);
  cluster.must(body);
  EXPECT_EQ(step(), "upsert-evals");
  EXPECT_EQ(step(false, true), "update-deployment");
  EXPECT_EQ(update().update.status_description, text::kProgressDeadline);
}

TEST_F(DeploymentStepTest, WithoutAProgressDeadlineTheFirstUnhealthyAllocationFailsIt) {
  group().progress_deadline = Duration(0);
  group().unhealthy_allocs = 1;
  ASSERT_EQ(step(false), "update-deployment");
  EXPECT_EQ(update().update.status, DeploymentState::Failed);
  EXPECT_EQ(update().update.status_description, text::kFailedAllocations);
  EXPECT_FALSE(update().revert);
}

TEST_F(DeploymentStepTest, AFailureGoesBackToTheLatestStableVersionThatDiffers) {
  group().auto_revert = true;
  const auto description = [&] {
    return fail_deployment(cluster.now(), deployment, text::kFailedByUser, ids, kNow).update.status_description;
  };
  EXPECT_EQ(description(), "Deployment marked as failed - no stable job version to auto revert to");
  cluster.must(state::SetJobStability{.ns = "default", .job_id = "web", .version = 0, .stable = true});
  EXPECT_EQ(description(),
            "Deployment marked as failed - not rolling back to stable job version 0 as current job has same "
            "specification");
  cluster.must(state::RegisterJob{.job = make_job("web", 300), .time = kNow});
  deployment.job_version = 1;
  EXPECT_EQ(description(), "Deployment marked as failed - rolling back to job version 0");
  const auto failure = fail_deployment(cluster.now(), deployment, text::kFailedByUser, ids, kNow);
  ASSERT_TRUE(failure.revert);
  EXPECT_EQ(failure.revert->task_groups[0].tasks[0].resources.cpu, 100);
}

TEST_F(DeploymentStepTest, HealthyCanariesPromoteThemselvesIfAllGroupsSaySo) {
  group() = {.auto_promote = true, .placed_canaries = {alloc_id(1)}, .desired_canaries = 1, .desired_total = 2};
  place(1, model::ClientStatus::Running);
  EXPECT_EQ(step(false), "");
  place(1, model::ClientStatus::Running, true);
  EXPECT_EQ(step(false), "promote-deployment");
  group().auto_promote = false;
  EXPECT_EQ(step(false), "");
}

TEST_F(DeploymentStepTest, OnlyGroupsThatAreNotCompleteHaveADeadline) {
  EXPECT_FALSE(progress_deadline(deployment));
  group().require_progress_by = kNow;
  EXPECT_EQ(progress_deadline(deployment), kNow);
  group().healthy_allocs = 2;
  EXPECT_FALSE(progress_deadline(deployment));
  group() = {.require_progress_by = kNow, .desired_canaries = 1, .desired_total = 5, .healthy_allocs = 1};
  EXPECT_FALSE(progress_deadline(deployment)) << "its canaries wait for somebody";
}

TEST_F(DeploymentStepTest, APauseRenewsTheTimeToMakeProgress) {
  place(1);
  DeploymentWatcher watcher(ids);
  auto before = std::make_shared<const state::Snapshot>();
  const auto follow = [&] {
    const auto after = std::make_shared<const state::Snapshot>(cluster.now());
    watcher.note(changes_between(*before, after));
    before = after;
  };
  const auto set_status = [&](DeploymentState status, WallTime time) {
    cluster.must(state::UpdateDeployment{.update = {.deployment_id = deployment.id, .status = status}, .time = time});
  };
  const auto names_at = [&](Duration later) {
    follow();
    std::vector<std::string> names;
    for (const auto& action : watcher.decide(cluster.now(), {kNow + later, MonoTime{} + later}).actions) {
      names.emplace_back(action.command.name());
    }
    return names;
  };
  using std::chrono::minutes;
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_at(minutes(0)), Names{});
  set_status(DeploymentState::Paused, kNow + minutes(5));
  EXPECT_EQ(names_at(minutes(60)), Names{});
  set_status(DeploymentState::Running, kNow + minutes(60));
  EXPECT_EQ(cluster.now().deployment(deployment.id)->task_groups.at("web").require_progress_by, kNow + minutes(70));
  EXPECT_EQ(names_at(minutes(69)), Names{"upsert-evals"});
  EXPECT_EQ(names_at(minutes(70)), Names{"update-deployment"});
}

// cases.md 24
TEST_F(DeploymentStepTest, AStepOfTheClockFailsNoDeployment) {
  place(1);
  DeploymentWatcher watcher(ids);
  watcher.note(changes_between(state::Snapshot(), std::make_shared<state::Snapshot>(cluster.now())));
  const MonoTime mono{5'000};
  EXPECT_TRUE(watcher.decide(cluster.now(), {kNow, mono}).actions.empty());
  const WallTime hours_later = kNow + std::chrono::hours(5);
  EXPECT_TRUE(watcher.decide(cluster.now(), {hours_later, mono + std::chrono::minutes(9)}).actions.empty());
  EXPECT_EQ(watcher.decide(cluster.now(), {kNow, mono + std::chrono::minutes(10)}).actions.size(), 1u);
}

}  // namespace
}  // namespace drover::server
