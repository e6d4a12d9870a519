#include "api/test_support.h"
#include "codec/describe.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::alloc_id;
using state::testing::make_alloc;
using state::testing::make_job;
using state::testing::make_node;
using state::testing::make_plan;
using state::testing::node_id;

class JobChanges : public ApiTest {
 protected:
  void have(const std::string& id) { server.must(state::RegisterJob{.job = make_job(id)}); }
  void have_versions() {
    for (const char* value : {"0", "1", "2"}) {
      model::Job job = make_job("web");
      job.meta["v"] = value;
      server.must(state::RegisterJob{.job = job});
    }
  }
  void place_failed() {
    server.must(state::RegisterNode{.node = make_node(1)});
    server.must(state::UpdateNodeStatus{.node_id = node_id(1)});
    have("web");
    server.must(state::ApplyPlan{.plan = make_plan("web", {make_alloc(1, "web", node_id(1))})});
    server.must(state::UpdateAllocs{.allocs = {{.id = alloc_id(1), .client_status = model::ClientStatus::Failed}}});
  }
  state::Row<model::Job> job(const std::string& id = "web") const { return server.snapshot()->job({"default", id}); }
  state::Row<model::Evaluation> eval_of(const Response& response) const {
    return server.snapshot()->eval(*model::EvalId::parse(at(response.json(), "EvalID")));
  }
};

