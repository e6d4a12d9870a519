#include "drivers/raw_exec/raw_exec_driver.h"

#include "drivers/test_support.h"
#include "sys/process.h"

#include <csignal>

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using ::testing::HasSubstr;
using testing::json;

class RawExecTest : public testing::DriverTest {
 protected:
  RawExecTest() {
    ::signal(SIGPIPE, SIG_IGN);
    restart_driver({.enabled = true});
  }
  ~RawExecTest() override {
    for (auto& task : tasks_) EXPECT_TRUE(run(task->destroy()));
  }

  void restart_driver(RawExecOptions options) {
    const auto shared = ProcessShared::create(context(), {.parent = "drover-drivers-test"});
    CHECK(shared, "what processes need");
    driver_ = std::make_unique<RawExecDriver>(*shared, options);
  }
  void restart_agent() {
    forget_tasks();
    restart_driver({.enabled = true});
  }

  TaskConfig shell(const std::string& script) {
    return task_config("t", codec::Value::Object{{"command", "sh"}, {"args", codec::Value::Array{"-c", script}}});
  }
  RunningTask& started(TaskConfig config) {
    const auto task = start(std::move(config));
    CHECK(task, task ? "" : task.error().message().c_str());
    return **task;
  }
  bool printed(const std::string& text) {
    return eventually([&] { return log_text("t", "stdout").find(text) != std::string::npos; });
  }
  static pid_t task_pid(const RunningTask& task) {
    return static_cast<pid_t>(*task.handle().state.find("TaskPID")->as_int());
  }
};

TEST_F(RawExecTest, ReportsTheExitCodeAndKeepsTheOutput) {
  auto& task = started(shell("echo out; echo err >&2; exit 7"));
  const auto exit = run(task.wait());
  EXPECT_EQ(exit.exit_code, 7);
  EXPECT_EQ(exit.error, "");
  EXPECT_EQ(log_text("t", "stdout"), "out\n");
  EXPECT_EQ(log_text("t", "stderr"), "err\n");
}

TEST_F(RawExecTest, ReportsTheSignalThatKilledIt) {
  EXPECT_EQ(run(started(shell("kill -TERM $$")).wait()).signal, SIGTERM);
}

TEST_F(RawExecTest, GivesTheTaskItsEnvironmentAndDirectory) {
  auto config = shell("pwd; echo $NAME; env | wc -l");
  config.env = {{"PATH", "/usr/bin:/bin"}, {"NAME", "a b"}};
  run(started(config).wait());
  EXPECT_THAT(log_text("t", "stdout"), HasSubstr(root_ + "/t\na b\n"));
}

TEST_F(RawExecTest, RunsAProgramOfTheTaskDirectory) {
  auto config = task_config("t", json(R"({"command": "local/run.sh"})"));
  ASSERT_TRUE(sys::write_file_atomic(config.dirs.local + "/run.sh", "#!/bin/sh\nexit 5\n", 0755));
  EXPECT_EQ(run(started(config).wait()).exit_code, 5);
}

TEST_F(RawExecTest, SaysWhenThereIsNoSuchProgram) {
  const auto task = start(task_config("t", json(R"({"command": "no-such-program"})")));
  ASSERT_FALSE(task);
  EXPECT_THAT(task.error().message(), HasSubstr("no-such-program"));
  EXPECT_FALSE(is_recoverable(task.error()));
}

// cases.md 58
TEST_F(RawExecTest, IsRefusedWhenDisabled) {
  restart_driver({.enabled = false});
  const auto task = start(shell("true"));
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code(), ErrorCode::PermissionDenied);
  EXPECT_THAT(task.error().message(), HasSubstr("raw_exec driver is disabled"));
  EXPECT_FALSE(run(driver_->fingerprint()).detected);
}

