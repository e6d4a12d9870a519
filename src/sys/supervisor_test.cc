#include "sys/supervisor.h"

#include "base/strings.h"
#include "sys/cgroup.h"
#include "sys/files.h"
#include "sys/host.h"
#include "sys/supervisor_image.h"
#include "sys/test_util.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>

namespace drover::sys {
namespace {

using std::chrono::seconds;

class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(dir_ / "logs");
    std::filesystem::create_directories(dir_ / "state");
  }

  SupervisorSpec shell(const std::string& script) {
    return {.title = "1a2b3c4d/web",
            .task_name = "web",
            .executable = "/bin/sh",
            .argv = {"sh", "-c", script},
            .env = {"PATH=/usr/bin:/bin"},
            .cwd = dir_.path(),
            .log_dir = dir_ / "logs",
            .state_dir = dir_ / "state"};
  }

  SupervisedTask start(const SupervisorSpec& spec) {
    auto task = start_supervised(spec);
    EXPECT_TRUE(task) << message_of(task);
    return task ? std::move(*task) : SupervisedTask{};
  }

  // Waits for the end of the task and returns how it ended.
  static TaskExit end_of(SupervisedTask& task) {
    if (!task.supervisor.pidfd.valid() || !wait_readable(task.supervisor.pidfd, seconds(60)).value()) {
      ADD_FAILURE() << "the task does not run or does not end";
      return {};
    }
    const auto status = finish_task(task);
    EXPECT_TRUE(status) << message_of(status);
    EXPECT_EQ(task.state, SupervisedTask::State::Exited);
    return task.exit.value_or(TaskExit{});
  }

  TaskExit run(const SupervisorSpec& spec) {
    auto task = start(spec);
    return end_of(task);
  }

  std::string log(const std::string& name) { return read_file(dir_ / ("logs/" + name), 1 << 30).value_or("<none>"); }

  std::vector<std::string> log_files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "logs")) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TempDir dir_;
};

TEST_F(SupervisorTest, RecordsTheExitCodeAndTheOutput) {
  const auto exit = run(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(exit.status, (ExitStatus{.code = 7}));
  EXPECT_FALSE(exit.oom_killed);
  EXPECT_EQ(exit.dropped_log_bytes, 0U);
  EXPECT_LT(std::abs((SystemClock().now() - exit.finished_at).count()), Duration(seconds(60)).count());
  EXPECT_EQ(log("web.stdout.0"), "out\n");
  EXPECT_EQ(log("web.stderr.0"), "err\n");
}

TEST_F(SupervisorTest, RecordsTheSignalThatEndedTheTask) {
  auto task = start(shell("exec sleep 1000"));
  SYS_ASSERT_OK(signal_task(task.handle, SIGTERM));
  EXPECT_EQ(end_of(task).status, (ExitStatus{.signal = SIGTERM}));
  EXPECT_EQ(signal_task(task.handle, SIGTERM).error().code(), ErrorCode::NotFound);
}

TEST_F(SupervisorTest, TakesOverWhatALauncherStarted) {
  SupervisorSpec spec = shell("(read line < fifo; echo from the task; exit 5) & echo $! > state/web.launched");
  spec.cwd = dir_.path();
  spec.launched_pid_file = "web.launched";
  ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
  auto task = start(spec);
  EXPECT_EQ(read_file(dir_ / "state/web.launched").value_or(""), fmt::format("{}\n", task.handle.task.pid));
  const auto recorded = read_task_handle(dir_ / "state", "web");
  SYS_ASSERT_OK(recorded);
  EXPECT_EQ(recorded->task, task.handle.task);
  SYS_ASSERT_OK(write_existing(dir_ / "fifo", "go\n"));
  EXPECT_EQ(end_of(task).status, (ExitStatus{.code = 5}));
  EXPECT_EQ(log("web.stdout.0"), "from the task\n");
}

// A shell reaps what it put into the background whenever it likes; the program it becomes does not know of that child.
TEST_F(SupervisorTest, KnowsTheEndOfATaskThatEndedBeforeItsLauncher) {
  SupervisorSpec spec = shell("(sleep 0.05; exit 6) & echo $! > state/web.launched; exec sleep 0.3");
  spec.cwd = dir_.path();
  spec.launched_pid_file = "web.launched";
  EXPECT_EQ(run(spec).status, (ExitStatus{.code = 6}));
}

TEST_F(SupervisorTest, SaysThatALauncherFailed) {
  SupervisorSpec spec = shell("exit 3");
  spec.launched_pid_file = "web.launched";
  EXPECT_EQ(message_of(start_supervised(spec)), spec.executable + " failed with status 3");
  EXPECT_FALSE(read_task_handle(dir_ / "state", "web"));
}

TEST_F(SupervisorTest, ForgetsARun) {
  auto task = start(shell("exit 0"));
  end_of(task);
  auto other = task.handle;
  other.task.start_time++;
  forget_task(other);
  SYS_ASSERT_OK(read_task_handle(dir_ / "state", "web"));
  forget_task(task.handle);
  EXPECT_EQ(read_task_handle(dir_ / "state", "web").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(read_exit_status(task.handle).error().code(), ErrorCode::NotFound);
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "state"));
}

