// The order in which the operations of Nosana's recorded traces start and end
// (facts/nosana-vectors/taskmanager-traces-1.txt), where that order is sane.

#include "client/allocs/task_graph.h"

#include "base/strings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace drover::client {
namespace {

using Condition = model::DependencyCondition;
using Stage = TaskView::Stage;

struct Op {
  std::string id;
  int runs = 50;  // ms
  std::string stage;
  std::vector<model::Dependency> needs = {};
  int exit = 0;
  std::optional<int> healthy_after = 0;  // nothing: its checks never pass
  bool stops_with_them = false;
};

// Runs a group by what plan_tasks says, in ms that do not pass.
class TraceRun {
 public:
  explicit TraceRun(std::vector<Op> ops) : ops_(std::move(ops)) {
    for (const auto& op : ops_) {
      group_.tasks.push_back(
          {.name = op.id, .depends_on = op.needs, .stage = op.stage, .stop_with_dependencies = op.stops_with_them});
      views_[op.id];
    }
  }

  std::string log() {
    for (; now_ <= 2'000; now_ += 10) {
      pass_time();
      follow_orders();
    }
    return log_;
  }

  std::string failed() const {
    std::string out;
    for (const auto& [id, view] : views_) {
      if (view.failed) out += (out.empty() ? "" : " ") + id;
    }
    return out;
  }
  const std::vector<std::string>& reasons() const { return reasons_; }
  std::string never_started() const {
    std::string out;
    for (const auto& [id, view] : views_) {
      if (!view.started) out += (out.empty() ? "" : " ") + id;
    }
    return out;
  }

 private:
  void note(const std::string& what) { log_ += fmt::format("{}{} {}", log_.empty() ? "" : ", ", now_, what); }

  void pass_time() {
    for (const auto& op : ops_) {
      auto& view = views_[op.id];
      if (view.stage != Stage::Active) continue;
      const int age = now_ - started_[op.id];
      view.healthy = op.healthy_after && age >= *op.healthy_after;
      if (view.killed || age >= op.runs) end(op, view);
    }
  }

  void end(const Op& op, TaskView& view) {
    if (!view.killed) note(op.id + (op.exit == 0 ? " ends" : " fails"));
    view = {.stage = Stage::Dead, .started = true, .failed = !view.killed && op.exit != 0, .killed = view.killed};
  }

  void follow_orders() {
    for (;;) {
      const auto orders = plan_tasks(group_, views_, GroupGoal::Run);
      if (orders.empty()) return;
      for (const auto& order : orders) follow(order);
    }
  }

  void follow(const TaskOrder& order) {
    auto& view = views_[order.task];
    switch (order.kind) {
      case TaskOrder::Kind::Start:
        note("+" + order.task);
        view = {.stage = Stage::Active, .running = true, .started = true};
        started_[order.task] = now_;
        return;
      case TaskOrder::Kind::Kill:
        note("-" + order.task);
        reasons_.push_back(order.reason);
        view.killed = true;
        if (view.stage == Stage::Waiting) view.stage = Stage::Dead;
        return;
      case TaskOrder::Kind::Fail:
        reasons_.push_back(order.reason);
        view = {.stage = Stage::Dead, .failed = true};
        return;
    }
  }

