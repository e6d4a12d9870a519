#include "sys/netns.h"

#include "sys/command.h"
#include "sys/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace drover::sys {
namespace {

class Netns : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!running_as_root()) GTEST_SKIP() << "needs root";
    const auto made = create_netns(name);
    if (!made) GTEST_SKIP() << made.error().message();
  }
  ~Netns() override { std::ignore = remove_netns(name); }

  std::string output_in(const std::string& netns) {
    const auto output = run_command(
        SpawnSpec{.executable = "/bin/cat", .argv = {"cat", "/proc/net/dev"}, .env = {}, .cwd = "/", .netns = netns});
    return output ? output->out : output.error().message();
  }

  const std::string name = "drover-test-" + std::to_string(::getpid());
};

TEST_F(Netns, OutlivesItsMakerAndHoldsALoopbackInterfaceOnly) {
  EXPECT_TRUE(netns_exists(name));
  const std::string devices = output_in(netns_path(name));
  EXPECT_THAT(devices, testing::HasSubstr("lo:"));
  EXPECT_EQ(std::count(devices.begin(), devices.end(), '\n'), 3) << devices;
}

TEST_F(Netns, IsGoneWhenItIsRemoved) {
  EXPECT_TRUE(remove_netns(name));
  EXPECT_FALSE(netns_exists(name));
  EXPECT_TRUE(remove_netns(name));
  EXPECT_THAT(output_in(netns_path(name)), testing::HasSubstr("open the network namespace"));
}

}  // namespace
}  // namespace drover::sys
