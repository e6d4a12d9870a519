#include "drivers/registry.h"

#include "drivers/test_support.h"

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using ::testing::HasSubstr;

class DriverRegistryTest : public testing::DriverTest {
 protected:
  std::string find(std::string_view name, const DriverOptions& options) {
    const auto registry = DriverRegistry::create(context(), options);
    CHECK(registry, "registry");
    const auto driver = (*registry)->find(name);
    return driver ? std::string((*driver)->name()) : driver.error().message();
  }
};

TEST_F(DriverRegistryTest, FindsDriversByName) {
  EXPECT_EQ(find("docker", {}), "docker");
  EXPECT_EQ(find("raw_exec", {}), "raw_exec");
  EXPECT_EQ(find("mock_driver", {.mock = true}), "mock_driver");
}

TEST_F(DriverRegistryTest, SaysWhyThereIsNone) {
  EXPECT_THAT(find("mock_driver", {}), HasSubstr("this node has no driver \"mock_driver\""));
  EXPECT_THAT(find("lxc", {}), HasSubstr("use \"docker\" or \"exec\""));
  EXPECT_THAT(find("docker", {.denied = {"docker"}}), HasSubstr("this node has no driver"));
  EXPECT_THAT(find("docker", {.allowed = {"raw_exec"}}), HasSubstr("this node has no driver"));
}

TEST_F(DriverRegistryTest, RefusesAnEndpointThatCannotBe) {
  EXPECT_FALSE(DriverRegistry::create(context(), {.docker = {.endpoint = "tcp//x"}}));
}

}  // namespace
}  // namespace drover::drivers