TEST_F(RawExecTest, StopsByTheSignalAskedFor) {
  auto& task = started(shell("trap 'echo bye; exit 0' USR1; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(printed("ready"));
  EXPECT_TRUE(run(task.stop({.signal = "SIGUSR1", .timeout = std::chrono::seconds(20)})));
  EXPECT_EQ(run(task.wait()).exit_code, 0);
  EXPECT_THAT(log_text("t", "stdout"), HasSubstr("bye"));
}

TEST_F(RawExecTest, KillsEverythingWhenTheSignalIsIgnored) {
  auto& task = started(shell("trap '' INT; setsid sleep 1000 & echo $!; while :; do sleep 0.01; done"));
  ASSERT_TRUE(printed("\n"));
  const auto child = static_cast<pid_t>(std::stol(log_text("t", "stdout")));
  EXPECT_TRUE(run(task.stop({.timeout = std::chrono::milliseconds(50)})));
  EXPECT_EQ(run(task.wait()).signal, SIGKILL);
  EXPECT_TRUE(eventually([&] { return ::kill(child, 0) != 0; }));
}

TEST_F(RawExecTest, SignalsTheTask) {
  auto& task = started(shell("trap 'echo hup' HUP; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(printed("ready"));
  EXPECT_TRUE(run(task.signal("SIGHUP")));
  EXPECT_TRUE(printed("hup"));
  EXPECT_FALSE(run(task.signal("SIGNONSENSE")));
}

TEST_F(RawExecTest, FindsARunningTaskAgainAfterARestart) {
  auto& task = started(shell("while [ ! -e local/go ]; do sleep 0.01; done; echo done; exit 6"));
  const auto handle = task.handle();
  const auto pid = task_pid(task);
  restart_agent();
  const auto again = recover(handle);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(task_pid(**again), pid);
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/t/local/go", ""));
  EXPECT_EQ(run((*again)->wait()).exit_code, 6);
  EXPECT_EQ(log_text("t", "stdout"), "done\n");
}

TEST_F(RawExecTest, ReportsTheExitOfATaskThatEndedWhileTheAgentWasAway) {
  auto& task = started(shell("while [ ! -e local/go ]; do sleep 0.01; done; exit 8"));
  const auto handle = task.handle();
  restart_agent();
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/t/local/go", ""));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(root_ + "/state/t.exit"); }));
  const auto again = recover(handle);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(run((*again)->wait()).exit_code, 8);
}

TEST_F(RawExecTest, AdoptsATaskWhoseHandleWasNeverKept) {
  auto& task = started(shell("sleep 1000"));
  const auto pid = task_pid(task);
  restart_agent();
  EXPECT_EQ(task_pid(started(shell("sleep 1000"))), pid);
}

TEST_F(RawExecTest, TellsWhenATaskIsLostForGood) {
  auto& task = started(shell("exit 0"));
  auto handle = task.handle();
  run(task.wait());
  handle.state.set("BootID", "another boot");
  std::filesystem::remove_all(root_ + "/state");
  const auto again = recover(handle);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::NotFound);
}

TEST_F(RawExecTest, RotatesLogs) {
  auto config = shell("i=0; while [ $i -lt 100 ]; do echo 123456789; i=$((i+1)); done");
  config.logs = {.max_files = 2, .max_file_bytes = 100};
  run(started(config).wait());
  size_t files = 0, bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(config.dirs.logs)) {
    if (!entry.path().filename().string().starts_with("t.stdout.")) continue;
    files++;
    bytes += entry.file_size();
  }
  EXPECT_EQ(files, 2u);
  EXPECT_LE(bytes, 200u);
}

TEST_F(RawExecTest, RunsCommandsBesideTheTask) {
  auto config = shell("sleep 1000");
  config.env["NAME"] = "value";
  auto& task = started(config);
  const auto result = run(task.exec({.argv = {"sh", "-c", "echo $NAME; pwd; exit 3"}}));
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->output, "value\n" + root_ + "/t\n");
}

TEST_F(RawExecTest, EndsCommandsAfterTheirTimeout) {
  auto& task = started(shell("sleep 1000"));
  const auto result = run(task.exec({.argv = {"sleep", "1000"}, .timeout = std::chrono::milliseconds(50)}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::DeadlineExceeded);
}

TEST_F(RawExecTest, HasStatistics) {
  auto& task = started(shell("echo ready; sleep 1000"));
  ASSERT_TRUE(printed("ready"));
  const auto stats = run(task.stats());
  ASSERT_TRUE(stats);
  EXPECT_TRUE(stats->memory_rss_bytes || stats->memory_usage_bytes);
}

TEST_F(RawExecTest, NeverRunsATaskTwiceWhoseEndNobodySaw) {
  const auto pid = task_pid(started(shell("echo once; exit 4")));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(root_ + "/state/t.exit"); }));
  restart_agent();
  auto& again = started(shell("echo twice"));
  EXPECT_EQ(task_pid(again), pid);
  EXPECT_EQ(run(again.wait()).exit_code, 4);
  EXPECT_EQ(log_text("t", "stdout"), "once\n");
  EXPECT_TRUE(run(again.destroy()));
  EXPECT_NE(task_pid(started(shell("exit 0"))), pid) << "its end was seen: this is a restart";
}

