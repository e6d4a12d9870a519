#include "sched/explain.h"

#include <algorithm>

#include "codec/describe.h"
#include "codec/json.h"
#include "sched/test_support.h"

namespace drover::sched {
namespace {

class ExplainTest : public ::testing::Test {
 protected:
  GroupExplanation explain_web(const drover::testing::JobBuilder& job) {
    return explain(cluster.now(), job.build(), "g", WallTime{1});
  }
  static const NodeExplanation& on(const GroupExplanation& explanation, const std::string& node) {
    return *std::ranges::find(explanation.nodes, node, &NodeExplanation::node_name);
  }

  TestCluster cluster;
};

TEST_F(ExplainTest, SaysHowMuchIsMissing) {
  cluster.add(make_node("a").memory(1000));
  const GroupExplanation out = explain_web(make_job("web").memory(1200));
  EXPECT_EQ(out.missing, 1);
  EXPECT_EQ(on(out, "a").code, "memory");
  EXPECT_EQ(on(out, "a").reason, "memory exhausted");
  EXPECT_EQ(on(out, "a").remedy, "needs 200 MB more memory");
}

TEST_F(ExplainTest, SaysWhatTheNodeHasInstead) {
  cluster.add(make_node("a").attribute("kernel.name", "linux"));
  const GroupExplanation out = explain_web(make_job("web").job_constraint("${attr.kernel.name}", "=", "windows"));
  EXPECT_EQ(on(out, "a").code, "constraint");
  EXPECT_EQ(on(out, "a").reason, "constraint ${attr.kernel.name} = windows, the node has linux");
}

TEST_F(ExplainTest, NamesTheHolderOfAPort) {
  cluster.add(make_node("a"));
  cluster.add(make_job("api").static_port("https", 443));
  cluster.run("api");
  const GroupExplanation out = explain_web(make_job("web").static_port("https", 443));
  EXPECT_EQ(on(out, "a").code, "static-port");
  EXPECT_EQ(on(out, "a").reason, "static port 443 is used by job api");
}

TEST_F(ExplainTest, NamesAllWhoShareAPort) {
  cluster.add(make_node("a"));
  for (const char* id : {"api", "blog"}) {
    cluster.add(make_job(id).count(2).shared_port("https", 443));
    cluster.run(id);
  }
  const GroupExplanation out = explain_web(make_job("web").static_port("https", 443));
  EXPECT_EQ(on(out, "a").reason, "static port 443 is shared by jobs api, blog");
  EXPECT_EQ(on(explain_web(make_job("web").shared_port("https", 443)), "a").code, "");
}

TEST_F(ExplainTest, SaysWhichDevicesThereAre) {
  const auto add = [&](const char* name, const char* memory, bool healthy) {
    model::Node node = make_node(name).build();
    node.devices = {{.vendor = "nvidia", .type = "gpu", .name = "T4", .attributes = {{"memory", memory}}}};
    node.devices[0].instances = {{.id = "GPU-1"}, {.id = "GPU-2", .healthy = healthy, .health_description = "lost"}};
    cluster.add(node);
  };
  add("small", "8 GiB", true);
  add("ill", "16 GiB", false);
  cluster.add(make_node("none"));
  model::Job job = make_job("web").build();
  job.task_groups[0].tasks[0].resources.devices = {{.name = "nvidia/gpu", .count = 2}};
  job.task_groups[0].tasks[0].resources.devices[0].constraints = {{"${device.attr.memory}", "10 GB", ">="}};
  const GroupExplanation out = explain(cluster.now(), job, "g", WallTime{1});
  const std::string task = "task " + job.task_groups[0].tasks[0].name + ": ";
  EXPECT_EQ(on(out, "small").reason, task + "constraint ${device.attr.memory} >= 10 GB, nvidia/gpu/T4 has 8 GiB");
  EXPECT_EQ(on(out, "ill").reason, task + "wants 2 of nvidia/gpu/T4, 1 of 2 free; GPU-2: lost");
  EXPECT_EQ(on(out, "none").reason, task + "the node has no device nvidia/gpu");
}

TEST_F(ExplainTest, SaysWhyAHostVolumeIsMissing) {
  cluster.add(make_node("none"));
  model::Node fixed = make_node("fixed").build();
  fixed.host_volumes["data"] = {.path = "/data", .read_only = true};
  cluster.add(fixed);
  model::Job job = make_job("web").build();
  job.task_groups[0].volumes["d"] = {.name = "d", .type = "host", .source = "data"};
  const GroupExplanation out = explain(cluster.now(), job, "g", WallTime{1});
  EXPECT_EQ(on(out, "none").reason, "host volume data is not offered here");
  EXPECT_EQ(on(out, "fixed").reason, "host volume data is read-only here");
}

TEST_F(ExplainTest, SaysWhichOptionOfTheNodeATaskNeeds) {
  cluster.add(make_node("a"));
  model::Job job = make_job("web").task("t", "docker").build();
  job.task_groups[0].tasks[0].config = *codec::parse_json(R"({"image": "x", "cap_add": ["net_admin"]})");
  const GroupExplanation out = explain(cluster.now(), job, "g", WallTime{1});
  EXPECT_EQ(on(out, "a").code, "driver-option");
  EXPECT_EQ(on(out, "a").reason, "driver docker does not allow cap_add NET_ADMIN");
  EXPECT_EQ(
      on(out, "a").remedy,
      "allow it on the node (docker plugin option allow_caps, which needs NET_ADMIN), or do without it in the job");
}

TEST_F(ExplainTest, EveryCheckHasItsCode) {
  cluster.add(make_node("down"));
  cluster.set_status("down", model::NodeStatus::Down);
  cluster.add(make_node("ineligible"));
  cluster.must(state::UpdateNodeEligibility{.node_id = node_id("ineligible"),
                                            .eligibility = model::NodeEligibility::Ineligible});
  cluster.add(make_node("elsewhere").datacenter("dc2"));
  cluster.add(make_node("pool").pool("gpu"));
  cluster.add(make_node("driverless").drivers({"docker"}));
  cluster.add(make_node("small").cpu(10));
  cluster.add(make_node("good"));
  const GroupExplanation out = explain_web(make_job("web"));
  EXPECT_EQ(on(out, "down").code, "node-status");
  EXPECT_EQ(on(out, "ineligible").code, "node-eligibility");
  EXPECT_EQ(on(out, "elsewhere").code, "datacenter");
  EXPECT_EQ(on(out, "elsewhere").remedy, "add dc2 to the job's datacenters");
  EXPECT_EQ(on(out, "pool").code, "node-pool");
  EXPECT_EQ(on(out, "driverless").reason, "missing driver mock");
  EXPECT_EQ(on(out, "small").code, "cpu");
  EXPECT_EQ(on(out, "good").code, "");
  EXPECT_EQ(on(out, "good").scores.count("binpack"), 1u);
  EXPECT_EQ(out.nodes.front().node_name, "good");
  EXPECT_EQ(out.nodes_by_code.at("cpu"), 1);
  for (const NodeExplanation& node : out.nodes) EXPECT_EQ(node.code.empty(), node.remedy.empty()) << node.node_name;
}

TEST_F(ExplainTest, TheNearestNodesComeFirstAndTheRestIsCounted) {
  for (int i = 0; i < 60; ++i) cluster.add(make_node("n" + std::to_string(i)).cpu(100 + i));
  const GroupExplanation out = explain_web(make_job("web").cpu(500));
  EXPECT_EQ(out.nodes.size(), kMaxNodesShown);
  EXPECT_EQ(out.nodes_looked_at, 60);
  EXPECT_EQ(out.nodes_by_code.at("cpu"), 60);
  EXPECT_EQ(out.nodes[0].node_name, "n59");
  EXPECT_EQ(out.nodes[0].remedy, "needs 341 MHz more CPU");
}

TEST_F(ExplainTest, ShowsTheScoresOfWhatIsPlaced) {
  cluster.add(make_node("a"));
  cluster.add(make_job("web").job_constraint("", "distinct_hosts", "true").count(2));
  cluster.run("web");
  const auto job = cluster.now().job({"default", "web"});
  const JobExplanation out = explain(cluster.now(), *job, WallTime{1});
  ASSERT_EQ(out.groups.size(), 1u);
  ASSERT_EQ(out.groups[0].placed.size(), 1u);
  EXPECT_EQ(out.groups[0].placed[0].node_name, "a");
  EXPECT_GT(out.groups[0].placed[0].scores.at("binpack"), 0);
  EXPECT_EQ(out.groups[0].missing, 1);
  EXPECT_EQ(on(out.groups[0], "a").code, "distinct-hosts");
}

TEST_F(ExplainTest, ASystemJobIsOnItsNodesAlready) {
  cluster.add(make_node("a"));
  cluster.add(make_node("b").cpu(10));
  cluster.add(make_job("web").type(model::JobType::System));
  cluster.run("web");
  const GroupExplanation out = explain_web(make_job("web").type(model::JobType::System));
  EXPECT_EQ(out.desired, 2);
  EXPECT_EQ(out.missing, 1);
  EXPECT_EQ(on(out, "a").code, "already-there");
  EXPECT_EQ(on(out, "b").code, "cpu");
}

}  // namespace
}  // namespace drover::sched