  const std::vector<Op> ops_;
  model::TaskGroup group_;
  TaskViews views_;
  std::map<std::string, int> started_;
  std::vector<std::string> reasons_;
  int now_ = 0;
  std::string log_;
};

std::vector<model::Dependency> on(const std::string& tasks, Condition condition = Condition::Started) {
  std::vector<model::Dependency> out;
  for (const auto& task : split(tasks, ' ')) out.push_back({.task = task, .condition = condition});
  return out;
}

TEST(TaskGraphTraces, StagesComeOneAfterTheOtherWhateverBecameOfThem) {
  EXPECT_EQ(TraceRun({{"a", 70, "a"}, {"b", 60, "b"}, {"c", 50, "c"}}).log(),
            "0 +a, 70 a ends, 70 +b, 130 b ends, 130 +c, 180 c ends");
  EXPECT_EQ(TraceRun({{"a", 50, "a", {}, 1}, {"b", 50, "b"}}).log(), "0 +a, 50 a fails, 50 +b, 100 b ends");
}

TEST(TaskGraphTraces, AStageRunsTogetherAlsoWhereItsTasksStandApart) {
  EXPECT_EQ(TraceRun({{"a", 100, "g"}, {"b", 40, "g"}, {"c", 50, "c"}}).log(),
            "0 +a, 0 +b, 40 b ends, 100 a ends, 100 +c, 150 c ends");
  EXPECT_EQ(TraceRun({{"a", 50, "g"}, {"x", 50, "x"}, {"b", 50, "g"}}).log(),
            "0 +a, 0 +b, 50 a ends, 50 b ends, 50 +x, 100 x ends");
}

TEST(TaskGraphTraces, AFailureStopsNobodyBesideIt) {
  EXPECT_EQ(TraceRun({{"a", 50, "g", {}, 3}, {"b", 100, "g"}}).log(), "0 +a, 0 +b, 50 a fails, 100 b ends");
}

TEST(TaskGraphTraces, ADependencyIsOneOnTheStart) {
  EXPECT_EQ(TraceRun({{"a", 200, "g"}, {"b", 50, "g", on("a")}}).log(), "0 +a, 0 +b, 50 b ends, 200 a ends");
}

TEST(TaskGraphTraces, WhatIsNeverHealthyLetsNobodyStartAndSaysSo) {
  TraceRun run({{.id = "a", .runs = 200, .stage = "g", .healthy_after = {}},
                {"b", 50, "g", on("a", Condition::Healthy)},
                {"z", 50, "z"}});
  EXPECT_EQ(run.log(), "0 +a, 200 a ends, 200 +z, 250 z ends");
  EXPECT_EQ(run.never_started(), "b");
  EXPECT_EQ(run.failed(), "b");
  EXPECT_EQ(run.reasons(),
            std::vector<std::string>{"task \"a\" ended before it was healthy, which this task waits for"});
}

TEST(TaskGraphTraces, AFailureBeforeItWasHealthyFailsItsDependentAndLetsTheNextStageRun) {
  TraceRun run({{.id = "a", .runs = 60, .stage = "g", .exit = 1, .healthy_after = {}},
                {"b", 50, "g", on("a", Condition::Healthy)},
                {"z", 50, "z"}});
  EXPECT_EQ(run.log(), "0 +a, 60 a fails, 60 +z, 110 z ends");
  EXPECT_EQ(run.failed(), "a b");
}

// Nosana's nodes start the dependent of several as soon as one is ready, and again for each other.
TEST(TaskGraphTraces, TheDependentOfSeveralStartsOnceWhenAllAreReady) {
  std::vector<model::Dependency> both = on("a", Condition::Healthy);
  both.push_back({.task = "b", .condition = Condition::Started});
  EXPECT_EQ(
      TraceRun({{.id = "a", .runs = 300, .stage = "g", .healthy_after = 100}, {"b", 300, "g"}, {"c", 50, "g", both}})
          .log(),
      "0 +a, 0 +b, 100 +c, 150 c ends, 300 a ends, 300 b ends");
}

TEST(TaskGraphTraces, WhatStopsWithItsDependenciesIsStoppedAtTheirEndAndIsNoFailure) {
  for (const int exit : {0, 3}) {
    TraceRun run({{"bench", 100, "g", {}, exit},
                  {.id = "server", .runs = 1'000, .stage = "g", .needs = on("bench"), .stops_with_them = true},
                  {"next", 50, "next"}});
    EXPECT_EQ(run.log(), fmt::format("0 +bench, 0 +server, 100 bench {}, 100 -server, 110 +next, 160 next ends",
                                     exit == 0 ? "ends" : "fails"));
    EXPECT_EQ(run.failed(), exit == 0 ? "" : "bench");
  }
}

TEST(TaskGraphTraces, WhatStopsWithItsDependenciesIsNotStartedAfterTheirEnd) {
  std::vector<model::Dependency> needs = on("a");
  needs.push_back({.task = "b", .condition = Condition::Healthy});
  TraceRun run({{"a", 50, "g"},
                {.id = "b", .runs = 300, .stage = "g", .healthy_after = 100},
                {.id = "c", .stage = "g", .needs = needs, .stops_with_them = true}});
  EXPECT_EQ(run.log(), "0 +a, 0 +b, 50 a ends, 50 -c, 300 b ends");
  EXPECT_EQ(run.failed(), "");
}

// Of an earlier stage, everything has ended when it starts.
TEST(TaskGraphTraces, WhatOnlyWaitsForAnEndIsNotStoppedByIt) {
  EXPECT_EQ(TraceRun({{"a", 50, "a"},
                      {.id = "b", .stage = "b", .needs = on("a", Condition::Finished), .stops_with_them = true}})
                .log(),
            "0 +a, 50 a ends, 50 +b, 100 b ends");
}

}  // namespace
}  // namespace drover::client
