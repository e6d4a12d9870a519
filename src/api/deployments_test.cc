#include "api/test_support.h"
#include "codec/describe.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::alloc_id;
using state::testing::deployment_id;
using state::testing::make_alloc;
using state::testing::make_deployment;
using state::testing::make_job;
using state::testing::make_node;
using state::testing::make_plan;
using state::testing::node_id;

// A job in its second version, whose first was stable, with a deployment of the second.
class Deployments : public ApiTest {
 protected:
  Deployments() {
    server.must(state::RegisterNode{.node = make_node(1)});
    server.must(state::UpdateNodeStatus{.node_id = node_id(1)});
    server.must(state::RegisterJob{.job = make_job("web")});
    server.must(state::SetJobStability{.ns = "default", .job_id = "web", .version = 0, .stable = true});
    model::Job changed = make_job("web");
    changed.task_groups[0].tasks[0].env["A"] = "1";
    server.must(state::RegisterJob{.job = changed});
  }

  void begin(int32_t canaries = 0, bool auto_revert = false) {
    const auto job = server.snapshot()->job({"default", "web"});
    model::Deployment deployment = make_deployment(1, "web");
    deployment.job_version = job->version;
    deployment.job_create_index = job->create_index;
    deployment.task_groups["web"].desired_canaries = canaries;
    deployment.task_groups["web"].auto_revert = auto_revert;
    model::Allocation alloc = make_alloc(1, "web", node_id(1));
    alloc.job_version = job->version;
    alloc.deployment_id = deployment.id;
    alloc.deployment_status = model::DeploymentStatus{.canary = canaries > 0};
    if (canaries > 0) deployment.task_groups["web"].placed_canaries = {alloc.id};
    model::Plan plan = make_plan("web", {alloc});
    plan.job_version = job->version;
    plan.deployment = deployment;
    server.must(state::ApplyPlan{.plan = plan});
  }

  model::Deployment now() const { return *server.snapshot()->deployment(deployment_id(1)); }
  static std::string path(const std::string& verb) { return "/v1/deployment/" + verb + deployment_id(1).str(); }
};

TEST_F(Deployments, AreListedAndShown) {
  begin();
  const auto list = get("/v1/deployments").json();
  ASSERT_EQ(list.as_array()->size(), 1u);
  EXPECT_EQ(at(list, "0.ID"), deployment_id(1).str());
  EXPECT_EQ(at(list, "0.Status"), "running");
  EXPECT_EQ(get("/v1/deployments?prefix=ff").body, "[]");
  EXPECT_EQ(get("/v1/deployments?namespace=other").body, "[]");
  const auto one = get(path("")).json();
  EXPECT_EQ(at(one, "JobID"), "web");
  EXPECT_EQ(at(one, "TaskGroups.web.DesiredTotal"), "2");
  EXPECT_EQ(at(one, "TaskGroups.web.ProgressDeadline"), "60000000000");
  EXPECT_THAT(at(one, "TaskGroups.web.RequireProgressBy"), ::testing::MatchesRegex("[0-9]{4}-.*Z"));
  EXPECT_EQ(at(get("/v1/job/web/deployment").json(), "ID"), deployment_id(1).str());
  EXPECT_EQ(get("/v1/job/other/deployment").body, "null");
  EXPECT_EQ(get("/v1/job/web/deployments").json().as_array()->size(), 1u);
  EXPECT_EQ(at(get(path("allocations/")).json(), "0.ID"), alloc_id(1).str());
  EXPECT_EQ(get("/v1/deployment/" + deployment_id(9).str()).status, 404);
  EXPECT_EQ(get("/v1/deployment/abc").status, 400);
}

TEST_F(Deployments, ThoseOfAnEarlierJobAreShownOnRequestOnly) {
  begin();
  server.must(state::DeregisterJob{.ns = "default", .job_id = "web", .purge = true});
  server.must(state::RegisterJob{.job = make_job("web")});
  EXPECT_EQ(get("/v1/job/web/deployment").body, "null");
  EXPECT_EQ(get("/v1/job/web/deployments").body, "[]");
  EXPECT_EQ(get("/v1/job/web/deployments?all=true").json().as_array()->size(), 1u);
}

