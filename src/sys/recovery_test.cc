#include "sys/cgroup.h"
#include "sys/files.h"
#include "sys/supervisor.h"
#include "sys/test_util.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

namespace drover::sys {
namespace {

using std::chrono::seconds;

class RecoveryTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(dir_ / "logs");
    std::filesystem::create_directories(dir_ / "state");
  }

  SupervisorSpec shell(const std::string& script) {
    return {.task_name = "web",
            .executable = "/bin/sh",
            .argv = {"sh", "-c", script},
            .env = {"PATH=/usr/bin:/bin"},
            .cwd = dir_.path(),
            .log_dir = dir_ / "logs",
            .state_dir = dir_ / "state"};
  }

  // As an agent would: starts the task, then dies at once by SIGKILL.
  TaskHandle start_by_an_agent_that_dies(const std::string& script) {
    const pid_t agent = ::fork();
    if (agent == 0) {
      const auto task = start_supervised(shell(script));
      ::kill(::getpid(), task ? SIGKILL : SIGTERM);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(agent, &status, 0), agent);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    const auto handle = read_task_handle(dir_ / "state", "web");
    EXPECT_TRUE(handle) << message_of(handle);
    return handle.value_or(TaskHandle{});
  }

  static bool try_lock(const Fd& file) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return ::fcntl(file.get(), F_OFD_SETLK, &whole) == 0;
  }

  TempDir dir_;
};

// Case 4.
TEST_F(RecoveryTest, ATaskOutlivesItsAgentAndItsLogGoesOn) {
  const auto handle = start_by_an_agent_that_dies("echo one; until test -e go; do sleep 0.01; done; echo two; exit 5");
  auto task = recover_task(handle);
  SYS_ASSERT_OK(task);
  ASSERT_EQ(task->state, SupervisedTask::State::Running);
  EXPECT_TRUE(is_same_process(handle.task));
  EXPECT_EQ(finish_task(*task).error().code(), ErrorCode::Unavailable);
  SYS_ASSERT_OK(write_file_atomic(dir_ / "go", ""));
  ASSERT_TRUE(wait_readable(task->supervisor.pidfd, seconds(60)).value());
  SYS_ASSERT_OK(finish_task(*task));
  ASSERT_TRUE(task->exit);
  EXPECT_EQ(task->exit->status, (ExitStatus{.code = 5}));
  EXPECT_EQ(read_file(dir_ / "logs/web.stdout.0").value(), "one\ntwo\n");
}

// Case 5.
TEST_F(RecoveryTest, TheExitCodeOfATaskThatEndedMeanwhileIsKnown) {
  const auto handle = start_by_an_agent_that_dies("exit 6");
  ASSERT_TRUE(eventually([&] { return !is_same_process(handle.supervisor); }));
  const auto task = recover_task(handle);
  SYS_ASSERT_OK(task);
  ASSERT_EQ(task->state, SupervisedTask::State::Exited);
  EXPECT_EQ(task->exit->status, (ExitStatus{.code = 6}));
}

TEST_F(RecoveryTest, ATaskWhoseSupervisorWasKilledIsLostAndCanBeKilled) {
  auto started = start_supervised(shell("sleep 1000; true"));
  SYS_ASSERT_OK(started);
  SYS_ASSERT_OK(send_signal(started->supervisor, SIGKILL));
  ASSERT_TRUE(wait_readable(started->supervisor.pidfd, seconds(60)).value());
  const auto lost = recover_task(started->handle);
  SYS_ASSERT_OK(lost);
  EXPECT_EQ(lost->state, SupervisedTask::State::Lost);
  EXPECT_TRUE(is_same_process(started->handle.task));
  const auto children = list_descendants(started->handle.task.pid);
  SYS_ASSERT_OK(kill_task(started->handle));
  EXPECT_TRUE(eventually([&] { return !is_same_process(started->handle.task); }));
  for (const ProcessId& child : children) EXPECT_TRUE(eventually([&] { return !is_same_process(child); }));
  SYS_ASSERT_OK(finish_task(*started));
  EXPECT_EQ(started->state, SupervisedTask::State::Lost);
}

