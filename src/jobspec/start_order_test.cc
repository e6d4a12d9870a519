#include "jobspec/start_order.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

// An operation of the recorded traces (facts/nosana-vectors/taskmanager-traces-1.txt): how long it runs, whether it
// fails, and whether its checks ever pass.
struct Op {
  std::string id;
  int runs = 50;
  std::string execution = {};
  std::string expose = {};
  bool fails = false;
};

std::string definition_of(const std::vector<Op>& ops) {
  std::string text;
  for (const Op& op : ops) {
    text += fmt::format(R"({}{{"type": "container/run", "id": "{}", "args": {{"image": "x"{}}}{}}})",
                        text.empty() ? "" : ",", op.id, op.expose.empty() ? "" : R"(, "expose": )" + op.expose,
                        op.execution.empty() ? "" : R"(, "execution": )" + op.execution);
  }
  return fmt::format(R"({{"version": "0.1", "type": "container", "ops": [{}]}})", text);
}

// "0 a, 50 b": when tasks start, if a task that runs is never found healthy unless it has no checks.
std::string starts_of(const std::vector<Op>& ops) {
  const Outcome out = outcome_of(definition_of(ops), Purpose::Validate);
  if (!out.accepted) return out.all;
  const model::TaskGroup& group = out.job.task_groups.at(0);
  std::vector<TaskProgress> progress(ops.size(), TaskProgress::Waiting);
  std::map<size_t, int> ends;
  std::string log;
  for (int now = 0; now < 10'000;) {
    const StartDecision decision = decide_starts(group, progress);
    for (const size_t i : decision.start) {
      log += fmt::format("{}{} {}", log.empty() ? "" : ", ", now, group.tasks[i].name);
      progress[i] = ops[i].expose.empty() ? TaskProgress::Healthy : TaskProgress::Running;
      ends[i] = now + ops[i].runs;
    }
    if (!decision.start.empty()) continue;
    if (ends.empty()) break;
    now = std::ranges::min_element(ends, {}, [](const auto& end) { return end.second; })->second;
    std::erase_if(ends, [&](const auto& end) {
      if (end.second != now) return false;
      progress[end.first] = ops[end.first].fails ? TaskProgress::Failed : TaskProgress::Succeeded;
      return true;
    });
  }
  return log;
}

constexpr const char* kChecked = R"([{"port": 80, "health_checks": [{"type": "http", "path": "/", "method": "GET",
                                      "expected_status": 200, "continuous": false}]}])";

TEST(StartOrder, IsTheRecordedOne) {
  EXPECT_EQ(starts_of({{"a", 70}, {"b", 60}, {"c"}}), "0 a, 70 b, 130 c");
  EXPECT_EQ(starts_of({{.id = "a", .fails = true}, {"b"}}), "0 a, 50 b");
  const std::string g = R"({"group": "g"})";
  EXPECT_EQ(starts_of({{"a", 100, g}, {"b", 40, g}, {"c"}}), "0 a, 0 b, 100 c");
  EXPECT_EQ(starts_of({{"a", 50, g}, {"x"}, {"b", 50, g}}), "0 a, 0 b, 50 x");  // interleaved
  const std::string on_a = R"({"group": "g", "depends_on": ["a"]})";
  EXPECT_EQ(starts_of({{"a", 200, g}, {"b", 50, on_a}}), "0 a, 0 b");  // started, not finished
  EXPECT_EQ(starts_of({{"a", 200, g, kChecked}, {"b", 50, on_a}}), "0 a");
  EXPECT_EQ(starts_of({{"a", 60, g, kChecked, true}, {"b", 50, on_a}, {"z"}}), "0 a, 60 z");
  EXPECT_EQ(
      starts_of({{"a", 300, g, kChecked}, {"b", 300, g}, {"c", 50, R"({"group": "g", "depends_on": ["a", "b"]})"}}),
      "0 a, 0 b");
}

// Where the traces show a defect: b never starts; b starts twice.
TEST(StartOrder, IsSaneWhereNosanasIsNot) {
  const std::string g = R"({"group": "g"})";
  EXPECT_EQ(starts_of({{"a", 150, g, "80"}, {"b", 50, R"({"group": "g", "depends_on": ["a"]})"}}), "0 a, 0 b");
  EXPECT_EQ(starts_of({{"a"}, {"b", 50, R"({"depends_on": ["a"]})"}}), "0 a, 0 b");
}

TEST(StartOrder, ImpossiblePlansAreRefusedInNosanasWords) {
  const auto plan = [](const std::string& a, const std::string& b) { return starts_of({{"a", 50, a}, {"b", 50, b}}); };
  EXPECT_NE(plan(R"({"group": "g"})", R"({"group": "h", "depends_on": ["a"]})")
                .find("Invalid dependency: 'b' in group 'h' depends on 'a' in group 'g'"),
            std::string::npos);
  EXPECT_NE(plan(R"({"depends_on": ["a"]})", "").find("Operation 'a' cannot depend on itself."), std::string::npos);
  EXPECT_NE(plan(R"({"depends_on": ["zz"]})", "").find("Operation 'a' depends on non existent op 'zz'."),
            std::string::npos);
  EXPECT_NE(starts_of({{"a"}, {"a"}}).find("Duplicate operation IDs found: a"), std::string::npos);
  EXPECT_NE(
      plan(R"({"group": "g", "depends_on": ["b"]})", R"({"group": "g", "depends_on": ["a"]})").find("can never start"),
      std::string::npos);
}

}  // namespace
}  // namespace drover::jobspec
