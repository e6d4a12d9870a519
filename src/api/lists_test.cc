#include "api/json_indent.h"
#include "api/json_object.h"
#include "api/test_support.h"
#include "codec/describe.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::alloc_id;
using state::testing::eval_id;
using state::testing::make_alloc;
using state::testing::make_job;
using state::testing::make_node;
using state::testing::make_plan;
using state::testing::node_id;

class Lists : public ApiTest {
 protected:
  Lists() {
    model::Node node = make_node(1, 1'000'000, 1'000'000);
    node.resources.disk_mb = 10'000'000;
    node.http_addr = "10.1.1.1:4646";
    node.attributes["nomad.version"] = "0.1.0";
    node.networks = {{.device = "eth0", .ip = "10.1.1.1", .mbits = 1000}};
    node.reserved.ports = {22, 80};
    node.drivers["exec"] = {.attributes = {}, .detected = true, .healthy = true};
    node.drivers["exec"].update_time = WallTime{1'700'000'000'500'000'000};
    server.must(state::RegisterNode{.node = node});
    server.must(state::UpdateNodeStatus{.node_id = node.id, .time = WallTime{1'700'000'000'000'000'000}});
  }

  void place(uint64_t first, uint64_t last) {
    model::Job job = make_job("web", 1, 1);
    job.task_groups[0].ephemeral_disk.size_mb = 1;
    job.task_groups[0].count = 50'000;
    model::Port http{.label = "http"};
    job.task_groups[0].tasks[0].resources.networks = {{.mbits = 10, .dynamic_ports = {http}}};
    server.must(state::RegisterJob{.job = job, .eval = state::testing::make_eval(7, "web")});
    std::vector<model::Allocation> allocs;
    for (uint64_t n = first; n <= last; ++n) {
      model::Allocation alloc = make_alloc(n, "web", node_id(1));
      alloc.eval_id = eval_id(7);
      if (n == 1) alloc.ports = {{.task = "server", .label = "http", .value = 20'001, .host_ip = "10.1.1.1"}};
      allocs.push_back(std::move(alloc));
    }
    server.must(state::ApplyPlan{.plan = make_plan("web", std::move(allocs))});
  }
  void report_running() {
    model::Allocation report{.id = alloc_id(1), .client_status = model::ClientStatus::Running};
    report.task_states["server"] = {.state = model::TaskStateKind::Running};
    report.task_states["server"].started_at = WallTime{1'700'000'000'123'000'000};
    report.task_states["server"].events.push_back({.type = "Started", .time = {5}, .display_message = "Task started"});
    server.must(state::UpdateAllocs{.allocs = {report}});
  }
};

TEST_F(Lists, AllocationsAreStubsWithTaskStates) {
  place(1, 2);
  report_running();
  const auto list = get("/v1/allocations").json();
  EXPECT_EQ(at(list, "0.ID"), alloc_id(1).str());
  EXPECT_EQ(at(list, "0.Name"), "web.web[1]");
  EXPECT_EQ(at(list, "0.JobType"), "service");
  EXPECT_EQ(at(list, "0.ClientStatus"), "running");
  EXPECT_EQ(at(list, "0.DesiredStatus"), "run");
  EXPECT_EQ(at(list, "0.TaskStates.server.StartedAt"), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(at(list, "0.TaskStates.server.FinishedAt"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(at(list, "0.TaskStates.server.Events.0.DisplayMessage"), "Task started");
  EXPECT_EQ(at(list, "0.Job"), "-");
  EXPECT_EQ(at(list, "0.AllocatedResources"), "-");
  EXPECT_EQ(at(list, "1.TaskStates"), "null");
  EXPECT_EQ(at(get("/v1/allocations?task_states=false").json(), "0.TaskStates"), "-");
  EXPECT_EQ(at(get("/v1/allocations?resources=true").json(), "0.AllocatedResources.Shared.DiskMB"), "1");
  EXPECT_EQ(get("/v1/job/web/allocations").json().as_array()->size(), 2u);
  EXPECT_EQ(get("/v1/evaluation/" + eval_id(7).str() + "/allocations").json().as_array()->size(), 2u);
}

TEST_F(Lists, AnAllocationShowsHowItsNodeScoredAndTheAlternatives) {
  model::Job job = make_job("web", 1, 1);
  server.must(state::RegisterJob{.job = job});
  model::Allocation alloc = make_alloc(1, "web", node_id(1));
  alloc.scores = {{"binpack", 0.25}, {"job-anti-affinity", -0.75}};
  alloc.metrics = std::make_shared<const model::AllocMetric>(
      model::AllocMetric{.nodes_evaluated = 2, .score_meta_data = {{.node_id = node_id(2), .norm_score = -0.5}}});
  server.must(state::ApplyPlan{.plan = make_plan("web", {alloc})});
  const auto shown = get("/v1/allocation/" + alloc_id(1).str()).json();
  EXPECT_EQ(at(shown, "Metrics.NodesEvaluated"), "2");
  EXPECT_EQ(at(shown, "Metrics.ScoreMetaData.0.NodeID"), node_id(1).str());
  EXPECT_EQ(at(shown, "Metrics.ScoreMetaData.0.NormScore"), "-0.25");
  EXPECT_EQ(at(shown, "Metrics.ScoreMetaData.0.Scores.binpack"), "0.25");
  EXPECT_EQ(at(shown, "Metrics.ScoreMetaData.1.NodeID"), node_id(2).str());
  EXPECT_EQ(at(shown, "ScoreParts"), "-");
}

TEST_F(Lists, APlanNamesTheAllocationsThatWouldHaveToGo) {
  place(1, 2);
  server.plan.preempted = {alloc_id(2), alloc_id(9)};
  const std::string body =
      R"({"Job": {"ID": "new", "Name": "new", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Tasks": [
         {"Name": "t", "Driver": "raw_exec", "Config": {"command": "true"}}]}]}})";
  const auto plan = put("/v1/job/new/plan", body).json();
  EXPECT_EQ(at(plan, "Annotations.PreemptedAllocs.0.ID"), alloc_id(2).str());
  EXPECT_EQ(at(plan, "Annotations.PreemptedAllocs.1.ID"), "-") << "it has ended meanwhile";
}

