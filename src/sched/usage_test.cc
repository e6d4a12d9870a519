#include "sched/usage.h"

#include <cmath>
#include <set>

#include "sched/test_support.h"

namespace drover::sched {
namespace {

state::GroupAsk ask(int32_t cpu, int32_t memory_mb, int32_t disk_mb = 0) {
  return {.cpu = cpu, .memory_mb = memory_mb, .disk_mb = disk_mb};
}

model::Allocation with_ports(std::vector<model::AllocatedPort> ports) {
  model::Allocation alloc;
  alloc.ports = std::move(ports);
  return alloc;
}

class UsageTest : public ::testing::Test {
 protected:
  UsageTest() { cluster.add(make_node("a").cpu(1000).memory(1000).disk(1000).reserved_port(22)); }

  TestCluster cluster;
};

TEST_F(UsageTest, NamesTheFirstDimensionThatDoesNotFit) {
  const Usage usage(cluster.now().columns());
  EXPECT_EQ(usage.misfit(0, ask(1000, 1000, 1000)), std::nullopt);
  EXPECT_EQ(usage.misfit(0, ask(1001, 1001, 1001)), "cpu");
  EXPECT_EQ(usage.misfit(0, ask(1000, 1001, 1001)), "memory");
  EXPECT_EQ(usage.misfit(0, ask(1000, 1000, 1001)), "disk");
}

TEST_F(UsageTest, KeepsAccountOfWhatIsAddedAndRemoved) {
  Usage usage(cluster.now().columns());
  usage.add(0, ask(600, 100), {});
  EXPECT_FALSE(usage.fits(0, ask(401, 0)));
  EXPECT_TRUE(usage.fits(0, ask(400, 900)));
  usage.remove(0, ask(600, 100), {});
  EXPECT_TRUE(usage.fits(0, ask(1000, 1000)));
}

TEST_F(UsageTest, SumsDoNotOverflow) {
  const Usage usage(cluster.now().columns());
  EXPECT_FALSE(usage.fits(0, ask(2'147'483'647, 2'147'483'647)));
}

TEST_F(UsageTest, AStaticPortIsThereOnce) {
  Usage usage(cluster.now().columns());
  state::GroupAsk web = ask(1, 1);
  web.static_ports = {80};
  EXPECT_TRUE(usage.fits(0, web));
  usage.add(0, web, with_ports({{.label = "http", .value = 80}}));
  EXPECT_EQ(usage.misfit(0, web), "network: reserved port collision 80");
  usage.remove(0, web, with_ports({{.label = "http", .value = 80}}));
  EXPECT_TRUE(usage.fits(0, web));
}

TEST_F(UsageTest, TheNodesReservedPortsAreTaken) {
  const Usage usage(cluster.now().columns());
  EXPECT_TRUE(usage.port_in_use(0, 22));
  EXPECT_FALSE(usage.port_in_use(0, 23));
}

TEST_F(UsageTest, PortsThatThePlanFreesMayBeUsedAgain) {
  cluster.add(make_job("web").static_port("http", 8080));
  const Decision placed = cluster.run("web");
  Usage usage(cluster.now().columns());
  EXPECT_TRUE(usage.port_in_use(0, 8080));
  usage.remove(0, ask(0, 0), placed.plan.placements.at(0));
  EXPECT_FALSE(usage.port_in_use(0, 8080));
}

TEST_F(UsageTest, DynamicPortsAreFreeAndDifferentWhateverTheSeed) {
  Usage usage(cluster.now().columns());
  usage.add(0, ask(0, 0), with_ports({{.label = "x", .value = model::kMinDynamicPort}}));
  for (const uint64_t seed : {uint64_t{0}, uint64_t{11'999}, ~uint64_t{0} - 1}) {
    const auto ports = usage.pick_dynamic(0, 5, seed);
    EXPECT_EQ(std::set<int32_t>(ports.begin(), ports.end()).size(), 5u);
    for (const int32_t port : ports) {
      EXPECT_GT(port, model::kMinDynamicPort);
      EXPECT_LT(port, model::kMaxDynamicPort);
    }
  }
}

TEST_F(UsageTest, DynamicPortsRunOut) {
  Usage usage(cluster.now().columns());
  std::vector<model::AllocatedPort> all;
  for (int32_t port = model::kMinDynamicPort; port < model::kMaxDynamicPort - 2; ++port) all.push_back({.value = port});
  usage.add(0, ask(0, 0), with_ports(all));
  state::GroupAsk two = ask(0, 0), three = ask(0, 0);
  two.dynamic_ports = 2;
  three.dynamic_ports = 3;
  EXPECT_TRUE(usage.fits(0, two));
  EXPECT_EQ(usage.misfit(0, three), "network: dynamic port selection failed");
  const auto last = usage.pick_dynamic(0, 2, 5);
  EXPECT_EQ(std::set<int32_t>(last.begin(), last.end()), (std::set<int32_t>{31'998, 31'999}));
}

TEST_F(UsageTest, BinpackGoesFromNothingToOne) {
  Usage usage(cluster.now().columns());
  EXPECT_NEAR(usage.binpack(0, ask(0, 0)), 0, 1e-12);
  EXPECT_NEAR(usage.binpack(0, ask(1000, 1000)), 1, 1e-12);
  const double half = usage.binpack(0, ask(500, 500));
  EXPECT_NEAR(half, (20 - 2 * std::pow(10, 0.5)) / 18, 1e-9);
  usage.add(0, ask(500, 500), {});
  EXPECT_NEAR(usage.binpack(0, ask(0, 0)), half, 1e-12);
}

}  // namespace
}  // namespace drover::sched
