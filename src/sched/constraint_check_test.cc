#include "sched/constraint_check.h"

#include <gtest/gtest.h>

#include "testutil/builders.h"

namespace drover::sched {
namespace {

model::Node test_node() {
  return drover::testing::make_node("alpha")
      .datacenter("eu")
      .pool("gpu")
      .node_class("large")
      .attribute("kernel.name", "linux")
      .attribute("kernel.version", "5.10.0-rc1")
      .attribute("driver.docker.version", "20.10.7")
      .attribute("unique.hostname", "host-1")
      .attribute("cpu.flags", "sse, avx,avx2")
      .attribute("count", "9")
      .meta("rack", "r1")
      .build();
}

bool holds(const std::string& left, const std::string& operand, const std::string& right) {
  return ConstraintCheck({left, right, operand}).matches(test_node());
}

TEST(ConstraintCheck, ComparesForEquality) {
  for (const char* operand : {"=", "==", "is"}) {
    EXPECT_TRUE(holds("${attr.kernel.name}", operand, "linux"));
    EXPECT_FALSE(holds("${attr.kernel.name}", operand, "Linux"));
    EXPECT_FALSE(holds("${attr.none}", operand, "linux"));
  }
  for (const char* operand : {"!=", "not"}) {
    EXPECT_FALSE(holds("${attr.kernel.name}", operand, "linux"));
    EXPECT_TRUE(holds("${attr.kernel.name}", operand, "windows"));
    EXPECT_TRUE(holds("${attr.none}", operand, "linux"));
  }
}

TEST(ConstraintCheck, BothSidesMayBeProperties) {
  EXPECT_TRUE(holds("${meta.rack}", "=", "${meta.rack}"));
  EXPECT_FALSE(holds("${meta.rack}", "=", "${attr.kernel.name}"));
  EXPECT_TRUE(holds("linux", "regexp", "${attr.kernel.name}"));
  EXPECT_TRUE(holds("20.10.7", "version", "${attr.driver.docker.version}"));
}

TEST(ConstraintCheck, OrdersAsText) {
  EXPECT_TRUE(holds("${meta.rack}", "<", "r2"));
  EXPECT_TRUE(holds("${meta.rack}", "<=", "r1"));
  EXPECT_FALSE(holds("${meta.rack}", ">", "r1"));
  EXPECT_TRUE(holds("${meta.rack}", ">=", "r1"));
  EXPECT_TRUE(holds("${attr.count}", ">", "10"));  // not as numbers: design.md section 7
  EXPECT_FALSE(holds("${meta.none}", "<", "z"));
}

TEST(ConstraintCheck, MatchesRegularExpressionsAnywhere) {
  EXPECT_TRUE(holds("${attr.kernel.version}", "regexp", "^5\\.1[0-9]"));
  EXPECT_TRUE(holds("${attr.kernel.version}", "regexp", "rc"));
  EXPECT_FALSE(holds("${attr.kernel.version}", "regexp", "^4"));
  EXPECT_FALSE(holds("${attr.kernel.version}", "regexp", "("));
  EXPECT_FALSE(holds("${attr.none}", "regexp", ".*"));
}

TEST(ConstraintCheck, ComparesVersions) {
  EXPECT_TRUE(holds("${attr.driver.docker.version}", "version", ">= 19, < 21"));
  EXPECT_FALSE(holds("${attr.driver.docker.version}", "version", "> 20.10.7"));
  EXPECT_FALSE(holds("${attr.kernel.version}", "version", ">= 5"));  // a prerelease of another version
  EXPECT_TRUE(holds("${attr.kernel.version}", "semver", ">= 5.9.0"));
  EXPECT_FALSE(holds("${attr.kernel.name}", "version", ">= 1"));
  EXPECT_FALSE(holds("${attr.driver.docker.version}", "version", "no version"));
}

TEST(ConstraintCheck, LooksIntoLists) {
  EXPECT_TRUE(holds("${attr.cpu.flags}", "set_contains", "avx"));
  EXPECT_TRUE(holds("${attr.cpu.flags}", "set_contains_all", "avx2, sse"));
  EXPECT_FALSE(holds("${attr.cpu.flags}", "set_contains", "avx,avx512"));
  EXPECT_TRUE(holds("${attr.cpu.flags}", "set_contains_any", "avx512,sse"));
  EXPECT_FALSE(holds("${attr.cpu.flags}", "set_contains_any", "avx512"));
  EXPECT_FALSE(holds("${attr.none}", "set_contains", "avx"));
}

TEST(ConstraintCheck, AsksWhetherAPropertyIsThere) {
  EXPECT_TRUE(holds("${meta.rack}", "is_set", ""));
  EXPECT_FALSE(holds("${meta.none}", "is_set", ""));
  EXPECT_FALSE(holds("${meta.rack}", "is_not_set", ""));
  EXPECT_TRUE(holds("${meta.none}", "is_not_set", ""));
}

TEST(ConstraintCheck, IsNamedAsItIsWritten) {
  EXPECT_EQ(ConstraintCheck({"${meta.rack}", "r1", "!="}).name(), "${meta.rack} != r1");
}

TEST(ConstraintCheck, OnlyUniquePropertiesEscapeTheClass) {
  EXPECT_TRUE(ConstraintCheck({"${node.unique.name}", "alpha", "="}).escapes());
  EXPECT_TRUE(ConstraintCheck({"alpha", "${attr.unique.hostname}", "="}).escapes());
  EXPECT_TRUE(ConstraintCheck({"${meta.unique.tag}", "x", "="}).escapes());
  EXPECT_FALSE(ConstraintCheck({"${meta.rack}", "unique.", "="}).escapes());
  EXPECT_FALSE(ConstraintCheck({"${node.class}", "large", "="}).escapes());
}

}  // namespace
}  // namespace drover::sched
