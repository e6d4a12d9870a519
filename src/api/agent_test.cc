#include "api/test_support.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::alloc_id;
using state::testing::make_alloc;
using state::testing::make_job;
using state::testing::node_id;

class Agent : public ApiTest {
 protected:
  void place_one() {
    server.must(state::RegisterNode{.node = state::testing::make_node(1)});
    server.must(state::UpdateNodeStatus{.node_id = node_id(1)});
    server.must(state::RegisterJob{.job = make_job("web")});
    server.must(state::ApplyPlan{.plan = state::testing::make_plan("web", {make_alloc(1, "web", node_id(1))})});
  }
  static std::string fs(const std::string& call, const std::string& query) {
    return "/v1/client/fs/" + call + "/" + alloc_id(1).str() + "?" + query;
  }
};

TEST_F(Agent, SelfShowsConfigMemberAndStats) {
  agent.agent.config = codec::parse_json(R"({"Region": "global"})").value();
  agent.agent.stats["client"]["node_id"] = "n";
  const auto self = get("/v1/agent/self").json();
  EXPECT_EQ(at(self, "config.Region"), "global");
  EXPECT_EQ(at(self, "member.Name"), "srv1.global");
  EXPECT_EQ(at(self, "member.Addr"), "10.0.0.1");
  EXPECT_EQ(at(self, "member.Port"), "4647");
  EXPECT_EQ(at(self, "member.Tags.build"), "0.1.0");
  EXPECT_EQ(at(self, "stats.broker.total_ready"), "3");
  EXPECT_EQ(at(self, "stats.client.node_id"), "n");
  EXPECT_EQ(at(self, "stats.nomad.leader"), "true");
}

TEST_F(Agent, HealthIs500IfAPartIsNotWell) {
  EXPECT_EQ(get("/v1/agent/health").body, R"({"server":{"ok":true,"message":"ok"}})");
  EXPECT_EQ(get("/v1/agent/health?type=client").status, 500);
  EXPECT_EQ(get("/v1/agent/health?type=server").status, 200);
  EXPECT_EQ(get("/v1/agent/health?type=other").status, 400);
  agent.agent_health.server = PartHealth{.ok = false, .message = "No cluster leader"};
  EXPECT_EQ(get("/v1/agent/health").status, 500);
}

TEST_F(Agent, StatusNamesLeaderPeersMembersAndRegions) {
  EXPECT_EQ(get("/v1/status/leader").body, R"("10.0.0.1:4647")");
  EXPECT_EQ(get("/v1/status/peers").body, R"(["10.0.0.1:4647"])");
  EXPECT_EQ(get("/v1/regions").body, R"(["global"])");
  EXPECT_EQ(at(get("/v1/agent/members").json(), "Members.0.Status"), "alive");
  EXPECT_EQ(at(get("/v1/agent/members").json(), "ServerRegion"), "global");
  server.server_info.leader_rpc_address = "";
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(get("/v1/status/leader").body, "No cluster leader");
  EXPECT_EQ(get("/v1/jobs").headers.get("X-Nomad-KnownLeader"), "false");
}

TEST_F(Agent, MetricsComeAsGoMetricsJson) {
  place_one();
  agent.figures = {{.name = "nomad.client.allocations.running", .value = 2, .labels = {{"node_id", "n"}}}};
  const auto response = get("/v1/metrics");
  const auto metrics = response.json();
  EXPECT_EQ(at(metrics, "Timestamp"), "2023-11-14 22:13:20 +0000 UTC");
  EXPECT_EQ(at(metrics, "Gauges.0.Name"), "nomad.client.allocations.running");
  EXPECT_EQ(at(metrics, "Gauges.0.Value"), "2");
  EXPECT_EQ(at(metrics, "Gauges.0.Labels.node_id"), "n");
  EXPECT_THAT(response.body,
              ::testing::HasSubstr(R"({"Name":"nomad.nomad.broker.total_ready","Value":3,"Labels":{}})"));
  EXPECT_EQ(at(metrics, "Counters.0.Name"), "nomad.nomad.writer.batches");
  EXPECT_EQ(at(metrics, "Counters.0.Count"), "7");
  EXPECT_EQ(at(metrics, "Samples"), "[]");
}

TEST_F(Agent, MetricsComeAsPrometheusText) {
  place_one();
  const auto response = get("/v1/metrics?format=prometheus");
  EXPECT_EQ(response.headers.get("Content-Type"), "text/plain; version=0.0.4");
  EXPECT_THAT(response.body,
              ::testing::HasSubstr("# TYPE nomad_nomad_writer_batches counter\nnomad_nomad_writer_batches 7\n"));
  EXPECT_THAT(response.body, ::testing::HasSubstr("# TYPE nomad_nomad_job_summary_starting gauge\n"
                                                  "nomad_nomad_job_summary_starting{job=\"web\",namespace=\"default\","
                                                  "task_group=\"web\"} 1\n"));
  EXPECT_THAT(response.body, ::testing::HasSubstr("nomad_nomad_node_status_ready 1\n"));
  EXPECT_THAT(response.body, ::testing::HasSubstr("nomad_nomad_node_status_disconnected 0\n"));
  EXPECT_EQ(get("/v1/metrics?format=xml").status, 400);
}