// Case 7.
// cases.md 7
TEST_F(RecoveryTest, AHandleFromBeforeARebootNeverReachesAProcessOfToday) {
  auto task = start_supervised(shell("exec sleep 1000"));
  SYS_ASSERT_OK(task);
  TaskHandle stale = task->handle;
  stale.boot_id = "another boot";
  EXPECT_EQ(signal_task(stale, SIGKILL).error().code(), ErrorCode::NotFound);
  SYS_ASSERT_OK(kill_task(stale));
  EXPECT_EQ(recover_task(stale).value().state, SupervisedTask::State::Lost);
  stale = task->handle;
  stale.task.start_time++;
  stale.supervisor.start_time++;
  EXPECT_EQ(signal_task(stale, SIGKILL).error().code(), ErrorCode::NotFound);
  SYS_ASSERT_OK(kill_task(stale));
  EXPECT_EQ(recover_task(stale).value().state, SupervisedTask::State::Lost);
  EXPECT_TRUE(is_same_process(task->handle.task));
  SYS_ASSERT_OK(kill_task(task->handle));
  ASSERT_TRUE(wait_readable(task->supervisor.pidfd, seconds(60)).value());
  SYS_ASSERT_OK(finish_task(*task));
}

TEST_F(RecoveryTest, TheExitRecordOfAnEarlierRunIsNotTakenForThisOne) {
  auto first = start_supervised(shell("exit 3"));
  SYS_ASSERT_OK(first);
  ASSERT_TRUE(wait_readable(first->supervisor.pidfd, seconds(60)).value());
  SYS_ASSERT_OK(finish_task(*first));
  auto second = start_supervised(shell("exec sleep 1000"));
  SYS_ASSERT_OK(second);
  EXPECT_EQ(read_exit_status(second->handle).error().code(), ErrorCode::NotFound);
  SYS_ASSERT_OK(kill_task(second->handle));
  ASSERT_TRUE(wait_readable(second->supervisor.pidfd, seconds(60)).value());
  SYS_ASSERT_OK(finish_task(*second));
  EXPECT_EQ(second->exit->status, (ExitStatus{.signal = SIGKILL}));
}

// A supervisor whose agent has died may not have come to its record yet: it holds the lock until it has.
TEST_F(RecoveryTest, AStartThatIsUnderWayIsNotTakenForNone) {
  const std::string lock = dir_ / "state/web.lock";
  Fd holder(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(try_lock(holder));
  EXPECT_EQ(read_task_handle(dir_ / "state", "web").error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(settle_task_handle(dir_ / "state", "web", Duration(0)).error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(start_supervised(shell("exit 0")).error().code(), ErrorCode::Unavailable);
  holder.reset();
  EXPECT_EQ(settle_task_handle(dir_ / "state", "web").error().code(), ErrorCode::NotFound);
}

TEST_F(RecoveryTest, ARunningTaskHoldsNoLock) {
  const auto handle = start_by_an_agent_that_dies("until test -e go; do sleep 0.01; done");
  Fd lock(::open((dir_ / "state/web.lock").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(lock.valid());
  EXPECT_TRUE(try_lock(lock));
  SYS_ASSERT_OK(kill_task(handle));
}

TEST_F(RecoveryTest, AMissingOrDamagedRecordIsAnError) {
  EXPECT_EQ(read_task_handle(dir_ / "state", "web").error().code(), ErrorCode::NotFound);
  SYS_ASSERT_OK(write_file_atomic(dir_ / "state/web.pid", "garbage\n\nsupervisor x y\n"));
  EXPECT_EQ(read_task_handle(dir_ / "state", "web").error().code(), ErrorCode::Internal);
}

}  // namespace
}  // namespace drover::sys
