#include "drivers/permission.h"

#include "codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Permission> needs(std::string_view driver, std::string_view config) {
  return needed_permissions(driver, *codec::parse_json(config), ConfigStage::Submitted);
}

std::vector<std::string> asked(std::string_view driver, std::string_view config) {
  std::vector<std::string> out;
  for (const Permission& each : needs(driver, config)) out.push_back(each.asked());
  return out;
}

TEST(Permissions, AreNeededForWhatReachesTheHost) {
  EXPECT_THAT(
      asked("docker", R"({"image": "x", "privileged": true, "cap_add": ["cap_net_admin"], "pid_mode": "host",
                                  "security_opt": ["label=disable", "no-new-privileges"], "volumes": ["/etc:/x", "a:/a"],
                                  "mount": [{"type": "bind", "source": "local", "target": "/l"}]})"),
      ElementsAre("privileged", "cap_add NET_ADMIN", "pid_mode host", "security_opt label=disable", "volumes /etc:/x"));
  EXPECT_THAT(asked("exec", R"({"command": "x", "cap_add": ["all", "net_raw"], "ipc_mode": "host"})"),
              ElementsAre("cap_add NET_RAW", "ipc_mode host"));
  EXPECT_THAT(asked("java", R"({"jar_path": "x", "pid_mode": "host"})"), ElementsAre("pid_mode host"));
}

TEST(Permissions, AreNotNeededForAnythingElse) {
  EXPECT_THAT(asked("docker", R"({"image": "x", "pid_mode": "private", "network_mode": "none"})"), IsEmpty());
  EXPECT_THAT(asked("exec", R"({"command": "x", "pid_mode": "private"})"), IsEmpty());
  EXPECT_THAT(asked("raw_exec", R"({"command": "x"})"), IsEmpty());
}

TEST(Permissions, WhatOnlyTheNodeCanResolveIsLeftToIt) {
  const std::string config = R"({"image": "x", "cap_add": ["${meta.cap}"], "runtime": "${meta.runtime}"})";
  EXPECT_THAT(asked("docker", config), IsEmpty());
  EXPECT_EQ(needed_permissions("docker", *codec::parse_json(config), ConfigStage::Interpolated).size(), 2u);
}

TEST(Permissions, AreGrantedByTheAttributesOfTheNode) {
  const Permission capability = needs("docker", R"({"cap_add": ["net_admin"]})").front();
  EXPECT_FALSE(capability.granted_by({}));
  EXPECT_FALSE(capability.granted_by({{"driver.docker.allow_caps", "CHOWN,NET_ADMIN_TOO"}}));
  EXPECT_TRUE(capability.granted_by({{"driver.docker.allow_caps", "CHOWN,NET_ADMIN"}}));
  EXPECT_TRUE(capability.granted_by({{"driver.docker.allow_caps", "ALL"}}));
  EXPECT_EQ(capability.remedy(), "docker plugin option allow_caps, which needs NET_ADMIN");
  const Permission privileged = needs("docker", R"({"privileged": "true"})").front();
  EXPECT_TRUE(privileged.granted_by({{"driver.docker.privileged.enabled", "true"}}));
  EXPECT_FALSE(privileged.granted_by({{"driver.docker.privileged.enabled", "false"}}));
  EXPECT_EQ(privileged.remedy(), "docker plugin option allow_privileged");
}

TEST(Permissions, OfJavaAreOptionsOfTheExecPlugin) {
  const Permission mode = needs("java", R"({"pid_mode": "host"})").front();
  EXPECT_TRUE(mode.granted_by({{"driver.java.allow_host_modes", "ipc,pid"}}));
  EXPECT_FALSE(mode.granted_by({{"driver.exec.allow_host_modes", "pid"}}));
  EXPECT_EQ(mode.remedy(), "exec plugin option allow_host_modes, which needs pid");
}

}  // namespace
}  // namespace drover::drivers
