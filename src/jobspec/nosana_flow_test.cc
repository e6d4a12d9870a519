#include "jobspec/nosana_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using model::TaskStateKind;

constexpr const char* kDefinition = R"({"version": "0.1", "type": "container", "ops": [
    {"type": "container/run", "id": "a b", "args": {"image": "x"}},
    {"type": "container/run", "id": "c", "args": {"image": "x"}, "execution": {"group": "g"}}]})";

WallTime at(int64_t ms) {
  return {ms * 1'000'000};
}

struct Fixture {
  model::Job job = outcome_of(kDefinition, Purpose::Validate, "JOB.json").job;
  model::Allocation alloc;

  Fixture() {
    alloc.create_time = at(1000);
    alloc.client_status = model::ClientStatus::Running;
  }
  model::TaskState& task(const std::string& name) { return alloc.task_states[name]; }
  void end(const std::string& name, const std::string& code, bool failed = false) {
    auto& state = task(name);
    state = {.state = TaskStateKind::Dead, .failed = failed, .started_at = at(1100), .finished_at = at(1200)};
    state.events.push_back(
        {.type = "Terminated", .details = std::map<std::string, std::string>{{"exit_code", code}, {"signal", "0"}}});
  }
  codec::Value flow() const { return nosana_flow_state({.job = job, .alloc = &alloc}); }
  codec::Value op(size_t i) const { return flow().find("opStates")->as_array()->at(i); }
};

std::string text(const codec::Value& value, const char* key) {
  const auto* member = value.find(key);
  return member ? codec::dump(*member) : "-";
}

TEST(NosanaFlow, BeforeItIsPlacedNothingHasBegun) {
  Fixture f;
  const auto flow = nosana_flow_state({.job = f.job});
  EXPECT_EQ(text(flow, "status"), R"("init")");
  EXPECT_EQ(text(flow, "endTime"), "null");
  EXPECT_EQ(text(flow.find("opStates")->as_array()->at(0), "status"), R"("init")");
}

TEST(NosanaFlow, OperationsHaveTheirIdsGroupsTimesAndCodes) {
  Fixture f;
  f.end("a-b", "0");
  f.task("c") = {.state = TaskStateKind::Running, .started_at = at(1300)};
  EXPECT_EQ(text(f.flow(), "status"), R"("running")");
  EXPECT_EQ(text(f.op(0), "operationId"), R"("a b")");
  EXPECT_EQ(text(f.op(0), "group"), R"("a b")");
  EXPECT_EQ(text(f.op(0), "status"), R"("success")");
  EXPECT_EQ(text(f.op(0), "startTime") + text(f.op(0), "endTime") + text(f.op(0), "exitCode"), "110012000");
  EXPECT_EQ(text(f.op(1), "group"), R"("g")");
  EXPECT_EQ(text(f.op(1), "status"), R"("running")");
  EXPECT_EQ(text(f.op(1), "exitCode"), "null");
}

// As on Nosana's nodes: who asks the flow is told of a success, who asks the operations of the failure.
TEST(NosanaFlow, AFailedOperationDoesNotFailTheFlow) {
  Fixture f;
  f.end("a-b", "3", true);
  f.end("c", "0");
  f.alloc.client_status = model::ClientStatus::Failed;
  EXPECT_EQ(text(f.flow(), "status"), R"("success")");
  EXPECT_EQ(text(f.op(0), "status") + text(f.op(0), "exitCode"), R"("failed"3)");
}

TEST(NosanaFlow, WhatCouldNotStartSaysWhyInErrorsAndLog) {
  Fixture f;
  auto& state = f.task("a-b");
  state = {.state = TaskStateKind::Dead, .failed = true, .finished_at = at(1200)};
  state.events.push_back({.type = "Driver Failure", .display_message = "no such image: x"});
  EXPECT_EQ(text(f.op(0), "errors"), R"([{"event":"image-pull-error","message":"no such image: x","code":404}])");
  EXPECT_THAT(text(f.op(0), "logs"), testing::HasSubstr(R"("type":"nodeerr","log":"no such image: x")"));
  EXPECT_EQ(text(f.op(0), "exitCode"), "2");
  EXPECT_EQ(text(f.op(0), "startTime"), "null");
}

TEST(NosanaFlow, AResourceThatCannotBeFetchedIsAResourceError) {
  Fixture f;
  f.task("a-b") = {.state = TaskStateKind::Dead, .failed = true, .finished_at = at(1200)};
  f.task("a-b").events = {{.type = "Failed Asset Download", .display_message = "HF org/model: no such repository"},
                          {.type = "Not Restarting", .display_message = "exceeded"}};
  const auto errors = text(f.op(0), "errors");
  EXPECT_EQ(errors, R"([{"event":"resource-error","message":"HF org/model: no such repository"}])");
}

TEST(NosanaFlow, IsNotOverBeforeItsLastOperation) {
  Fixture f;
  f.task("a-b") = {.state = TaskStateKind::Running, .started_at = at(1100)};
  f.job.stop = true;
  f.alloc.desired_status = model::DesiredStatus::Stop;
  EXPECT_EQ(text(f.flow(), "status"), R"("running")");
  f.end("a-b", "0");
  f.alloc.client_status = model::ClientStatus::Complete;
  EXPECT_EQ(text(f.flow(), "status"), R"("stopped")");
}