TEST_F(Agent, FilesAreReadFromTheNodeOfTheAllocation) {
  place_one();
  server.remote.chunks = {"hello ", "world"};
  const auto cat = get(fs("cat", "path=alloc/logs/x"));
  EXPECT_EQ(cat.status, 200);
  EXPECT_EQ(cat.body, "hello world");
  EXPECT_EQ(cat.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(server.called_node, node_id(1));
  ASSERT_EQ(server.remote.calls.size(), 1u);
  EXPECT_EQ(server.remote.calls[0].method, rpc::CallMethod::FsCat);
  EXPECT_EQ(server.remote.calls[0].path, "alloc/logs/x");

  agent.node = node_id(1);
  agent.local.chunks = {"from here"};
  EXPECT_EQ(get(fs("cat", "path=x")).body, "from here");
  EXPECT_EQ(server.remote.calls.size(), 1u);
}

TEST_F(Agent, EachFileCallPassesOnWhatItWasAsked) {
  place_one();
  auto& calls = server.remote.calls;
  get(fs("ls", ""));
  EXPECT_EQ(calls.back().method, rpc::CallMethod::FsList);
  EXPECT_EQ(calls.back().path, "/");
  get(fs("stat", "path=a"));
  EXPECT_EQ(calls.back().method, rpc::CallMethod::FsStat);
  get(fs("readat", "path=a&offset=5&limit=7"));
  EXPECT_EQ(calls.back().offset, 5);
  EXPECT_EQ(calls.back().limit, 7);
  get(fs("stream", "path=a&origin=end&offset=3"));
  EXPECT_EQ(calls.back().origin, "end");
  EXPECT_TRUE(calls.back().follow);
  get(fs("logs", "task=t&type=stderr&follow=true&plain=true"));
  EXPECT_EQ(calls.back().method, rpc::CallMethod::FsLogs);
  EXPECT_EQ(calls.back().log_type, "stderr");
  EXPECT_TRUE(calls.back().follow);
  EXPECT_TRUE(calls.back().plain);
  get("/v1/client/allocation/" + alloc_id(1).str() + "/stats?task=t");
  EXPECT_EQ(calls.back().method, rpc::CallMethod::AllocStats);
  get("/v1/client/allocation/" + alloc_id(1).str() + "/gc");
  EXPECT_EQ(calls.back().method, rpc::CallMethod::AllocCollect);
  EXPECT_EQ(calls.back().alloc_id, alloc_id(1));
  get("/v1/client/gc?node_id=" + node_id(1).str());
  EXPECT_EQ(calls.back().method, rpc::CallMethod::AllocCollect);
  EXPECT_TRUE(calls.back().alloc_id.empty());
  get("/v1/client/stats?node_id=" + node_id(1).str());
  EXPECT_EQ(calls.back().method, rpc::CallMethod::HostStats);
}

TEST_F(Agent, BadFileCallsAreRefusedBeforeTheNodeIsAsked) {
  place_one();
  for (const char* query : {"", "task=t&type=other", "task=t&type=stdout&origin=middle", "task=t&type=stdout&offset=-1",
                            "task=t&type=stdout&follow=maybe", "type=stdout"}) {
    EXPECT_EQ(get(fs("logs", query)).status, 400) << query;
  }
  EXPECT_EQ(get(fs("cat", "")).body, "must provide a file name");
  EXPECT_EQ(get(fs("readat", "path=x")).status, 400);
  EXPECT_EQ(get("/v1/client/fs/ls/short").status, 400);
  EXPECT_EQ(get("/v1/client/fs/ls/" + alloc_id(9).str()).body, "alloc not found");
  EXPECT_EQ(get("/v1/client/stats").status, 400);
  EXPECT_EQ(get("/v1/client/stats?node_id=" + node_id(9).str()).body, "node not found");
  EXPECT_TRUE(server.remote.calls.empty());
}

TEST_F(Agent, WhatTheNodeRefusesIsPassedOn) {
  place_one();
  server.remote.error = Error(ErrorCode::NotFound, "file \"x\" not found");
  EXPECT_EQ(get(fs("cat", "path=x")).status, 404);
  EXPECT_EQ(get(fs("cat", "path=x")).body, "file \"x\" not found");
  server.remote.error = Error(ErrorCode::PermissionDenied, "path escapes the allocation's directory");
  EXPECT_EQ(get(fs("cat", "path=../x")).status, 403);
  server.remote.error = Error(ErrorCode::Unavailable, "the node is not connected");
  EXPECT_EQ(get(fs("cat", "path=x")).status, 500);
}

TEST_F(Agent, ABrowserNeverGetsATypeThatItWouldRun) {  // cases.md 62
  place_one();
  server.remote.content_type = "text/html";
  EXPECT_EQ(get(fs("cat", "path=x.html")).headers.get("Content-Type"), "text/plain; charset=utf-8");
  server.remote.content_type = "application/json";
  EXPECT_EQ(get(fs("stat", "path=x")).headers.get("Content-Type"), "application/json");
}

TEST_F(Agent, AClientOnlyAgentServesItsOwnAllocations) {
  agent.node = node_id(1);
  agent.local.chunks = {"mine"};
  restart({}, false);
  EXPECT_EQ(get(fs("cat", "path=x")).body, "mine");
  EXPECT_EQ(get("/v1/client/stats").body, "mine");
  EXPECT_EQ(get("/v1/client/stats?node_id=" + node_id(2).str()).body, "No cluster leader");
  EXPECT_EQ(get("/v1/metrics").status, 200);
}

}  // namespace
}  // namespace drover::api::testing