TEST_F(Lists, PrefixesSelectById) {
  place(1, 3);
  EXPECT_EQ(get("/v1/allocations?prefix=00000000-0000-0020").json().as_array()->size(), 3u);
  EXPECT_EQ(get("/v1/allocations?prefix=" + alloc_id(2).str()).json().as_array()->size(), 1u);
  EXPECT_EQ(get("/v1/allocations?prefix=ff").body, "[]");
  EXPECT_EQ(get("/v1/allocations?prefix=xyz").status, 400);
  EXPECT_EQ(get("/v1/nodes?prefix=00").json().as_array()->size(), 1u);
  EXPECT_EQ(get("/v1/evaluations?prefix=00").json().as_array()->size(), 1u);
  EXPECT_EQ(get("/v1/evaluations?namespace=other").body, "[]");
}

TEST_F(Lists, AnAllocationShowsItsJobAndWhatItHolds) {
  place(1, 1);
  const auto alloc = get("/v1/allocation/" + alloc_id(1).str()).json();
  EXPECT_EQ(at(alloc, "Job.ID"), "web");
  EXPECT_EQ(at(alloc, "Resources.CPU"), "1");
  EXPECT_EQ(at(alloc, "Resources.DiskMB"), "1");
  EXPECT_EQ(at(alloc, "SharedResources.DiskMB"), "1");
  EXPECT_EQ(at(alloc, "TaskResources.server.MemoryMB"), "1");
  EXPECT_EQ(at(alloc, "TaskResources.server.Networks.0.Device"), "eth0");
  EXPECT_EQ(at(alloc, "TaskResources.server.Networks.0.IP"), "10.1.1.1");
  EXPECT_EQ(at(alloc, "TaskResources.server.Networks.0.DynamicPorts.0.Value"), "20001");
  EXPECT_EQ(at(alloc, "AllocatedResources.Tasks.server.Cpu.CpuShares"), "1");
  EXPECT_EQ(at(alloc, "AllocatedResources.Tasks.server.Memory.MemoryMB"), "1");
  EXPECT_EQ(at(alloc, "AllocatedResources.Tasks.server.Networks.0.DynamicPorts.0.Label"), "http");
  EXPECT_EQ(at(alloc, "AllocatedResources.Shared.Ports"), "null");
  EXPECT_EQ(at(alloc, "AllocModifyIndex"), at(alloc, "CreateIndex"));
}

