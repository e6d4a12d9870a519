#include "sched/feasible.h"

#include "codec/json.h"
#include "sched/test_support.h"

namespace drover::sched {
namespace {

using Names = std::vector<std::string>;

class FeasibleTest : public ::testing::Test {
 protected:
  // The names of the feasible nodes, in the order of their slots.
  Names feasible(const drover::testing::JobBuilder& builder) { return feasible(builder.build()); }
  Names feasible(model::Job asked) {
    job = std::move(asked);
    ask = state::group_ask(job.task_groups[0]);
    result.emplace(cluster.now(), job, job.task_groups[0], ask);
    Names names;
    for (const uint32_t slot : result->slots()) names.push_back(cluster.now().node(id_at(slot))->name);
    return names;
  }
  model::NodeId id_at(uint32_t slot) const {
    return cluster.now().columns().chunks()[slot / state::kColumnChunk]->node_id[slot % state::kColumnChunk];
  }
  const model::AllocMetric& metric() const { return result->metric(); }

  TestCluster cluster;
  model::Job job;
  state::GroupAsk ask;
  std::optional<Feasibility> result;
};

TEST_F(FeasibleTest, LooksOnlyAtReadyEligibleNodesOfTheDatacentersAndThePool) {
  cluster.add(make_node("a"));
  cluster.add(make_node("down"));
  cluster.add(make_node("ineligible"));
  cluster.add(make_node("elsewhere").datacenter("dc2"));
  cluster.add(make_node("gpu").pool("gpu"));
  cluster.must(state::RegisterNode{.node = make_node("new").build()});
  cluster.set_status("down", model::NodeStatus::Down);
  cluster.must(state::UpdateNodeEligibility{.node_id = node_id("ineligible"),
                                            .eligibility = model::NodeEligibility::Ineligible});
  EXPECT_EQ(feasible(make_job("web")), Names{"a"});
  EXPECT_EQ(metric().nodes_evaluated, 1);
  EXPECT_EQ(metric().nodes_filtered, 0);
  EXPECT_EQ(metric().nodes_available, (std::map<std::string, int32_t>{{"dc1", 1}}));
}

TEST_F(FeasibleTest, AsksForEveryDriverOfTheGroup) {
  cluster.add(make_node("both").drivers({"mock", "docker"}));
  cluster.add(make_node("one").drivers({"mock"}));
  cluster.add(make_node("ill").drivers({"mock"}).unhealthy_driver("docker"));
  EXPECT_EQ(feasible(make_job("web").task("a", "mock").task("b", "docker")), Names{"both"});
  EXPECT_EQ(metric().constraint_filtered.at("missing driver docker"), 1);
  EXPECT_EQ(metric().constraint_filtered.at("unhealthy driver docker"), 1);
  EXPECT_EQ(metric().nodes_filtered, 2);
}

TEST_F(FeasibleTest, LeavesOutNodesThatForbidWhatATaskNeeds) {
  cluster.add(make_node("allows").attribute("driver.docker.privileged.enabled", "true"));
  cluster.add(make_node("forbids"));
  model::Job privileged = make_job("web").task("a", "docker").build();
  privileged.task_groups[0].tasks[0].config = *codec::parse_json(R"({"image": "x", "privileged": true})");
  EXPECT_EQ(feasible(std::move(privileged)), Names{"allows"});
  EXPECT_EQ(metric().constraint_filtered.at("driver docker does not allow privileged"), 1);
}

TEST_F(FeasibleTest, AppliesTheConstraintsOfJobGroupAndTasks) {
  cluster.add(make_node("all").meta("j", "1").meta("g", "1").meta("t", "1").node_class("big"));
  cluster.add(make_node("no-job").meta("g", "1").meta("t", "1").node_class("big"));
  cluster.add(make_node("no-group").meta("j", "1").meta("t", "1").node_class("big"));
  cluster.add(make_node("no-task").meta("j", "1").meta("g", "1").node_class("big"));
  EXPECT_EQ(feasible(make_job("web")
                         .job_constraint("${meta.j}", "=", "1")
                         .group("g")
                         .constraint("${meta.g}", "=", "1")
                         .task("t")
                         .task_constraint("${meta.t}", "=", "1")),
            Names{"all"});
  EXPECT_EQ(metric().constraint_filtered.at("${meta.j} = 1"), 1);
  EXPECT_EQ(metric().constraint_filtered.at("${meta.g} = 1"), 1);
  EXPECT_EQ(metric().constraint_filtered.at("${meta.t} = 1"), 1);
  EXPECT_EQ(metric().class_filtered.at("big"), 3);
}

TEST_F(FeasibleTest, UniquePropertiesAreCheckedNodeByNode) {
  cluster.add(make_node("a"));
  cluster.add(make_node("b"));
  ASSERT_EQ(cluster.now().node(node_id("a"))->computed_class, cluster.now().node(node_id("b"))->computed_class);
  EXPECT_EQ(feasible(make_job("web").job_constraint("${node.unique.name}", "=", "b")), Names{"b"});
  EXPECT_TRUE(result->escaped());
  EXPECT_TRUE(result->feasible(cluster.slot("b")));
  EXPECT_FALSE(result->feasible(cluster.slot("a")));
}

TEST_F(FeasibleTest, SaysWhichClassesCouldRunTheGroup) {
  cluster.add(make_node("a").meta("rack", "1"));
  cluster.add(make_node("b").meta("rack", "2"));
  cluster.add(make_node("c").meta("rack", "2").datacenter("dc2"));
  feasible(make_job("web").job_constraint("${meta.rack}", "=", "2"));
  const auto classes = result->class_eligibility();
  EXPECT_EQ(classes.size(), 2u);
  EXPECT_FALSE(classes.at(cluster.now().node(node_id("a"))->computed_class));
  EXPECT_TRUE(classes.at(cluster.now().node(node_id("b"))->computed_class));
  EXPECT_FALSE(result->escaped());
}

TEST_F(FeasibleTest, DistinctRulesDoNotFilterHere) {
  cluster.add(make_node("a"));
  EXPECT_EQ(feasible(make_job("web").job_constraint("", "distinct_hosts", "true")), Names{"a"});
}

TEST_F(FeasibleTest, ThereMayBeNoNodesAtAll) {
  EXPECT_EQ(feasible(make_job("web")), Names{});
  EXPECT_EQ(metric().nodes_evaluated, 0);
}

}  // namespace
}  // namespace drover::sched
