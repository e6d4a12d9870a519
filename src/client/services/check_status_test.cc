#include "client/services/check_status.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

std::string after(CheckStatus& status, std::initializer_list<const char*> results) {
  for (const char* result : results) status.on_result(result);
  return status.status();
}

TEST(CheckStatus, BeginsAsTheJobSays) {
  EXPECT_EQ(CheckStatus({}).status(), "critical");
  EXPECT_EQ(CheckStatus({.initial_status = "passing"}).status(), "passing");
}

TEST(CheckStatus, IsWhatTheLastResultWasWithoutThresholds) {
  CheckStatus status({});
  for (const char* result : {"passing", "warning", "critical", "passing"}) EXPECT_EQ(status.on_result(result), result);
}

TEST(CheckStatus, NeedsSoManySuccessesInARowToPass) {
  CheckStatus status({.success_before_passing = 3});
  EXPECT_EQ(after(status, {"passing", "passing", "critical", "passing", "passing"}), "critical");
  EXPECT_EQ(after(status, {"passing"}), "passing");
}

TEST(CheckStatus, NeedsSoManyFailuresInARowToBeCritical) {
  CheckStatus status({.initial_status = "passing", .failures_before_critical = 3});
  EXPECT_EQ(after(status, {"critical", "critical", "passing", "critical", "critical"}), "passing");
  EXPECT_EQ(after(status, {"critical"}), "critical");
}

TEST(CheckStatus, WarnsBeforeItIsCritical) {
  CheckStatus status({.initial_status = "passing", .failures_before_critical = 3, .failures_before_warning = 2});
  EXPECT_EQ(after(status, {"critical"}), "passing");
  EXPECT_EQ(after(status, {"critical"}), "warning");
  EXPECT_EQ(after(status, {"critical"}), "critical");
}

}  // namespace
}  // namespace drover::client