TEST_F(Lists, EvaluationsHaveNomadsTimes) {
  place(1, 1);
  const auto eval = get("/v1/evaluation/" + eval_id(7).str()).json();
  EXPECT_EQ(at(eval, "WaitUntil"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(at(eval, "Status"), "pending");
  EXPECT_EQ(at(eval, "JobID"), "web");
  EXPECT_EQ(at(get("/v1/evaluations").json(), "0.ID"), eval_id(7).str());
}

TEST_F(Lists, NodesShowTheirResourcesAndNeverTheirSecret) {
  const auto response = get("/v1/node/" + node_id(1).str());
  const auto node = response.json();
  EXPECT_EQ(at(node, "Status"), "ready");
  EXPECT_EQ(at(node, "SchedulingEligibility"), "eligible");
  EXPECT_EQ(at(node, "NodeResources.Cpu.CpuShares"), "1000000");
  EXPECT_EQ(at(node, "NodeResources.Networks.0.CIDR"), "10.1.1.1/32");
  EXPECT_EQ(at(node, "ReservedResources.Networks.ReservedHostPorts"), "22,80");
  EXPECT_EQ(at(node, "Resources.MemoryMB"), "1000000");
  EXPECT_EQ(at(node, "Reserved.Networks.0.ReservedPorts.1.Value"), "80");
  EXPECT_EQ(at(node, "Drivers.exec.Healthy"), "true");
  EXPECT_EQ(at(node, "Drivers.exec.UpdateTime"), "2023-11-14T22:13:20.5Z");
  EXPECT_EQ(at(node, "StatusUpdatedAt"), "1700000000");
  EXPECT_NE(at(node, "Events.0.Message"), "-");
  EXPECT_EQ(at(node, "SecretID"), "-");
  EXPECT_THAT(response.body, ::testing::Not(::testing::HasSubstr(make_node(1).secret_id.str())));

  const auto stub = get("/v1/nodes").json();
  EXPECT_EQ(at(stub, "0.ID"), node_id(1).str());
  EXPECT_EQ(at(stub, "0.Address"), "10.1.1.1");
  EXPECT_EQ(at(stub, "0.Version"), "0.1.0");
  EXPECT_EQ(at(stub, "0.NodeResources"), "-");
  EXPECT_EQ(at(get("/v1/nodes?resources").json(), "0.NodeResources.Disk.DiskMB"), "10000000");
  place(1, 1);
  EXPECT_EQ(at(get("/v1/node/" + node_id(1).str() + "/allocations").json(), "0.Job.ID"), "web");
}

TEST_F(Lists, EligibilityIsSwitchedAndEvaluatesTheNodesJobs) {
  place(1, 1);
  const std::string path = "/v1/node/" + node_id(1).str() + "/eligibility";
  EXPECT_EQ(put(path, R"({"Eligibility": "ineligible"})").status, 200);
  EXPECT_EQ(server.snapshot()->node(node_id(1))->eligibility, model::NodeEligibility::Ineligible);
  const auto back = put(path, R"({"Eligibility": "eligible"})");
  ASSERT_EQ(back.status, 200);
  EXPECT_EQ(back.json().find("EvalIDs")->as_array()->size(), 1u);
  EXPECT_EQ(put(path, R"({"Eligibility": "maybe"})").status, 400);
  EXPECT_EQ(put("/v1/node/" + node_id(9).str() + "/eligibility", R"({"Eligibility": "eligible"})").body,
            "node not found");
}

TEST_F(Lists, WhatIsNotThereSaysWhatItIs) {
  EXPECT_EQ(get("/v1/allocation/" + alloc_id(9).str()).body, "alloc not found");
  EXPECT_EQ(get("/v1/evaluation/" + eval_id(9).str()).body, "eval not found");
  EXPECT_EQ(get("/v1/node/" + node_id(9).str()).body, "node not found");
  EXPECT_EQ(get("/v1/node/" + node_id(9).str()).status, 404);
  EXPECT_EQ(get("/v1/allocation/00000000").status, 400);
  EXPECT_EQ(get("/v1/evaluation/x/allocations").status, 400);
}

TEST_F(Lists, ServicesAreListedByNamespaceAndFoundByName) {
  place(1, 1);
  model::ServiceRegistration service{.id = "_nomad-task-1", .service_name = "redis", .node_id = node_id(1)};
  service.alloc_id = alloc_id(1);
  service.job_id = "web";
  service.tags = {"db"};
  service.address = "10.1.1.1";
  service.port = 20'001;
  server.must(state::SetServices{.alloc_id = alloc_id(1), .services = {service}});
  EXPECT_EQ(get("/v1/services").body,
            R"([{"Namespace":"default","Services":[{"ServiceName":"redis","Tags":["db"]}]}])");
  const auto found = get("/v1/service/redis").json();
  EXPECT_EQ(at(found, "0.Address"), "10.1.1.1");
  EXPECT_EQ(at(found, "0.Port"), "20001");
  EXPECT_EQ(at(found, "0.AllocID"), alloc_id(1).str());
  EXPECT_EQ(get("/v1/service/none").body, "[]");
  EXPECT_EQ(get("/v1/services?namespace=other").body, "[]");
}

TEST_F(Lists, ALongListIsStreamedWithTheSameBytes) {
  place(1, 10'000);
  const auto streamed = get("/v1/allocations");
  EXPECT_TRUE(streamed.streamed);
  const auto pretty = get("/v1/allocations?pretty");
  restart({.rows_per_chunk = 1'000'000});
  const auto whole = get("/v1/allocations");
  EXPECT_FALSE(whole.streamed);
  EXPECT_EQ(whole.json().as_array()->size(), 10'000u);
  EXPECT_TRUE(streamed.body == whole.body);
  EXPECT_TRUE(pretty.body == get("/v1/allocations?pretty").body);
}

TEST_F(Lists, PrettyMeansIndentedUnlessItIsZero) {
  server.must(state::RegisterJob{.job = make_job("web")});
  const auto pretty = get("/v1/job/web?pretty").body;
  EXPECT_EQ(pretty.substr(0, 19), "{\n    \"ID\": \"web\",\n");
  EXPECT_EQ(get("/v1/job/web?pretty=1").body, pretty);
  EXPECT_EQ(get("/v1/job/web?pretty=0").body, get("/v1/job/web").body);
  EXPECT_EQ(codec::parse_json(pretty).value(), codec::parse_json(get("/v1/job/web").body).value());
}

TEST(JsonIndenter, IndentsWhatIsNotInAStringInAnyPieces) {
  const std::string compact = R"({"a":[1,{"b":"x\"{,:"}],"c":{},"d":[]})";
  const std::string pretty =
      "{\n    \"a\": [\n        1,\n        {\n            \"b\": \"x\\\"{,:\"\n        }\n    ],\n"
      "    \"c\": {},\n    \"d\": []\n}";
  EXPECT_EQ(indent_json(compact), pretty);
  std::string pieces;
  JsonIndenter indenter;
  for (const char c : compact) indenter.append(pieces, std::string_view(&c, 1));
  EXPECT_EQ(pieces, pretty);
}

TEST(JsonObject, TimesAreAsGoPrintsThem) {
  EXPECT_EQ(time_text({0}), "0001-01-01T00:00:00Z");
  EXPECT_EQ(time_text({1'700'000'000'000'000'000}), "2023-11-14T22:13:20Z");
  EXPECT_EQ(time_text({1'700'000'000'000'000'010}), "2023-11-14T22:13:20.00000001Z");
  EXPECT_EQ(time_text({-1}), "1969-12-31T23:59:59.999999999Z");
}

}  // namespace
}  // namespace drover::api::testing