TEST_F(JobChanges, AJobGoesBackToAnEarlierVersionAsANewOne) {
  have_versions();
  const auto response = put("/v1/job/web/revert", R"({"JobID": "web", "JobVersion": 0})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(job()->version, 3u);
  EXPECT_EQ(job()->meta.at("v"), "0");
  EXPECT_EQ(eval_of(response)->triggered_by, "job-register");
}

TEST_F(JobChanges, WhatCannotBeRevertedIsSaidSo) {
  have_versions();
  EXPECT_EQ(put("/v1/job/web/revert", R"({"JobVersion": 2})").body, "can't revert to current version");
  EXPECT_EQ(put("/v1/job/web/revert", R"({"JobVersion": 7})").status, 404);
  EXPECT_EQ(put("/v1/job/web/revert", R"({"JobVersion": 0, "EnforcePriorVersion": 1})").body,
            "Current job has version 2; enforcing version 1");
  EXPECT_EQ(put("/v1/job/web/revert", R"({"JobVersion": 0, "EnforcePriorVersion": 2})").status, 200);
  EXPECT_EQ(put("/v1/job/web/revert", "{}").status, 400);
  EXPECT_EQ(put("/v1/job/web/revert", R"({"JobID": "x", "JobVersion": 0})").status, 400);
  EXPECT_EQ(put("/v1/job/none/revert", R"({"JobVersion": 0})").status, 404);
}

TEST_F(JobChanges, VersionsAreMarkedStable) {
  have_versions();
  const auto response = put("/v1/job/web/stable", R"({"JobVersion": 1, "Stable": true})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_TRUE(server.snapshot()->job_version({"default", "web"}, 1)->stable);
  EXPECT_EQ(at(response.json(), "JobModifyIndex"), std::to_string(job()->job_modify_index));
  EXPECT_EQ(put("/v1/job/web/stable", R"({"JobVersion": 9, "Stable": true})").status, 404);
}

TEST_F(JobChanges, AForcedEvaluationLetsFailedAllocationsBeReplaced) {
  place_failed();
  put("/v1/job/web/evaluate", R"({"JobID": "web"})");
  EXPECT_FALSE(server.snapshot()->alloc(alloc_id(1))->desired_transition.force_reschedule);
  const auto response = put("/v1/job/web/evaluate", R"({"EvalOptions": {"ForceReschedule": true}})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(server.snapshot()->alloc(alloc_id(1))->desired_transition.force_reschedule, true);
  EXPECT_TRUE(eval_of(response));
}

TEST_F(JobChanges, StoppingAnAllocationMigratesIt) {
  place_failed();
  const auto response = put("/v1/allocation/" + alloc_id(1).str() + "/stop?no_shutdown_delay=true", "");
  EXPECT_EQ(response.status, 200) << response.body;
  const auto alloc = server.snapshot()->alloc(alloc_id(1));
  EXPECT_TRUE(alloc->desired_transition.should_migrate());
  EXPECT_EQ(alloc->desired_transition.no_shutdown_delay, true);
  EXPECT_EQ(eval_of(response)->triggered_by, "alloc-stop");
  EXPECT_EQ(put("/v1/allocation/" + alloc_id(9).str() + "/stop", "").status, 404);
}

TEST_F(JobChanges, AJobIsDispatched) {
  have("batch");
  const auto response =
      put("/v1/job/batch/dispatch?idempotency_token=t1", R"({"Payload": "aGVsbG8=", "Meta": {"k": "v"}})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(at(response.json(), "DispatchedJobID"), "batch/dispatch-1");
  EXPECT_EQ(server.dispatched_payload, "hello");
  EXPECT_EQ(server.dispatch_token, "t1");
  EXPECT_EQ(server.dispatched_meta.at("k"), "v");
  EXPECT_EQ(at(response.json(), "JobCreateIndex"), std::to_string(job("batch/dispatch-1")->create_index));
  // cases.md 27: what is sent again is answered with the same child, and makes no evaluation.
  const auto again = put("/v1/job/batch/dispatch?idempotency_token=t1", "{}");
  EXPECT_EQ(at(again.json(), "DispatchedJobID"), "batch/dispatch-1");
  EXPECT_EQ(at(again.json(), "EvalID"), "");
  EXPECT_EQ(put("/v1/job/batch/dispatch", R"({"Payload": "%%"})").status, 400);
  EXPECT_EQ(put("/v1/job/none/dispatch", "{}").status, 404);
  server.launch_error = Error(ErrorCode::InvalidArgument, "Specified job \"batch\" is not a parameterized job");
  EXPECT_EQ(put("/v1/job/batch/dispatch", "{}").status, 400);
}

TEST_F(JobChanges, APeriodicJobIsForced) {
  model::Job periodic = make_job("cron");
  periodic.periodic = model::Periodic{.spec = "@daily"};
  server.must(state::RegisterJob{.job = periodic});
  const auto response = put("/v1/job/cron/periodic/force", "");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_TRUE(job("cron/periodic-1"));
  EXPECT_EQ(eval_of(response)->triggered_by, "periodic-job");
}

TEST_F(JobChanges, AGroupIsScaledAndTheEventKept) {
  have("web");
  const auto response =
      put("/v1/job/web/scale", R"({"Count": 3, "Target": {"Group": "web"}, "Message": "busy", "Meta": {"cpu": 90}})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(job()->task_groups[0].count, 3);
  EXPECT_EQ(eval_of(response)->triggered_by, "job-scaling");
  put("/v1/job/web/scale", R"({"Target": {"Group": "web"}, "Message": "no data", "Error": true})");
  const auto status = get("/v1/job/web/scale").json();
  EXPECT_EQ(at(status, "TaskGroups.web.Desired"), "3");
  EXPECT_EQ(at(status, "TaskGroups.web.Events.0.Error"), "true");
  EXPECT_EQ(at(status, "TaskGroups.web.Events.0.Count"), "null");
  EXPECT_EQ(at(status, "TaskGroups.web.Events.1.Count"), "3");
  EXPECT_EQ(at(status, "TaskGroups.web.Events.1.PreviousCount"), "1");
  EXPECT_EQ(at(status, "TaskGroups.web.Events.1.Meta.cpu"), "90");
}

TEST_F(JobChanges, BadScalingIsRefused) {
  have("web");
  const auto scale = [&](const std::string& body) { return put("/v1/job/web/scale", body).status; };
  EXPECT_EQ(scale(R"({"Count": 3})"), 400);
  EXPECT_EQ(scale(R"({"Count": -1, "Target": {"Group": "web"}})"), 400);
  EXPECT_EQ(scale(R"({"Count": 1, "Error": true, "Target": {"Group": "web"}})"), 400);
  EXPECT_EQ(scale(R"({"Count": 1, "Target": {"Group": "nope"}})"), 400);
  EXPECT_EQ(scale(R"({"Meta": 5, "Target": {"Group": "web"}})"), 400);
  EXPECT_EQ(put("/v1/job/none/scale", R"({"Count": 1, "Target": {"Group": "web"}})").status, 404);
}

TEST_F(JobChanges, ScalingPoliciesHaveStableIds) {
  model::Job job = make_job("web");
  job.task_groups[0].scaling = model::ScalingPolicy{.min = 1, .max = 5};
  server.must(state::RegisterJob{.job = job});
  const auto list = get("/v1/scaling/policies").json();
  ASSERT_EQ(list.as_array()->size(), 1u);
  EXPECT_EQ(at(list, "0.Type"), "horizontal");
  EXPECT_EQ(at(list, "0.Target.Group"), "web");
  const std::string id = at(list, "0.ID");
  const auto policy = get("/v1/scaling/policy/" + id).json();
  EXPECT_EQ(at(policy, "Min"), "1");
  EXPECT_EQ(at(policy, "Max"), "5");
  EXPECT_EQ(get("/v1/scaling/policies?job=other").body, "[]");
  EXPECT_EQ(get("/v1/scaling/policies?prefix=" + id.substr(0, 8)).json().as_array()->size(), 1u);
  EXPECT_EQ(get("/v1/scaling/policy/none").status, 404);
  EXPECT_EQ(put("/v1/job/web/scale", R"({"Count": 9, "Target": {"Group": "web"}})").status, 400);
}

TEST_F(JobChanges, JobsAreExplained) {
  have("web");
  EXPECT_EQ(at(get("/v1/job/web/explain").json(), "JobID"), "web");
  EXPECT_EQ(get("/v1/job/none/explain").status, 404);
}

}  // namespace
}  // namespace drover::api::testing