TEST_F(SupervisorTest, SaysWhyATaskCannotBeStarted) {
  SupervisorSpec spec = shell("true");
  spec.executable = "/no/such/program";
  EXPECT_EQ(message_of(start_supervised(spec)), "exec /no/such/program: no such file or directory");
  EXPECT_FALSE(read_task_handle(dir_ / "state", "web"));
  spec = shell("true");
  spec.cwd = "/no/such/dir";
  EXPECT_EQ(message_of(start_supervised(spec)), "open the working directory /no/such/dir: no such file or directory");
  spec = shell("true");
  spec.task_name = "../web";
  EXPECT_EQ(start_supervised(spec).error().code(), ErrorCode::InvalidArgument);
  spec = shell("true");
  spec.limits = {{.resource = RLIMIT_NOFILE, .soft = 10, .hard = 5}};
  EXPECT_EQ(message_of(start_supervised(spec)), "set resource limits: invalid argument");
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "state"));
  int status = 0;
  EXPECT_EQ(::waitpid(-1, &status, WNOHANG), -1) << "a child was left behind";
}

TEST_F(SupervisorTest, GivesTheTaskItsEnvironmentAndNothingElse) {
  const Fd open_by_accident(::open("/etc/passwd", O_RDONLY));
  SupervisorSpec spec = shell("ls /proc/self/fd; env; grep -E 'Sig(Blk|Ign)' /proc/self/status; ulimit -n");
  spec.env = {"A=b c"};
  spec.limits = {{.resource = RLIMIT_NOFILE, .soft = 99, .hard = 99}};
  EXPECT_TRUE(run(spec).status.ok());
  EXPECT_EQ(log("web.stdout.0"),
            "0\n1\n2\n3\nA=b c\nPWD=" + dir_.path() + "\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n99\n");
}

TEST_F(SupervisorTest, RunsTheTaskAsAnotherUser) {
  if (!running_as_root()) GTEST_SKIP() << "needs root";
  SupervisorSpec spec = shell("id -u; id -G; grep NoNewPrivs /proc/self/status; cat /etc/shadow");
  spec.user = find_user("nobody").value();
  spec.no_new_privileges = true;
  EXPECT_EQ(run(spec).status.code, 1);
  EXPECT_EQ(log("web.stdout.0"), "65534\n65534\nNoNewPrivs:\t1\n");
}

TEST_F(SupervisorTest, CarriesALargeEnvironment) {
  SupervisorSpec spec = shell("env | wc -c");
  for (int i = 0; i < 2000; i++) spec.env.push_back(fmt::format("VARIABLE_{}={}", i, std::string(500, 'x')));
  EXPECT_TRUE(run(spec).status.ok());
  EXPECT_GT(parse_uint(trim(log("web.stdout.0"))).value_or(0), 1'000'000U);
}

// cases.md 37
TEST_F(SupervisorTest, KeepsTheLogsWithinTheirLimitsUnderAFlood) {
  SupervisorSpec spec = shell("seq 1 20000000 | head -c 200000000 & head -c 50000000 /dev/zero >&2; wait");
  spec.max_files = 3;
  spec.max_file_bytes = 1 << 20;
  const auto exit = run(spec);
  EXPECT_TRUE(exit.status.ok());
  EXPECT_EQ(exit.dropped_log_bytes, 0U);
  const auto files = log_files();
  EXPECT_EQ(files.size(), 6U);
  std::vector<std::pair<uint64_t, std::string>> out;
  for (const std::string& name : files) {
    EXPECT_LE(std::filesystem::file_size(dir_ / ("logs/" + name)), 1U << 20) << name;
    if (name.starts_with("web.stdout.")) out.emplace_back(parse_uint(name.substr(11)).value(), log(name));
  }
  // Whole lines, in order, with none missing between the files that are left.
  std::sort(out.begin(), out.end());
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[2].first, out[0].first + 2);
  const auto lines = split(trim(out[0].second + out[1].second + out[2].second), '\n');
  const uint64_t first = parse_uint(lines[0]).value_or(0);
  for (size_t i = 0; i + 1 < lines.size(); i++) ASSERT_EQ(lines[i], std::to_string(first + i));
}

TEST_F(SupervisorTest, KeepsNoOutputWhereNoneIsWanted) {
  SupervisorSpec spec = shell("seq 1 100000; echo b >&2");
  spec.max_files = 0;
  const auto exit = run(spec);
  EXPECT_TRUE(exit.status.ok());
  EXPECT_EQ(exit.dropped_log_bytes, 0U);
  EXPECT_TRUE(log_files().empty());
}