TEST(NosanaFlow, StoppedAndExpiredAreToldApart) {
  Fixture f;
  f.end("a-b", "143");
  f.task("a-b").events.push_back({.type = "Killed"});
  f.alloc.client_status = model::ClientStatus::Complete;
  f.alloc.desired_status = model::DesiredStatus::Stop;
  f.job.stop = true;
  EXPECT_EQ(text(f.flow(), "status") + text(f.op(0), "status"), R"("stopped""stopped")");
  f.job.stop_reason = model::kExpired;
  EXPECT_EQ(text(f.flow(), "status") + text(f.op(0), "status"), R"("success""success")");
  EXPECT_THAT(text(f.op(0), "diagnostics"), testing::HasSubstr(R"("jobExpired":true)"));
}

TEST(NosanaFlow, TheOldestLinesAreDropped) {
  Fixture f;
  f.end("a-b", "0");
  FlowInputs in{.job = f.job, .alloc = &f.alloc};
  for (size_t i = 0; i < kMaxFlowLines + 2; ++i)
    in.logs["a-b"].push_back({.stream = "stdout", .text = std::to_string(i)});
  const auto flow = nosana_flow_state(in);
  const auto& logs = *flow.find("opStates")->as_array()->at(0).find("logs")->as_array();
  EXPECT_EQ(logs.size(), kMaxFlowLines);
  EXPECT_EQ(text(logs.front(), "log"), R"("2")");
}

TEST(NosanaFlow, LinesHaveTheirTimesWhereTheyAreKnown) {
  Fixture f;
  f.end("a-b", "0");
  const auto flow = nosana_flow_state(
      {.job = f.job, .alloc = &f.alloc, .logs = {{"a-b", {{"stdout", "one", at(1234)}, {"stderr", "two", {}}}}}});
  EXPECT_EQ(text(flow.find("opStates")->as_array()->at(0), "logs"),
            R"([{"type":"stdout","log":"one","timestamp":"1970-01-01T00:00:01.234Z"},{"type":"stderr","log":"two"}])");
}

TEST(NosanaFlow, ResultsAndEndpointsAreThere) {
  Fixture f;
  f.task("a-b") = {.state = TaskStateKind::Running, .started_at = at(1300)};
  f.task("a-b").events.push_back(
      {.type = "Results", .details = std::map<std::string, std::string>{{"v", R"(["42",null])"}}});
  EXPECT_EQ(text(f.op(0), "results"), R"({"v":["42",null]})");
  const auto flow = nosana_flow_state(
      {.job = f.job,
       .alloc = &f.alloc,
       .endpoints = {{.id = "ID", .op = "c", .port = "80", .url = "https://ID.x", .status = "ONLINE"}}});
  EXPECT_EQ(text(flow, "secrets"),
            R"({"urlmode":"public","JOB":{"ID":{"opID":"c","port":"80","url":"https://ID.x","status":"ONLINE"}}})");
}

TEST(NosanaFlow, AGroupHasItsTurnUntilAllOfItHasEnded) {
  Fixture f;
  f.job = outcome_of(R"({"version": "0.1", "type": "container", "ops": [
      {"type": "container/run", "id": "a", "args": {"image": "x"}, "execution": {"group": "g"}},
      {"type": "container/run", "id": "x", "args": {"image": "x"}},
      {"type": "container/run", "id": "b", "args": {"image": "x"}, "execution": {"group": "g"}}]})",
                     Purpose::Validate, "JOB.json")
              .job;
  EXPECT_EQ(flow_current_group(f.job, nullptr), "g");
  EXPECT_FALSE(flow_group_active(f.job, nullptr, "g"));
  f.end("a", "0");
  EXPECT_EQ(flow_current_group(f.job, &f.alloc), "g");
  EXPECT_TRUE(flow_group_active(f.job, &f.alloc, "g"));
  EXPECT_FALSE(flow_group_active(f.job, &f.alloc, "x"));
  f.end("b", "0");
  EXPECT_EQ(flow_current_group(f.job, &f.alloc), "x");
  f.end("x", "0");
  f.alloc.client_status = model::ClientStatus::Complete;
  EXPECT_EQ(flow_current_group(f.job, &f.alloc), "");
}

TEST(NosanaFlow, WhatWasStoppedAndBegunAnewIsJudgedByItsNewRun) {
  Fixture f;
  auto& state = f.task("a-b");
  state = {.state = TaskStateKind::Dead, .finished_at = at(1200)};
  state.events.push_back({.type = "Killed"});
  EXPECT_EQ(text(f.op(0), "status"), R"("stopped")");
  state.events.push_back({.type = "Restart Signaled"});
  state.state = TaskStateKind::Pending;
  EXPECT_EQ(flow_progress(f.job, &f.alloc, *f.job.task_groups[0].find_task("a-b")), "restarting");
  state.events.push_back({.type = "Started"});
  state.state = TaskStateKind::Running;
  state.started_at = at(1100);
  EXPECT_EQ(flow_progress(f.job, &f.alloc, *f.job.task_groups[0].find_task("a-b")), "running");
  state.state = TaskStateKind::Dead;
  EXPECT_EQ(text(f.op(0), "status"), R"("success")");
}

}  // namespace
}  // namespace drover::jobspec
