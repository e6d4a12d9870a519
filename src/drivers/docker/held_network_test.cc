#include "drivers/docker/held_network.h"

#include "drivers/docker/docker_test_support.h"

#include <gtest/gtest.h>

namespace drover::drivers {
namespace {

TEST(PauseImage, IsAnArchiveWithOneExecutable) {
  const std::string tar = tar_of_program("pause", "abc");
  EXPECT_EQ(tar.size(), 2048u);
  EXPECT_EQ(tar.substr(0, 6), std::string("pause\0", 6));
  EXPECT_EQ(tar.substr(257, 5), "ustar");
  EXPECT_EQ(tar.substr(124, 11), "00000000003");
  EXPECT_EQ(tar.substr(512, 4), std::string("abc\0", 4));
}

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
