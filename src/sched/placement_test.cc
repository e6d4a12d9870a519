// What groups ask of nodes beyond CPU, memory and disk, and what they prefer.

#include <algorithm>
#include <set>

#include "sched/scheduler.h"
#include "sched/test_support.h"

namespace drover::sched {
namespace {

using model::ClientStatus;
using std::chrono::seconds;
using Names = std::vector<std::string>;

model::NodeDeviceGroup gpus(const std::string& name, int count, const std::string& memory) {
  model::NodeDeviceGroup group{.vendor = "nvidia", .type = "gpu", .name = name};
  group.attributes["memory"] = memory;
  for (int i = 0; i < count; ++i) group.instances.push_back({.id = name + "-" + std::to_string(i)});
  return group;
}

class PlacementTest : public ::testing::Test {
 protected:
  model::Node& node(const std::string& name) { return nodes_.emplace_back(make_node(name).build()); }
  // Adds the nodes and the job, and runs it.
  Decision run(const model::Job& job) {
    for (const model::Node& node : nodes_) cluster.add(node);
    nodes_.clear();
    cluster.add(job);
    return cluster.run("web");
  }
  static model::Job job(int32_t count = 1) { return make_job("web").count(count).cpu(100).memory(100).build(); }
  static model::Task& task_of(model::Job& job) { return job.task_groups[0].tasks[0]; }

  TestCluster cluster;

