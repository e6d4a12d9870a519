#include "client/tasks/task_events.h"

#include "jobspec/nosana_results.h"

#include <gtest/gtest.h>

namespace drover::client::events {
namespace {

TEST(TaskEvents, TheOldestGo) {
  model::TaskState state;
  for (int64_t i = 0; i < 25; ++i) append(state, make(kRestarting, WallTime{i}, "again"));
  ASSERT_EQ(state.events.size(), model::kMaxTaskEvents);
  EXPECT_EQ(state.events.begin()->time.unix_nanos, 15);
}

TEST(TaskEvents, TheNewestResultsStay) {
  model::TaskState state;
  append(state, make(jobspec::kResultsEvent, WallTime{1}, "", {{"v", "[\"1\"]"}}));
  append(state, make(jobspec::kResultsEvent, WallTime{2}, "", {{"v", "[\"2\"]"}}));
  for (int64_t i = 0; i < 25; ++i) append(state, make(kRestarting, WallTime{100 + i}, "again"));
  ASSERT_EQ(state.events.size(), model::kMaxTaskEvents);
  const auto results = jobspec::results_in(state);
  EXPECT_EQ(*results.find("v")->as_array()->front().as_string(), "2");
}

}  // namespace
}  // namespace drover::client::events