TEST_F(Deployments, FailingOneMakesAnEvaluation) {
  begin();
  const auto response = put(path("fail/"), "");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(now().status, model::DeploymentState::Failed);
  EXPECT_EQ(now().status_description, "Deployment marked as failed");
  const auto eval = server.snapshot()->eval(*model::EvalId::parse(at(response.json(), "EvalID")));
  ASSERT_TRUE(eval);
  EXPECT_EQ(eval->triggered_by, "deployment-watcher");
  EXPECT_EQ(eval->deployment_id, deployment_id(1));
  EXPECT_EQ(at(response.json(), "RevertedJobVersion"), "null");
  const auto again = put(path("fail/"), "");
  EXPECT_EQ(again.status, 500);
  EXPECT_EQ(again.body, "can't fail terminal deployment");
}

TEST_F(Deployments, FailingOneWithAutoRevertGoesBackToTheStableVersion) {
  begin(0, true);
  const auto response = put(path("fail/"), "{}");
  EXPECT_EQ(at(response.json(), "RevertedJobVersion"), "0");
  EXPECT_EQ(now().status_description, "Deployment marked as failed - rolling back to job version 0");
  const auto job = server.snapshot()->job({"default", "web"});
  EXPECT_EQ(job->version, 2u);
  EXPECT_TRUE(job->task_groups[0].tasks[0].env.empty());
}

TEST_F(Deployments, WithoutAStableVersionNothingIsReverted) {
  server.must(state::SetJobStability{.ns = "default", .job_id = "web", .version = 0, .stable = false});
  begin(0, true);
  put(path("fail/"), "");
  EXPECT_EQ(now().status_description, "Deployment marked as failed - no stable job version to auto revert to");
  EXPECT_EQ(server.snapshot()->job({"default", "web"})->version, 1u);
}

TEST_F(Deployments, ArePausedAndResumed) {
  begin();
  EXPECT_EQ(put(path("pause/"), "{}").status, 400);
  EXPECT_EQ(put(path("pause/"), R"({"Pause": false})").body, "deployment is not paused");
  const auto paused = put(path("pause/"), R"({"Pause": true})");
  EXPECT_EQ(at(paused.json(), "EvalID"), "");
  EXPECT_EQ(now().status, model::DeploymentState::Paused);
  const auto resumed = put(path("pause/"), R"({"Pause": false})");
  EXPECT_EQ(at(resumed.json(), "EvalID").size(), 36u);
  EXPECT_EQ(now().status_description, "Deployment is running");
}

TEST_F(Deployments, ArePromotedWhenTheirCanariesAreHealthy) {
  begin(1);
  EXPECT_EQ(put(path("promote/"), "{}").status, 400);
  const auto early = put(path("promote/"), R"({"All": true})");
  EXPECT_EQ(early.status, 400);
  EXPECT_EQ(early.body, "Task group \"web\" has 0/1 healthy allocations");
  const auto healthy = put(path("allocation-health/"), R"({"HealthyAllocationIDs": [")" + alloc_id(1).str() + R"("]})");
  EXPECT_EQ(healthy.status, 200) << healthy.body;
  EXPECT_EQ(put(path("promote/"), R"({"All": true, "Groups": ["web"]})").status, 400);
  EXPECT_EQ(put(path("promote/"), R"({"Groups": ["nope"]})").status, 500);
  EXPECT_EQ(put(path("promote/"), R"({"All": true})").status, 200);
  EXPECT_TRUE(now().task_groups.at("web").promoted);
}

TEST_F(Deployments, AnUnhealthyAllocationByHandFailsThem) {
  begin(0, true);
  const auto response =
      put(path("allocation-health/"), R"({"UnhealthyAllocationIDs": [")" + alloc_id(1).str() + R"("]})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(now().status_description, "Failed due to unhealthy allocations - rolling back to job version 0");
  EXPECT_EQ(now().task_groups.at("web").unhealthy_allocs, 1);
  EXPECT_EQ(put(path("allocation-health/"), "{}").status, 500);
}

TEST_F(Deployments, AreNeverBlocked) {
  begin();
  EXPECT_EQ(put(path("unblock/"), "{}").status, 500);
  EXPECT_EQ(put(path("fail/"), R"({"DeploymentID": "x"})").status, 400);
}

}  // namespace
}  // namespace drover::api::testing
