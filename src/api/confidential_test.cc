#include "api/flow_test_support.h"
#include "model/logistics.h"

namespace drover::api::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConfidentialApi : public ConfidentialTest {
 protected:
  ConfidentialApi() {
    agent.local.chunks = {R"({"Offset":12,"Data":"dmVyeSBzZWNyZXQK","File":"alloc/logs/hidden.stdout.0"})", "\n"};
    model::Job stub = state::testing::make_confidential_job("secret");
    stub.timeout = std::chrono::minutes(10);
    server.must(state::RegisterJob{.job = stub});
  }

  Response deliver(std::string_view definition = kDefinition) {
    return put("/job/secret/job-definition", std::string(definition));
  }
  std::string status() { return at(get("/v1/job/secret/flow").json(), "status"); }
};

TEST_F(ConfidentialApi, TheJobWaitsUntilItsDefinitionComes) {
  EXPECT_EQ(status(), "waiting-for-job-definition");
  EXPECT_THAT(get("/v1/job/secret/explain").body, HasSubstr("waits for its definition"));
  EXPECT_EQ(deliver().status, 200);
  EXPECT_EQ(status(), "init");
  EXPECT_EQ(job()->task_groups[0].tasks[0].name, "hidden");
  EXPECT_EQ(job()->meta.at("nosana.variables.WHO"), "nobody");
  EXPECT_EQ(job()->timeout, Duration(std::chrono::minutes(10)));
  EXPECT_EQ(deliver().status, 400);
}

TEST_F(ConfidentialApi, AllThatIsWrongWithADefinitionIsSaidAndTheJobGoesOnWaiting) {
  const auto refused = deliver(R"({"version": "0.1", "type": "container", "ops": [
    {"type": "container/run", "id": "a", "args": {"image": 1}}, {"type": "container/run", "id": "a"}]})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("2:51: expected a string, not 1"));
  EXPECT_THAT(refused.body, HasSubstr("2:65: \"args\" is missing"));
  EXPECT_EQ(deliver("{}").status, 400);
  EXPECT_EQ(deliver(R"({"version": "0.1", "type": "container", "ops": []})").status, 400);
  EXPECT_EQ(status(), "waiting-for-job-definition");
}

TEST_F(ConfidentialApi, ADefinitionInYamlIsTakenAndItsOwnLogisticsAreNot) {
  const auto taken = deliver(R"(version: '0.1'
type: container
logistics: {send: {type: api-listen, args: {}}}
ops:
  - {type: container/run, id: hidden, args: {image: busybox}}
)");
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_TRUE(model::logistics_of(*job()).receive);
}

TEST_F(ConfidentialApi, WhatIsStoppedTakesNoDefinition) {
  server.must(state::DeregisterJob{.ns = "default", .job_id = "secret"});
  EXPECT_EQ(status(), "stopped");
  EXPECT_EQ(deliver().status, 400);
}

TEST_F(ConfidentialApi, OthersSeeNeitherDefinitionNorResult) {
  end_the_job();
  const auto definition = get("/job/secret/job-definition");
  EXPECT_EQ(at(definition.json(), "ops"), "[]");
  EXPECT_EQ(at(definition.json(), "logistics.send.type"), "api-listen");
  for (const char* path : {"/job/secret/job-definition", "/v1/job/secret/flow", "/job/secret/ops"}) {
    const auto shown = get(path);
    EXPECT_EQ(shown.status, 200) << path;
    EXPECT_THAT(shown.body, Not(HasSubstr("hidden"))) << path;
    EXPECT_THAT(shown.body, Not(HasSubstr("nobody"))) << path;
  }
}

TEST_F(ConfidentialApi, TheResultIsHandedOutOnceWhileTheJobWaitsForThat) {
  EXPECT_EQ(get("/job/secret/results").status, 400);
  end_the_job();
  EXPECT_EQ(status(), "waiting-for-result");
  const auto result = get("/job/secret/results");
  ASSERT_EQ(result.status, 200) << result.body;
  EXPECT_EQ(at(result.json(), "opStates.0.operationId"), "hidden");
  EXPECT_EQ(at(result.json(), "opStates.0.logs.0.log"), "very secret");
  EXPECT_EQ(job()->logistics_outcome, model::kDelivered);
  EXPECT_EQ(status(), "success");
  EXPECT_EQ(get("/job/secret/results").status, 400);
}

}  // namespace
}  // namespace drover::api::testing
