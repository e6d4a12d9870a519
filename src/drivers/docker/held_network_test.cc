#include "drivers/docker/held_network.h"

#include "drivers/alloc_names.h"
#include "drivers/docker/docker_test_support.h"
#include "sys/netns.h"

#include <gtest/gtest.h>

namespace drover::drivers {
namespace {

using testing::DockerTest;

TEST_F(DockerTest, ContainersJoinTheNetworkThatOneHoldsForTheirAllocation) {
  auto config = shell("hostname; ip -o link | wc -l; cat /etc/resolv.conf");
  const auto held = run(driver_->create_network(config.alloc_id, "box"));
  ASSERT_TRUE(held) << held.error().message();
  EXPECT_EQ(run(driver_->create_network(config.alloc_id, "box"))->container, held->container);
  config.network = {.container = held->container, .resolv_conf = root_ + "/resolv.conf"};
  ASSERT_TRUE(sys::write_file_atomic(config.network.resolv_conf, "nameserver 10.9.8.7\n"));
  run(started(config).wait());
  EXPECT_EQ(log_text("web", "stdout"), "box\n1\nnameserver 10.9.8.7\n") << log_text("web", "stderr");
  EXPECT_TRUE(run(driver_->destroy_network(config.alloc_id)));
  EXPECT_TRUE(run(driver_->destroy_network(config.alloc_id)));
  EXPECT_FALSE(run(api_->inspect(held->container)));
}

TEST_F(DockerTest, RemovesContainersThatHoldANetworkWhenItIsGone) {
  const DanglingOptions often{.period = std::chrono::milliseconds(50), .creation_grace = Duration(0)};
  restart_driver({.owner = root_});
  const std::string gone = task_config("gone", {}).alloc_id + "-gone", there = gone + "-there";
  const auto orphan = run(driver_->create_network(gone, ""));
  const auto needed = run(driver_->create_network(there, ""));
  ASSERT_TRUE(orphan && needed);
  ASSERT_TRUE(sys::name_netns(needed->netns, alloc_netns_name(there)));
  restart_driver({.gc_dangling = often, .owner = root_});
  EXPECT_TRUE(eventually([&] { return !run(api_->inspect(orphan->container)); }));
  EXPECT_TRUE(run(api_->inspect(needed->container)));
  EXPECT_TRUE(sys::remove_netns(alloc_netns_name(there)));
  EXPECT_TRUE(eventually([&] { return !run(api_->inspect(needed->container)); }));
}

}  // namespace
}  // namespace drover::drivers
