#include "api/flow_test_support.h"

#include <thread>

namespace drover::api::testing {
namespace {

using state::testing::make_job;
using state::testing::make_node;
using state::testing::node_id;

class NosanaApi : public ApiTest {
 protected:
  NosanaApi() {
    server.must(state::RegisterNode{.node = make_node(1)});
    server.must(state::UpdateNodeStatus{.node_id = node_id(1)});
    model::Job job = make_job("def");
    job.task_groups[0].tasks[0].endpoints = {{.port = "3000"}};
    server.must(state::RegisterJob{.job = job});
  }
};

TEST_F(NosanaApi, ShowsTheFlowAndItsOperations) {
  EXPECT_EQ(get("/job/nope/results").status, 404);
  const auto flow = get("/job/def/results").json();
  EXPECT_NE(at(flow, "status"), "-");
  EXPECT_EQ(at(flow, "opStates.0.operationId"), "server");
  EXPECT_NE(at(get("/job/def/ops").json(), "server"), "-");
}

TEST_F(NosanaApi, ListsTheAddressesOfPorts) {
  const auto endpoints = get("/job/def/endpoints").json();
  EXPECT_EQ(at(endpoints, "status"), "OFFLINE");
  ASSERT_EQ(endpoints.find("urls")->as_object()->size(), 1u);
  EXPECT_EQ(endpoints.find("urls")->as_object()->front().first.size(), 44u);
  EXPECT_EQ(at(endpoints.find("urls")->as_object()->front().second, "opID"), "server");
}

TEST_F(NosanaApi, TellsWhatChangesAsEvents) {
  auto stream = [](Api* served, net::HttpRequest request) -> net::Task<Response> {
    auto answer = co_await served->handle(std::move(request));
    Response out{.status = answer.status, .headers = answer.headers};
    auto chunk = co_await answer.stream->next();
    if (chunk && *chunk) out.body = **chunk;
    co_return out;
  };
  const auto response = net::run_to_end(loop, stream(api.get(), make_request("GET", "/job/def/info")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.get("Content-Type"), "text/event-stream");
  EXPECT_TRUE(response->body.starts_with("data: {")) << response->body;
  EXPECT_TRUE(response->body.ends_with("}\n\n"));
}

TEST_F(FlowTest, TheFlowHasTheirOutput) {
  agent.local.chunks = {R"({"Offset":9,"Data":"b25lCnR3bw0K","File":"alloc/logs/server.stdout.0"})", "\n"};
  const auto logs = get("/job/def/results").json();
  EXPECT_EQ(at(logs, "opStates.0.logs.0.log"), "one");
  EXPECT_EQ(at(logs, "opStates.0.logs.1.log"), "two");
  EXPECT_EQ(at(logs, "opStates.0.logs.1.type"), "stdout");
  EXPECT_EQ(at(logs, "opStates.0.logs.2.type"), "stderr");
  EXPECT_EQ(at(logs, "opStates.1.logs"), "[]");
  EXPECT_EQ(at(get("/v1/job/def/flow?logs=false").json(), "opStates.0.logs"), "[]");
  agent.local.error = Error(ErrorCode::Unavailable, "the node is away");
  EXPECT_EQ(at(get("/v1/job/def/flow").json(), "opStates.0.logs.0.log"), "stdout cannot be read: the node is away");
}

TEST_F(FlowTest, AreShownOneByOneAndByGroup) {
  EXPECT_EQ(get("/job/def/ops/a").body, R"("running")");
  EXPECT_EQ(get("/job/def/ops/x").status, 404);
  EXPECT_EQ(get("/job/def/group/current").body, R"({"a":"running"})");
  EXPECT_EQ(at(get("/job/def/group/b").json(), "b"), "waiting");
  EXPECT_EQ(get("/job/def/group/third").status, 404);
}

TEST_F(FlowTest, AreStoppedAndRestartedOnTheirNode) {
  EXPECT_EQ(put("/job/def/group/first/operation/a/restart", "").body, R"({"message":"Operation restarted"})");
  EXPECT_EQ(agent.local.calls.back().method, rpc::CallMethod::TasksRestart);
  EXPECT_EQ(agent.local.calls.back().alloc_id, id);
  EXPECT_EQ(agent.local.calls.back().tasks, std::vector<std::string>{"server"});
  auto stopping = start(make_request("POST", "/job/def/group/first/stop"));
  while (agent.local.calls.size() < 2) std::this_thread::yield();
  report(model::TaskStateKind::Dead);
  EXPECT_EQ(stopping.get().body, R"({"message":"Group Operation Stopped"})");
  EXPECT_EQ(agent.local.calls.back().method, rpc::CallMethod::TasksStop);
}

TEST_F(FlowTest, WhatCannotBeDoneIsSaidByItsCode) {
  const auto error = [&](const std::string& path) {
    const auto response = put("/job/def/group/" + path, "");
    EXPECT_EQ(response.status, 500);
    return at(response.json(), "error");
  };
  EXPECT_EQ(error("third/stop"), "Failed to stop group operations: GROUP_NOT_FOUND");
  EXPECT_EQ(error("b/restart"), "Failed to restart group operations: GROUP_NOT_ACTIVE");
  EXPECT_EQ(error("first/move"), "Failed to restart group operations: GROUP_ACTIVE");
  EXPECT_EQ(error("first/operation/b/stop"), "Failed to Stop operation: OPERATION_NOT_FOUND");
  EXPECT_EQ(put("/job/nope/group/first/stop", "").status, 404);
  EXPECT_TRUE(agent.local.calls.empty());
}

TEST_F(FlowTest, TheDefinitionIsShownWithoutItsSecrets) {
  const auto shown = get("/job/def/job-definition");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(at(shown.json(), "ops.0.id"), "a");
  EXPECT_EQ(shown.body.find("very secret"), std::string::npos) << shown.body;
  EXPECT_EQ(put("/job/def/job-definition", "{}").status, 400);
}

TEST_F(FlowTest, TheNodeTellsAboutItself) {
  EXPECT_EQ(get("/node/info").body, "{}");
  EXPECT_EQ(agent.local.calls.back().method, rpc::CallMethod::NodeInfo);
}

}  // namespace
}  // namespace drover::api::testing
