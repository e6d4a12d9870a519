#include "drivers/docker/held_network.h"

#include "drivers/docker/docker_test_support.h"

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

}  // namespace
}  // namespace drover::drivers
