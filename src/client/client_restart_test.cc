#include "client/client_test_support.h"

#include "sys/files.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>

namespace drover::client {
namespace {

// ---- Restarts of the agent

// cases.md 4
TEST_F(ClientTest, FindsItsTasksAgainAfterARestart) {
  const auto job = make_job(JobType::Service, {shell_task("t", "echo $$ > $NOMAD_TASK_DIR/pid; exec sleep 600")});
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job);
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  const auto before = server.alloc(id).task_states.at("t");
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(server.wait([&] { return server.hellos == 2; }));
  const std::string pid_file = alloc_path(id) + "/t/local/pid";
  ASSERT_TRUE(server.wait([&] { return sys::read_file(pid_file).value_or("").ends_with('\n'); }));
  const auto pid = static_cast<pid_t>(std::stol(*sys::read_file(pid_file)));
  EXPECT_EQ(::kill(pid, 0), 0);
  stop_alloc(id);
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  const auto after = server.alloc(id).task_states.at("t");
  EXPECT_EQ(after.started_at.unix_nanos, before.started_at.unix_nanos);
  EXPECT_EQ(after.restarts, 0u);
  EXPECT_NE(::kill(pid, 0), 0);
}

// cases.md 5
TEST_F(ClientTest, LearnsTheExitCodeOfATaskThatEndedMeanwhile) {
  const auto job =
      make_job(JobType::Batch, {shell_task("t", "until [ -f $NOMAD_TASK_DIR/go ]; do sleep 0.01; done; exit 3")});
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job);
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  ASSERT_TRUE(sys::append_file(alloc_path(id) + "/t/local/go", ""));
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  const auto state = server.alloc(id).task_states.at("t");
  const auto event = std::ranges::find(state.events, "Terminated", &model::TaskEvent::type);
  ASSERT_NE(event, state.events.end());
  EXPECT_EQ(event->details.at("exit_code"), "3");
}

TEST_F(ClientTest, ReportsEndedAllocationsAgainAfterARestart) {
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    server.set_acks(false);
    id = run(make_job(JobType::Batch, {mock_task("t", {})}));
    ASSERT_TRUE(becomes(id, ClientStatus::Complete));
    agent.stop(StopMode::LeaveTasks);
  }
  server.reports.clear();
  TestAgent agent(dir.path(), server);
  EXPECT_TRUE(becomes(id, ClientStatus::Complete));
}

// cases.md 6
TEST_F(ClientTest, ADamagedTaskRecordCostsItsAllocationOnly) {
  const auto job = make_job(JobType::Service, {shell_task("t", "echo $$ > $NOMAD_TASK_DIR/pid; exec sleep 600")});
  model::AllocId damaged;
  model::AllocId good;
  {
    TestAgent agent(dir.path(), server);
    damaged = run(job, 1);
    good = run(job, 2);
    ASSERT_TRUE(becomes(damaged, ClientStatus::Running));
    ASSERT_TRUE(becomes(good, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  const std::string pid_file = alloc_path(damaged) + "/t/local/pid";
  ASSERT_TRUE(server.wait([&] { return sys::read_file(pid_file).value_or("").ends_with('\n'); }));
  const auto pid = static_cast<pid_t>(std::stol(*sys::read_file(pid_file)));
  ASSERT_TRUE(sys::write_file_atomic(dir.path() + "/client/allocs/" + damaged.str() + "/tasks/t/record", "\xff\xff"));
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(becomes(damaged, ClientStatus::Failed));
  EXPECT_TRUE(has_event(server.alloc(damaged).task_states.at("t"), "Failed Restoring Task"));
  EXPECT_TRUE(server.wait([&] { return ::kill(pid, 0) != 0; }));
  EXPECT_TRUE(server.status_is(good, ClientStatus::Running));
}

// cases.md 6
TEST_F(ClientTest, AnAllocationWhoseStateIsGoneFails) {
  const auto job = make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})});
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job);
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  ASSERT_TRUE(sys::write_file_atomic(dir.path() + "/client/allocs/" + id.str() + "/alloc", ""));
  TestAgent agent(dir.path(), server);
  EXPECT_TRUE(becomes(id, ClientStatus::Failed));
}

TEST_F(ClientTest, KeepsTheBackoffOfACrashingTaskAcrossARestart) {
  auto job = make_job(JobType::Service, {mock_task("t", {{"exit_code", 1}})});
  job.task_groups[0].restart = model::RestartPolicy{
      .attempts = 5, .interval = std::chrono::hours(1), .delay = std::chrono::minutes(10), .mode = "delay"};
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job);
    ASSERT_TRUE(server.wait([&] {
      const auto* alloc = server.find(id);
      return alloc && alloc->task_states.at("t").restarts == 1;
    }));
    agent.stop(StopMode::LeaveTasks);
  }
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(server.wait([&] { return server.hellos == 2 && server.heartbeats > 1; }));
  EXPECT_EQ(server.alloc(id).task_states.at("t").restarts, 1u);
}

TEST_F(ClientTest, LeavesNothingBehindInDevMode) {
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(make_job(JobType::Service, {shell_task("t", "echo $$ > $NOMAD_ALLOC_DIR/../../pid; exec sleep 600")}));
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    const std::string pid_file = dir.path() + "/alloc/pid";
    ASSERT_TRUE(server.wait([&] { return sys::read_file(pid_file).value_or("").ends_with('\n'); }));
    agent.stop(StopMode::KillTasks);
    EXPECT_NE(::kill(static_cast<pid_t>(std::stol(*sys::read_file(pid_file))), 0), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(alloc_path(id)));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path() + "/client/allocs"));
}

TEST_F(ClientTest, DoesNotWaitForShutdownDelaysWhenItKillsEverything) {
  auto task = mock_task("t", {{"run_for", "1h"}});
  task.shutdown_delay = std::chrono::hours(1);
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {task}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  agent.stop(StopMode::KillTasks);
  EXPECT_TRUE(server.status_is(id, ClientStatus::Complete));
}

}  // namespace
}  // namespace drover::client