 private:
  std::vector<model::Node> nodes_;
};

TEST_F(PlacementTest, GivesEachAllocationDevicesOfItsOwn) {
  node("none");
  node("gpu").devices = {gpus("T4", 3, "15 GiB")};
  model::Job web = job(2);
  task_of(web).resources.devices = {{.name = "nvidia/gpu", .count = 1}};
  const Decision decision = run(web);
  EXPECT_EQ(nodes_of(decision.plan), (Names{"gpu", "gpu"}));
  std::set<std::string> ids;
  for (const model::Allocation& alloc : decision.plan.placements) {
    ASSERT_EQ(alloc.devices.size(), 1u);
    EXPECT_EQ(alloc.devices.get()[0].name, "T4");
    ids.insert(alloc.devices.get()[0].device_ids.begin(), alloc.devices.get()[0].device_ids.end());
  }
  EXPECT_EQ(ids.size(), 2u);
  EXPECT_EQ(decision.plan.placements[0].metrics->constraint_filtered.at("missing devices"), 1);
}

TEST_F(PlacementTest, DevicesRunOut) {
  node("gpu").devices = {gpus("T4", 3, "15 GiB")};
  model::Job web = job(3);
  task_of(web).resources.devices = {{.name = "gpu", .count = 2}};
  const Decision decision = run(web);
  EXPECT_EQ(decision.plan.placements.size(), 1u);
  EXPECT_EQ(decision.failed.at("g").dimension_exhausted.at("devices: no devices match request"), 1);
}

TEST_F(PlacementTest, OneTaskIsGivenDifferentDevicesOfThoseThatAreShared) {
  model::NodeDeviceGroup shared = gpus("T4", 0, "15 GiB");
  for (const char* id : {"A::0", "A::1", "B::0", "B::1"}) shared.instances.push_back({.id = id});
  node("gpu").devices = {shared};
  model::Job web = job(3);
  task_of(web).resources.devices = {{.name = "gpu", .count = 2}};
  const Decision decision = run(web);
  ASSERT_EQ(decision.plan.placements.size(), 2u);
  for (const model::Allocation& alloc : decision.plan.placements) {
    const auto& ids = alloc.devices.get()[0].device_ids;
    EXPECT_NE(ids.at(0).substr(0, 1), ids.at(1).substr(0, 1));
  }
}

TEST_F(PlacementTest, UnhealthyDevicesAreNotGiven) {
  model::Node& gpu = node("gpu");
  gpu.devices = {gpus("T4", 1, "15 GiB")};
  gpu.devices[0].instances[0].healthy = false;
  model::Job web = job();
  task_of(web).resources.devices = {{.name = "gpu"}};
  EXPECT_EQ(run(web).failed.at("g").constraint_filtered.at("missing devices"), 1);
}

TEST_F(PlacementTest, DeviceConstraintsAndAffinitiesCompareQuantities) {
  node("small").devices = {gpus("T4", 2, "15360 MiB")};
  node("big").devices = {gpus("A100", 2, "80 GiB"), gpus("T4", 2, "15360 MiB")};
  model::Job web = job(2);
  model::RequestedDevice device{.name = "nvidia/gpu"};
  device.constraints = {{"${device.attr.memory}", "10 GiB", ">="}};
  device.affinities = {{"${device.attr.memory}", "40 GiB", ">=", 100}};
  task_of(web).resources.devices = {device};
  const Decision decision = run(web);
  ASSERT_EQ(decision.plan.placements.size(), 2u);
  EXPECT_EQ(decision.plan.placements[0].node_name, "big");
  EXPECT_EQ(decision.plan.placements[0].devices.get()[0].name, "A100");
  EXPECT_DOUBLE_EQ(model::own_score(decision.plan.placements[0]).scores.at("devices"), 1);
}

TEST_F(PlacementTest, OneRequestLeavesAnotherWhatOnlyThatOneCanUse) {
  node("gpu").devices = {gpus("T4", 1, "15 GiB"), gpus("A100", 1, "80 GiB")};
  model::Job web = job();
  task_of(web).resources.devices = {{.name = "gpu"}, {.name = "nvidia/gpu/T4"}};
  EXPECT_EQ(run(web).plan.placements.size(), 1u);
}

TEST_F(PlacementTest, CoresAreGivenToOneTaskOnlyAndBringTheirCpu) {
  model::Node& a = node("a");
  a.resources.cpu = 4000;
  a.cores = {0, 1, 2, 3};
  model::Job web = job(3);
  task_of(web).resources.cores = 2;
  const Decision decision = run(web);
  ASSERT_EQ(decision.plan.placements.size(), 2u);
  std::set<int32_t> cores;
  for (const model::Allocation& alloc : decision.plan.placements) {
    for (const int32_t core : alloc.cores.get()[0].cores) cores.insert(core);
  }
  EXPECT_EQ(cores.size(), 4u);
  EXPECT_EQ(decision.failed.at("g").dimension_exhausted.at("cores"), 1);
  EXPECT_EQ(cluster.now().columns().chunks()[0]->cpu_used[0], 4000);
}

// Two stages of two devices and two cores on a node that has two, beside a task that runs all the time with the third.
TEST_F(PlacementTest, StagesGiveTheirCoresAndDevicesToTheNextOne) {
  model::Node& a = node("a");
  a.resources.cpu = 3000;
  a.cores = {0, 1, 2};
  a.devices = {gpus("T4", 3, "15 GiB")};
  model::Job web = job(2);
  std::vector<model::Task>& tasks = web.task_groups[0].tasks;
  tasks.resize(3, tasks[0]);
  const std::vector<std::string> stages = {"second", "first", ""};
  for (size_t i = 0; i < tasks.size(); ++i) {
    tasks[i].name = "t" + std::to_string(i);
    tasks[i].stage = stages[i];
    tasks[i].resources.cores = stages[i].empty() ? 1 : 2;
    tasks[i].resources.devices = {{.name = "gpu", .count = stages[i].empty() ? 1 : 2}};
  }
  const Decision decision = run(web);
  ASSERT_EQ(decision.plan.placements.size(), 1u) << "the node is full with one";
  const model::Allocation& alloc = decision.plan.placements[0];
  ASSERT_EQ(alloc.cores.get().size(), 3u);
  EXPECT_EQ(alloc.cores.get()[0].cores, (std::vector<int32_t>{0}));
  EXPECT_EQ(alloc.cores.get()[1].cores, (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(alloc.cores.get()[2].cores, (std::vector<int32_t>{1, 2}));
  ASSERT_EQ(alloc.devices.get().size(), 3u);
  EXPECT_EQ(alloc.devices.get()[1].device_ids, alloc.devices.get()[2].device_ids);
  EXPECT_EQ(cluster.now().columns().chunks()[0]->cpu_used[0], 3000);
  EXPECT_EQ(cluster.now().columns().holdings(0).devices.size(), 3u);
}

TEST_F(PlacementTest, MemoryMaxIsNoReservation) {
  node("a").resources.memory_mb = 250;
  model::Job web = job(2);
  task_of(web).resources.memory_max_mb = 200;
  EXPECT_EQ(run(web).plan.placements.size(), 2u);
}

TEST_F(PlacementTest, HostVolumesAreThereAndWritableIfTheyHaveToBe) {
  node("none");
  node("read-only").host_volumes["data"] = {.path = "/data", .read_only = true};
  node("writable").host_volumes["data"] = {.path = "/data"};
  model::Job web = job();
  web.task_groups[0].volumes["v"] = {.name = "v", .type = "host", .source = "data"};
  const Decision decision = run(web);
  EXPECT_EQ(nodes_of(decision.plan), Names{"writable"});
  EXPECT_EQ(decision.plan.placements[0].metrics->constraint_filtered.at("missing compatible host volumes"), 2);
}

TEST_F(PlacementTest, AVolumeForEachAllocationIsFoundByItsIndex) {
  node("zero").host_volumes["data[0]"] = {.path = "/0"};
  node("one").host_volumes["data[1]"] = {.path = "/1"};
  model::Job web = job(3);
  web.task_groups[0].volumes["v"] = {.name = "v", .type = "host", .source = "data", .per_alloc = true};
  const Decision decision = run(web);
  EXPECT_EQ(nodes_of(decision.plan), (Names{"zero", "one"}));
  EXPECT_EQ(decision.queued.at("g"), 1);
}

TEST_F(PlacementTest, CsiVolumesAreNowhere) {
  node("a");
  model::Job web = job();
  web.task_groups[0].volumes["v"] = {.name = "v", .type = "csi", .source = "db"};
  EXPECT_EQ(run(web).failed.at("g").constraint_filtered.at("CSI volume db is not available"), 1);
}

TEST_F(PlacementTest, BridgesAndHostNetworksAreWhereTheNodeHasThem) {
  node("plain");
  model::Node& able = node("able");
  able.attributes["plugins.cni.version.bridge"] = "v1.0.0";
  able.host_networks["public"] = "203.0.113.7";
  model::Job web = job();
  model::Network network{.mode = "bridge"};
  network.dynamic_ports = {{.label = "http", .host_network = "public"}};
  web.task_groups[0].networks = {network};
  const Decision decision = run(web);
  ASSERT_EQ(nodes_of(decision.plan), Names{"able"});
  EXPECT_EQ(decision.plan.placements[0].ports.at(0).host_ip, "203.0.113.7");
  EXPECT_EQ(decision.plan.placements[0].metrics->constraint_filtered.at("missing network bridge"), 1);
}

TEST_F(PlacementTest, AStickyDiskStaysOnItsNode) {
  node("old").resources.cpu = 8000;  // the worse packing
  model::Job web = job();
  web.task_groups[0].ephemeral_disk.sticky = true;
  run(web);
  node("new").resources.cpu = 1000;
  task_of(web).env["V"] = "2";
  EXPECT_EQ(nodes_of(run(web).plan), Names{"old"});
  cluster.set_status("old", model::NodeStatus::Down);
  EXPECT_EQ(nodes_of(cluster.run("web").plan), Names{"new"}) << "unless that is gone";
}

TEST_F(PlacementTest, AffinitiesAttractAndRepel) {
  node("ssd").meta["disk"] = "ssd";
  node("hdd").meta["disk"] = "hdd";
  model::Job web = job();
  web.affinities = {{"${meta.disk}", "ssd", "=", 100}};
  const Decision liked = run(web);
  EXPECT_EQ(nodes_of(liked.plan), Names{"ssd"});
  EXPECT_DOUBLE_EQ(model::own_score(liked.plan.placements[0]).scores.at("node-affinity"), 1);
  web.affinities = {{"${meta.disk}", "ssd", "=", -100}};
  task_of(web).env["V"] = "2";
  EXPECT_EQ(nodes_of(run(web).plan), Names{"hdd"});
}

std::map<std::string, int> by_rack(const TestCluster& cluster, const model::Plan& plan) {
  std::map<std::string, int> count;
  for (const model::Allocation& alloc : plan.placements) ++count[cluster.now().node(alloc.node_id)->meta.at("rack")];
  return count;
}

TEST_F(PlacementTest, SpreadsEvenlyWithoutTargets) {
  for (int i = 0; i < 9; ++i) node("n" + std::to_string(i)).meta["rack"] = "r" + std::to_string(i % 3);
  model::Job web = job(9);
  web.task_groups[0].spreads = {{.attribute = "${meta.rack}", .weight = 100}};
  const Decision decision = run(web);
  EXPECT_EQ(by_rack(cluster, decision.plan), (std::map<std::string, int>{{"r0", 3}, {"r1", 3}, {"r2", 3}}));
}

TEST_F(PlacementTest, SpreadsAsTheTargetsSay) {
  for (int i = 0; i < 8; ++i) node("n" + std::to_string(i)).meta["rack"] = "r" + std::to_string(i % 2);
  model::Job web = job(10);
  web.spreads = {{.attribute = "${meta.rack}", .weight = 100, .targets = {{"r0", 70}, {"r1", 30}}}};
  const Decision decision = run(web);
  EXPECT_EQ(by_rack(cluster, decision.plan), (std::map<std::string, int>{{"r0", 7}, {"r1", 3}}));
}

TEST_F(PlacementTest, TheClusterMayBeFilledEvenly) {
  model::SchedulerConfig config;
  config.algorithm = "spread";
  cluster.must(state::SetSchedulerConfig{.config = config});
  node("big").resources.cpu = 16000;
  node("small").resources.cpu = 1000;
  EXPECT_EQ(nodes_of(run(job()).plan), Names{"big"});
}

}  // namespace
}  // namespace drover::sched
