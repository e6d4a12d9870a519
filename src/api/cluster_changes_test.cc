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

// Nodes that are drained, evaluated and purged; collection, the scheduler's configuration, pages, services.
class ClusterChanges : public ApiTest {
 protected:
  ClusterChanges() {
    server.must(state::RegisterNode{.node = make_node(1)});
    server.must(state::UpdateNodeStatus{.node_id = node_id(1)});
    server.must(state::RegisterJob{.job = make_job("web")});
    server.must(state::ApplyPlan{.plan = make_plan("web", {make_alloc(1, "web", node_id(1))})});
  }

  static std::string path(const std::string& verb = "") { return "/v1/node/" + node_id(1).str() + verb; }
  state::Row<model::Node> node() const { return server.snapshot()->node(node_id(1)); }
};

TEST_F(ClusterChanges, ANodeIsDrainedUntilADeadline) {
  const auto response = put(path("/drain"), R"({"DrainSpec": {"Deadline": 3600000000000, "IgnoreSystemJobs": true},
                                                "Meta": {"message": "new disk"}})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(at(response.json(), "NodeModifyIndex"), std::to_string(node()->modify_index));
  ASSERT_TRUE(node()->drain);
  EXPECT_EQ(node()->drain->force_deadline, clock.now() + std::chrono::hours(1));
  const auto shown = get(path()).json();
  EXPECT_EQ(at(shown, "Drain"), "true");
  EXPECT_EQ(at(shown, "SchedulingEligibility"), "ineligible");
  EXPECT_EQ(at(shown, "DrainStrategy.Deadline"), "3600000000000");
  EXPECT_EQ(at(shown, "DrainStrategy.IgnoreSystemJobs"), "true");
  EXPECT_EQ(at(shown, "LastDrain.Status"), "draining");
  EXPECT_EQ(at(shown, "LastDrain.Meta.message"), "new disk");
  EXPECT_EQ(at(get("/v1/nodes").json(), "0.Drain"), "true");
  EXPECT_EQ(at(get("/v1/nodes").json(), "0.SchedulingEligibility"), "ineligible");
}

TEST_F(ClusterChanges, ADrainEndsAndTheNodeMayBeEligibleAgain) {
  put(path("/drain"), R"({"DrainSpec": {"Deadline": -1}})");
  EXPECT_EQ(node()->drain->force_deadline, clock.now());
  put(path("/drain"), R"({"DrainSpec": null})");
  EXPECT_FALSE(node()->drain);
  EXPECT_EQ(node()->eligibility, model::NodeEligibility::Ineligible);
  const auto response = put(path("/drain"), R"({"DrainSpec": null, "MarkEligible": true})");
  EXPECT_EQ(node()->eligibility, model::NodeEligibility::Eligible);
  EXPECT_EQ(response.json().find("EvalIDs")->as_array()->size(), 1u);
}

TEST_F(ClusterChanges, BadDrainsAreRefused) {
  EXPECT_EQ(put(path("/drain"), "").status, 400);
  EXPECT_EQ(put(path("/drain"), R"({"DrainSpec": {}, "MarkEligible": true})").status, 400);
  EXPECT_EQ(put(path("/drain"), R"({"NodeID": "other", "DrainSpec": {}})").status, 400);
  EXPECT_EQ(put("/v1/node/" + node_id(9).str() + "/drain", R"({"DrainSpec": {}})").status, 404);
  EXPECT_FALSE(node()->drain);
  EXPECT_EQ(put(path("/drain?enable=true"), "").status, 200);  // as Nomad 0.7's clients ask
  EXPECT_TRUE(node()->drain);
}

TEST_F(ClusterChanges, ANodeIsEvaluatedAndPurged) {
  const auto evaluated = put(path("/evaluate"), "");
  EXPECT_EQ(evaluated.status, 200) << evaluated.body;
  EXPECT_EQ(evaluated.json().find("EvalIDs")->as_array()->size(), 1u);
  const auto purged = put(path("/purge"), "");
  EXPECT_EQ(purged.status, 200) << purged.body;
  EXPECT_FALSE(node());
  EXPECT_EQ(put(path("/purge"), "").status, 404);
}

TEST_F(ClusterChanges, CollectionIsForced) {
  EXPECT_EQ(put("/v1/system/gc", "").status, 200);
  EXPECT_EQ(server.collections, 1);
  EXPECT_EQ(put("/v1/system/reconcile/summaries", "").status, 200);
  server.refuse = Error(ErrorCode::Unavailable, "No cluster leader");
  EXPECT_EQ(put("/v1/system/gc", "").body, "No cluster leader");
}