TEST_F(SupervisorTest, GoesOnWithTheNewestLogFileAfterARestart) {
  SupervisorSpec spec = shell("echo one");
  spec.max_files = 2;
  spec.max_file_bytes = 8;
  run(spec);
  run(spec);
  EXPECT_EQ(log("web.stdout.0"), "one\none\n");
  run(spec);
  EXPECT_EQ(log("web.stdout.1"), "one\n");
  spec.argv = {"sh", "-c", "echo two; echo three"};
  run(spec);
  EXPECT_EQ(log_files(), (std::vector<std::string>{"web.stderr.0", "web.stdout.1", "web.stdout.2"}));
  EXPECT_EQ(log("web.stdout.1"), "one\ntwo\n");
  EXPECT_EQ(log("web.stdout.2"), "three\n");
}

// cases.md 54
TEST_F(SupervisorTest, NeverWritesThroughALinkThatTheTaskPutThere) {
  SYS_ASSERT_OK(write_file_atomic(dir_ / "host", "host"));
  ASSERT_EQ(::symlink((dir_ / "host").c_str(), (dir_ / "logs/web.stdout.0").c_str()), 0);
  ASSERT_EQ(::link((dir_ / "host").c_str(), (dir_ / "logs/web.stderr.5").c_str()), 0);
  ASSERT_EQ(::mkfifo((dir_ / "logs/web.stderr.6").c_str(), 0600), 0);
  SupervisorSpec spec = shell(
      "echo 1; until [ -s logs/web.stdout.1 ]; do :; done; "
      "ln -sf ../host logs/web.stdout.2; ln -sf ../host logs/web.stdout.3; "
      "for i in 2 3 4 5 6 7 8; do echo $i; echo err >&2; done");
  spec.max_file_bytes = 4;
  spec.max_files = 20;
  EXPECT_TRUE(run(spec).status.ok());
  EXPECT_EQ(read_file(dir_ / "host").value(), "host");
  EXPECT_EQ(log("web.stdout.3"), "5\n6\n");
}

// cases.md 21
TEST_F(SupervisorTest, DropsOutputThatTheDiskDoesNotTakeAndGoesOn) {
  std::filesystem::remove_all(dir_ / "logs");
  ASSERT_EQ(::symlink("/proc/self/fdinfo", (dir_ / "logs").c_str()), 0);  // Nothing can be made there.
  const auto exit = run(shell("head -c 1000000 /dev/zero; exit 4"));
  EXPECT_EQ(exit.status.code, 4);
  EXPECT_EQ(exit.dropped_log_bytes, 1'000'000U);
}

TEST_F(SupervisorTest, EndsWhatTheTaskLeavesBehindAndKeepsItsLastOutput) {
  auto task = start(shell("(setsid sleep 1000 &) ; sleep 1000 & echo $! > pid; echo last"));
  EXPECT_TRUE(end_of(task).status.ok());
  EXPECT_EQ(log("web.stdout.0"), "last\n");
  const auto pid = parse_int(trim(read_file(dir_ / "pid").value()));
  EXPECT_NE(::kill(static_cast<pid_t>(*pid), 0), 0);
}

TEST_F(SupervisorTest, IgnoresEverySignalButKill) {
  auto task = start(shell("read line < fifo || true; until test -e go; do sleep 0.01; done; echo done"));
  for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGPIPE, SIGUSR1}) {
    SYS_ASSERT_OK(send_signal(task.supervisor, signal));
  }
  SYS_ASSERT_OK(write_file_atomic(dir_ / "go", ""));
  EXPECT_TRUE(end_of(task).status.ok());
  EXPECT_EQ(log("web.stdout.0"), "done\n");
}

TEST_F(SupervisorTest, ShowsItsTitleButNotTheEnvironment) {
  SupervisorSpec spec = shell("exec sleep 1000");
  spec.env.push_back("SECRET=hunter2");
  auto task = start(spec);
  const std::string proc = fmt::format("/proc/{}/", task.handle.supervisor.pid);
  EXPECT_EQ(read_file(proc + "cmdline").value(), std::string("drover-supervise\0"
                                                             "1a2b3c4d/web\0",
                                                             30));
  EXPECT_EQ(read_file(proc + "environ").value(), "");
  SYS_ASSERT_OK(kill_task(task.handle));
  EXPECT_EQ(end_of(task).status, (ExitStatus{.signal = SIGKILL}));
}

// Section 6 of the design: well under 1 MiB for each task.
TEST_F(SupervisorTest, StaysTiny) {
  EXPECT_LT(supervisor_image().size(), 64U << 10);
  SupervisorSpec spec = shell("head -c 10000000 /dev/zero; echo ready > ready; exec sleep 1000");
  auto task = start(spec);
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(dir_ / "ready"); }));
  const std::string rollup = read_file(fmt::format("/proc/{}/smaps_rollup", task.handle.supervisor.pid)).value_or("");
  const std::string status = read_file(fmt::format("/proc/{}/status", task.handle.supervisor.pid)).value_or("");
  for (const std::string& line : split(status, '\n')) {
    if (!line.starts_with("VmRSS:")) continue;
    RecordProperty("rss", line);
    EXPECT_LT(parse_uint(trim(line.substr(6, line.size() - 8))).value_or(1'000'000), 300U) << status << rollup;
  }
  SYS_ASSERT_OK(kill_task(task.handle));
  end_of(task);
}

}  // namespace
}  // namespace drover::sys