TEST_F(RawExecTest, TalksWithACommand) {
  auto& task = started(shell("sleep 1000"));
  auto session = run(task.open_session({.argv = {"sh", "-c", "read line; echo got $line; exit 3"}}));
  ASSERT_TRUE(session) << session.error().message();
  EXPECT_FALSE(run((*session)->resize({})));
  EXPECT_TRUE(run((*session)->write("hello\n")));
  const auto output = run((*session)->read());
  ASSERT_TRUE(output && *output);
  EXPECT_EQ((*output)->bytes, "got hello\n");
  EXPECT_EQ(*run((*session)->read()), std::nullopt);
  EXPECT_EQ(run((*session)->exit_code()).value_or(-1), 3);
  on_loop([&] { session->reset(); });
}

TEST_F(RawExecTest, TellsAWriterThatNobodyReads) {
  auto& task = started(shell("sleep 1000"));
  auto session = run(task.open_session({.argv = {"true"}}));
  ASSERT_TRUE(session) << session.error().message();
  EXPECT_EQ(run((*session)->exit_code()).value_or(-1), 0);
  EXPECT_EQ(run((*session)->write("hello")).error().code(), ErrorCode::Unavailable);
  on_loop([&] { session->reset(); });
}

TEST_F(RawExecTest, IsHeldToItsLimitsIfTheOperatorSaysSo) {
  if (!sys::CgroupManager().has(sys::CgroupController::Memory)) GTEST_SKIP() << "no memory cgroup here";
  restart_driver({.enabled = true, .limits = true});
  auto config = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x)");
  config.memory_mb = 32;
  EXPECT_TRUE(run(started(config).wait()).oom_killed);
}

TEST_F(RawExecTest, NeedsNoCgroups) {
  restart_driver({.enabled = true, .no_cgroups = true});
  auto& task = started(shell("setsid sleep 1000 & echo $!; sleep 1000"));
  ASSERT_TRUE(printed("\n"));
  const auto child = static_cast<pid_t>(std::stol(log_text("t", "stdout")));
  EXPECT_EQ(*task.handle().state.find("Cgroup")->as_string(), "");
  EXPECT_TRUE(run(task.stats())->pids);
  EXPECT_TRUE(run(task.destroy()));
  EXPECT_TRUE(eventually([&] { return ::kill(child, 0) != 0; }));
}

TEST_F(RawExecTest, DestroyLeavesNothing) {
  auto& task = started(shell("sleep 1000"));
  const auto pid = task_pid(task);
  EXPECT_TRUE(run(task.destroy()));
  EXPECT_TRUE(run(task.destroy()));
  EXPECT_FALSE(sys::process_start_time(pid));
}

}  // namespace
}  // namespace drover::drivers