TEST_F(ClusterChanges, TheSchedulerIsConfiguredWithCheckAndSet) {
  const char* path = "/v1/operator/scheduler/configuration";
  EXPECT_EQ(at(get(path).json(), "SchedulerConfig.SchedulerAlgorithm"), "binpack");
  EXPECT_EQ(at(get(path).json(), "SchedulerConfig.PreemptionConfig.SystemSchedulerEnabled"), "true");
  const auto response = put(path, R"({"SchedulerAlgorithm": "spread", "RejectJobRegistration": true})");
  EXPECT_EQ(at(response.json(), "Updated"), "true") << response.body;
  const std::string index = at(get(path).json(), "SchedulerConfig.ModifyIndex");
  EXPECT_EQ(at(put(std::string(path) + "?cas=1", R"({"SchedulerAlgorithm": "binpack"})").json(), "Updated"), "false");
  EXPECT_EQ(server.snapshot()->scheduler_config().algorithm, "spread");
  EXPECT_EQ(put("/v1/job/web/scale", R"({"Count": 1, "Target": {"Group": "web"}})").status, 403);
  EXPECT_EQ(put("/v1/job/web/dispatch", "{}").status, 403);
  EXPECT_EQ(at(put(std::string(path) + "?cas=" + index, R"({"SchedulerAlgorithm": "binpack"})").json(), "Updated"),
            "true");
  EXPECT_EQ(put(path, R"({"SchedulerAlgorithm": "magic"})").status, 400);
  EXPECT_EQ(put(std::string(path) + "?cas=x", "{}").status, 400);
}

TEST_F(ClusterChanges, ListsComeInPages) {
  for (const char* id : {"a", "b", "c"}) server.must(state::RegisterJob{.job = make_job(id)});
  const auto first = get("/v1/jobs?per_page=2");
  EXPECT_EQ(first.json().as_array()->size(), 2u);
  EXPECT_EQ(first.headers.get("X-Nomad-NextToken"), "default/c");
  server.must(state::DeregisterJob{.ns = "default", .job_id = "c", .purge = true});
  const auto second = get("/v1/jobs?per_page=2&next_token=default/c");  // goes on although its job is gone
  EXPECT_EQ(at(second.json(), "0.ID"), "web");
  EXPECT_FALSE(second.headers.contains("X-Nomad-NextToken"));
  server.must(state::RegisterNode{.node = make_node(2)});
  const auto nodes = get("/v1/nodes?per_page=1");
  EXPECT_EQ(nodes.headers.get("X-Nomad-NextToken"), node_id(2).str());
  EXPECT_EQ(at(get("/v1/nodes?next_token=" + node_id(2).str()).json(), "0.ID"), node_id(2).str());
}

TEST_F(ClusterChanges, InstancesOfAServiceAreChosenByKey) {
  std::vector<model::ServiceRegistration> services;
  for (int i = 0; i < 8; ++i) {
    services.push_back(
        {.id = "s" + std::to_string(i), .service_name = "api", .job_id = "web", .alloc_id = alloc_id(1)});
  }
  server.must(state::SetServices{.alloc_id = alloc_id(1), .services = services});
  const std::string chosen = get("/v1/service/api?choose=2|key").body;
  EXPECT_EQ(get("/v1/service/api?choose=2|key").json().as_array()->size(), 2u);
  EXPECT_EQ(get("/v1/service/api?choose=2|key").body, chosen);
  EXPECT_EQ(get("/v1/service/api?choose=99|key").json().as_array()->size(), 8u);
  for (const char* bad : {"2", "0|key", "x|key", "2|"}) {
    EXPECT_EQ(get(std::string("/v1/service/api?choose=") + bad).status, 400) << bad;
  }
}

TEST_F(ClusterChanges, ThingsAreFoundByTheBeginningOfTheirId) {
  const auto all = put("/v1/search", R"({"Prefix": "00", "Context": "all"})").json();
  EXPECT_EQ(at(all, "Matches.nodes.0"), node_id(1).str());
  EXPECT_EQ(at(all, "Matches.allocs.0"), alloc_id(1).str());
  EXPECT_EQ(at(all, "Matches.jobs"), "[]");
  EXPECT_EQ(at(all, "Truncations.nodes"), "false");
  const auto jobs = put("/v1/search", R"({"Prefix": "we", "Context": "jobs"})").json();
  EXPECT_EQ(at(jobs, "Matches.jobs.0"), "web");
  EXPECT_EQ(at(jobs, "Matches.nodes"), "-");
  EXPECT_EQ(put("/v1/search", R"({"Prefix": "we", "Context": "odd"})").status, 400);
  for (int i = 0; i < 25; ++i) server.must(state::RegisterJob{.job = make_job("many" + std::to_string(i))});
  const auto many = put("/v1/search", R"({"Prefix": "many"})").json();
  EXPECT_EQ(many.find("Matches")->find("jobs")->as_array()->size(), 20u);
  EXPECT_EQ(at(many, "Truncations.jobs"), "true");
}

TEST_F(ClusterChanges, ThingsAreFoundByAPartOfTheirName) {
  const auto found = put("/v1/search/fuzzy", R"({"Text": "ER", "Context": "all"})").json();
  EXPECT_EQ(at(found, "Matches.tasks.0.ID"), "server");
  EXPECT_EQ(at(found, "Matches.tasks.0.Scope"), R"(["default","web","web"])");
  const auto nodes = put("/v1/search/fuzzy", R"({"Text": "ode1", "Context": "nodes"})").json();
  EXPECT_EQ(at(nodes, "Matches.nodes.0.Scope.0"), node_id(1).str());
  EXPECT_EQ(put("/v1/search/fuzzy", R"({"Text": "x"})").status, 400);
}

}  // namespace
}  // namespace drover::api::testing
