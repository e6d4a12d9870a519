#include "sys/process.h"

#include "sys/command.h"
#include "sys/files.h"
#include "sys/terminal.h"
#include "sys/test_util.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <csignal>

namespace drover::sys {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

SpawnSpec shell(const std::string& script) {
  return {.executable = "/bin/sh", .argv = {"sh", "-c", script}, .env = {"PATH=/usr/bin:/bin"}};
}

ExitStatus run_to_end(const SpawnSpec& spec) {
  auto process = spawn(spec);
  EXPECT_TRUE(process) << message_of(process);
  if (!process) return {.code = -1};
  return wait(*process, seconds(20)).value().value();
}

TEST(Spawn, ReportsExitCodesAndSignals) {
  EXPECT_EQ(run_to_end(shell("exit 7")), (ExitStatus{.code = 7}));
  EXPECT_EQ(run_to_end(shell("kill -USR1 $$")), (ExitStatus{.signal = SIGUSR1}));
}

TEST(Spawn, SaysWhyTheProgramCannotBeExecuted) {
  const auto missing = spawn({.executable = "/no/such/program", .argv = {"x"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message(), "exec /no/such/program: no such file or directory");
  EXPECT_EQ(missing.error().code(), ErrorCode::NotFound);
  const auto no_permission = spawn({.executable = "/etc/passwd", .argv = {"x"}});
  ASSERT_FALSE(no_permission);
  EXPECT_EQ(no_permission.error().code(), ErrorCode::PermissionDenied);
  SpawnSpec elsewhere = shell("true");
  elsewhere.cwd = "/no/such/dir";
  EXPECT_EQ(message_of(spawn(elsewhere)), "enter the working directory /no/such/dir: no such file or directory");
}

TEST(Spawn, PassesNothingButWhatItWasAskedTo) {
  TempDir dir;
  const Fd open_by_accident(::open("/etc/passwd", O_RDONLY));  // Without O_CLOEXEC.
  auto pipe = make_pipe();
  SpawnSpec spec = shell("ls /proc/self/fd; env; pwd");
  spec.cwd = dir.path();
  spec.env.push_back("A=b c");
  const auto output = run_command(spec);
  SYS_ASSERT_OK(output);
  EXPECT_EQ(output->out, "0\n1\n2\n3\nA=b c\nPATH=/usr/bin:/bin\nPWD=" + dir.path() + "\n" + dir.path() + "\n");
}

TEST(Spawn, HandsOverExtraDescriptorsInOrder) {
  auto a = make_pipe();
  auto b = make_pipe();
  SpawnSpec spec = shell("echo three >&3; echo four >&4");
  spec.extra_fds = {a->write.get(), b->write.get()};
  EXPECT_TRUE(run_to_end(spec).ok());
  a->write.reset();
  b->write.reset();
  EXPECT_EQ(read_all(a->read).value(), "three\n");
  EXPECT_EQ(read_all(b->read).value(), "four\n");
}

TEST(Spawn, ResetsSignalsAndSetsLimits) {
  ::signal(SIGPIPE, SIG_IGN);
  SpawnSpec spec = shell("grep -E 'Sig(Blk|Ign)' /proc/self/status; ulimit -n");
  spec.limits = {{.resource = RLIMIT_NOFILE, .soft = 99, .hard = 99}};
  const auto output = run_command(spec);
  SYS_ASSERT_OK(output);
  EXPECT_EQ(output->out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n99\n");
}

TEST(Spawn, BecomesAnotherUserWithItsGroupsAndNoMore) {
  if (!running_as_root()) GTEST_SKIP() << "needs root";
  SpawnSpec spec = shell("id -u; id -G; cat /etc/shadow");
  spec.user = find_user("nobody").value();
  const auto output = run_command(spec);
  SYS_ASSERT_OK(output);
  EXPECT_EQ(output->out, "65534\n65534\n");
  EXPECT_FALSE(output->status.ok());
  EXPECT_EQ(::getuid(), 0U);
}

TEST(Spawn, GivesAControllingTerminal) {
  auto terminal = open_terminal({.rows = 10, .columns = 33});
  SYS_ASSERT_OK(terminal);
  SpawnSpec spec = shell("stty size; tty >/dev/null && echo ok > /dev/tty");
  spec.stdin_fd = spec.stdout_fd = spec.stderr_fd = terminal->device.get();
  spec.controlling_terminal = true;
  EXPECT_TRUE(run_to_end(spec).ok());
  char text[100] = {};
  std::string all;
  while (all.find("ok") == std::string::npos) {
    ASSERT_TRUE(wait_readable(terminal->controller, seconds(20)).value());
    const ssize_t length = ::read(terminal->controller.get(), text, sizeof text);
    ASSERT_GT(length, 0);
    all.append(text, static_cast<size_t>(length));
  }
  EXPECT_EQ(all.substr(0, 5), "10 33");
}

// Case 7.
TEST(ProcessId, NamesOneProcessForEver) {
  auto process = spawn(shell("exec sleep 1000"));
  SYS_ASSERT_OK(process);
  EXPECT_TRUE(is_same_process(process->id));
  const ProcessId stranger = {.pid = process->id.pid, .start_time = process->id.start_time + 1};
  EXPECT_FALSE(is_same_process(stranger));
  ASSERT_FALSE(open_process(stranger));
  EXPECT_EQ(open_process(stranger).error().code(), ErrorCode::NotFound);
  auto again = open_process(process->id);
  SYS_ASSERT_OK(again);
  EXPECT_EQ(wait(*process, milliseconds(0)).value(), std::nullopt);
  SYS_ASSERT_OK(send_signal(*again, SIGKILL));
  EXPECT_EQ(wait(*process, seconds(20)).value(), (ExitStatus{.signal = SIGKILL}));
  EXPECT_FALSE(is_same_process(process->id));
  EXPECT_EQ(send_signal(*again, SIGKILL).error().code(), ErrorCode::NotFound);
}

TEST(Descendants, AreFoundThroughGenerations) {
  auto process = spawn(shell("sh -c 'sleep 1000; true'; true"));
  SYS_ASSERT_OK(process);
  ASSERT_TRUE(eventually([&] { return list_descendants(process->id.pid).size() == 2; }));
  for (const ProcessId& id : list_descendants(process->id.pid)) ::kill(id.pid, SIGKILL);
  SYS_ASSERT_OK(wait(*process, seconds(20)));
}

TEST(FindExecutable, LooksInThePathAndChecksThePermission) {
  EXPECT_EQ(find_executable("sh", "/nowhere::/bin", "").value(), "/bin/sh");
  EXPECT_EQ(find_executable("./sh", "", "/bin").value(), "/bin/./sh");
  EXPECT_EQ(find_executable("no-such-thing", "/bin", "").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(find_executable("/etc/passwd", "", "").error().code(), ErrorCode::PermissionDenied);
  EXPECT_FALSE(find_executable("", "/bin", ""));
}

TEST(RunCommand, CollectsBothStreams) {
  const auto output = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"});
  SYS_ASSERT_OK(output);
  EXPECT_EQ(output->out, "out\n");
  EXPECT_EQ(output->err, "err\n");
  EXPECT_EQ(output->status.code, 3);
}

TEST(RunCommand, KillsWhatTakesTooLong) {
  const auto output = run_command({"sh", "-c", "sleep 1000 & sleep 1000"}, {.timeout = milliseconds(50)});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::DeadlineExceeded);
}

TEST(RunCommand, DoesNotWaitForWhatIsLeftInTheBackground) {
  const auto output = run_command({"sh", "-c", "sleep 1000 & echo $!"});
  SYS_ASSERT_OK(output);
  const pid_t left = std::atoi(output->out.c_str());
  ASSERT_GT(left, 0);
  EXPECT_TRUE(eventually([&] { return ::kill(left, 0) != 0 || list_descendants(left).empty(); }));
}

TEST(RunCommand, LimitsWhatItKeeps) {
  const auto output = run_command({"head", "-c", "5000000", "/dev/zero"}, {.output_bytes = 1000});
  SYS_ASSERT_OK(output);
  EXPECT_EQ(output->out.size(), 1000U);
  EXPECT_TRUE(output->truncated);
  EXPECT_TRUE(output->status.ok());
}

}  // namespace
}  // namespace drover::sys
