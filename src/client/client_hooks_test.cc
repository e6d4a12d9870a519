#include "client/client_test_support.h"

#include "sys/files.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

namespace drover::client {
namespace {

// ---- Lifecycle hooks

// A poststart task starts once the main task is a process: which of them writes first is chance.
auto in_order() {
  return ::testing::AnyOf("before\nmain\nafter\nlast\n", "before\nafter\nmain\nlast\n");
}

TEST_F(ClientTest, RunsHooksAroundItsMainTasks) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {noting("main",
                                                       "while ! grep -q after \"$NOMAD_ALLOC_DIR/data/order\"; "
                                                       "do sleep 0.01; done"),
                                                hook(noting("before"), "prestart"), hook(noting("after"), "poststart"),
                                                hook(shell_task("beside", "exec sleep 600"), "prestart", true),
                                                hook(noting("last"), "poststop")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_THAT(*sys::read_file(alloc_path(id) + "/alloc/data/order"), in_order());
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("beside"), "Main Tasks Dead"));
}

TEST_F(ClientTest, AFailingPrestartTaskFailsTheAllocation) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {noting("main"), hook(noting("before", "exit 3"), "prestart")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_EQ(*sys::read_file(alloc_path(id) + "/alloc/data/order"), "before\n");
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("main"), "Sibling Task Failed"));
}

TEST_F(ClientTest, RunsPoststopTasksWhenItIsStopped) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {noting("main", "exec sleep 600"), hook(noting("last"), "poststop")}));
  ASSERT_TRUE(server.wait([&] {
    const auto* alloc = server.find(id);
    return alloc && alloc->task_states.at("main").state == model::TaskStateKind::Running;
  }));
  stop_alloc(id);
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("last"), "Started"));
}

TEST_F(ClientTest, ASidecarOfABatchJobIsRestartedWhenItEnds) {
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Batch, {mock_task("main", {{"run_for", "1h"}}),
                                       hook(mock_task("beside", {{"run_for", "5ms"}}), "poststart", true)});
  job.task_groups[0].restart = model::RestartPolicy{
      .attempts = 3, .interval = std::chrono::hours(1), .delay = std::chrono::milliseconds(5), .mode = "fail"};
  const auto id = run(job);
  ASSERT_TRUE(server.wait([&] {
    const auto* alloc = server.find(id);
    return alloc && alloc->task_states.at("beside").restarts >= 2;
  }));
}

// Processes that work below a directory.
std::vector<std::string> processes_below(const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::error_code error;
    const auto cwd = std::filesystem::read_symlink(entry.path() / "cwd", error);
    if (!error && cwd.string().starts_with(directory)) out.push_back(entry.path().filename());
  }
  return out;
}

// cases.md 10
TEST_F(ClientTest, LeavesNothingBehindWhenItIsStoppedWhileTasksStart) {
  auto crashing = make_job(JobType::Service, {mock_task("t", {{"run_for", "1ms"}, {"exit_code", 1}})});
  crashing.id = "crashing";
  crashing.task_groups[0].restart = model::RestartPolicy{
      .attempts = 1000, .interval = std::chrono::hours(1), .delay = std::chrono::milliseconds(1), .mode = "fail"};
  const auto hooked = make_job(JobType::Service, {noting("main", "exec sleep 600"), hook(noting("before"), "prestart"),
                                                  hook(noting("last"), "poststop")});
  TestAgent agent(dir.path(), server);
  for (uint64_t n = 1; n <= 30; ++n) run(n % 2 == 0 ? crashing : hooked, n);
  ASSERT_TRUE(server.wait([&] { return server.reports.size() >= 10; }));
  agent.stop(StopMode::KillTasks);
  EXPECT_THAT(processes_below(dir.path()), ::testing::IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(dir.path() + "/alloc"));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path() + "/client/allocs"));
  EXPECT_THAT(*sys::read_file("/proc/mounts"), ::testing::Not(::testing::HasSubstr(dir.path())));
}

// Each life of the agent ends in another phase of the allocation.
TEST_F(ClientTest, GoesOnWithHooksWhereAnEarlierAgentLeftOff) {
  const auto gate = [](const std::string& name) {
    return noting(name, "while ! [ -e \"$NOMAD_ALLOC_DIR/data/go-" + name + "\" ]; do sleep 0.01; done");
  };
  const auto running = [&](model::AllocId id, const char* task) {
    return server.wait([&] {
      const auto* alloc = server.find(id);
      return alloc && alloc->task_states.at(task).state == model::TaskStateKind::Running;
    });
  };
  const auto let_end = [&](model::AllocId id, const std::string& name) {
    std::ofstream(alloc_path(id) + "/alloc/data/go-" + name);
  };
  std::optional<TestAgent> agent;
  agent.emplace(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {gate("main"), hook(gate("before"), "prestart"),
                                                hook(gate("after"), "poststart"), hook(gate("last"), "poststop")}));
  for (const char* task : {"before", "main", "last"}) {
    ASSERT_TRUE(running(id, task)) << task;
    agent->stop(StopMode::LeaveTasks);
    agent.emplace(dir.path(), server);
    if (std::string(task) == "main") let_end(id, "after");
    let_end(id, task);
  }
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_THAT(*sys::read_file(alloc_path(id) + "/alloc/data/order"), in_order());
}

}  // namespace
}  // namespace drover::client
