#include "drivers/exec/exec_driver.h"

#include "base/strings.h"
#include "drivers/exec/container_test_support.h"
#include "sys/process.h"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using codec::Value;
using ::testing::HasSubstr;
using testing::json;
using ::testing::Not;

class ExecTest : public testing::ContainerTest {
 protected:
  void restart_driver(ExecOptions options, UserPolicy users = {}) override {
    driver_ = std::make_unique<ExecDriver>(shared(), std::move(options), std::move(users));
  }

  TaskConfig shell(const std::string& script, Value::Object more = {}) {
    Value::Object config = {{"command", "/bin/sh"}, {"args", Value::Array{"-c", script}}};
    config.insert(config.end(), more.begin(), more.end());
    return container_task("t", config);
  }
  struct SessionEnd {
    std::string out;
    std::string err;
    int code = -1;
  };
  SessionEnd finish(ExecSession& session) {
    SessionEnd end;
    for (;;) {
      const auto output = run(session.read());
      if (!output || !*output) break;
      ((*output)->stream == OutputStream::Stdout ? end.out : end.err) += (*output)->bytes;
    }
    end.code = run(session.exit_code()).value_or(-1);
    return end;
  }
};

TEST_F(ExecTest, ReportsTheExitCodeAndKeepsTheOutput) {
  auto& task = started(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(run(task.wait()).exit_code, 7);
  EXPECT_EQ(log_text("t", "stdout"), "out\n");
  EXPECT_EQ(log_text("t", "stderr"), "err\n");
}

TEST_F(ExecTest, GetsTheFilesOfItsDevicesAndMountsAndNoOthers) {
  if (::access("/dev/fuse", F_OK) != 0) GTEST_SKIP() << "no /dev/fuse to play a GPU";
  std::filesystem::create_directory(root_ + "/volume");
  std::ofstream(root_ + "/volume/here") << "a volume\n";
  auto task = shell("exec 3<>/dev/fuse && echo opened; cat /data/here; touch /data/new || echo fixed; ls /dev/kmsg");
  task.devices = {{.vendor = "nvidia", .type = "gpu", .ids = {"GPU-1"}, .nodes = {"/dev/fuse"}}};
  task.mounts = {{.source = root_ + "/volume", .destination = "/data", .read_only = true}};
  std::ignore = run(started(std::move(task)).wait());
  EXPECT_EQ(log_text("t", "stdout"), "opened\na volume\nfixed\n");
}

TEST_F(ExecTest, IsFoundWithItsRuntime) {
  const auto info = run(driver_->fingerprint());
  EXPECT_TRUE(info.detected && info.healthy);
  EXPECT_EQ(info.attributes.at("driver.exec"), "1");
  EXPECT_FALSE(info.attributes.at("driver.exec.oci_runtime_version").empty());
}

TEST_F(ExecTest, GivesTheTaskItsDirectoriesAndNobodysRights) {
  auto config =
      shell("id -u; pwd; echo local > /local/file; echo secret > /secrets/file; cat /alloc/shared; echo $NAME");
  config.env["NAME"] = "a b";
  ASSERT_TRUE(sys::write_file_atomic(config.dirs.alloc + "/shared", "shared\n"));
  EXPECT_EQ(output_of(config), "65534\n/\nshared\na b\n[0]");
  EXPECT_EQ(sys::read_file(root_ + "/t/local/file").value_or(""), "local\n");
  EXPECT_EQ(sys::read_file(root_ + "/t/secrets/file").value_or(""), "secret\n");
}

TEST_F(ExecTest, RunsAProgramOfTheTaskDirectory) {
  for (const char* command : {"local/run.sh", "run.sh", "/local/run.sh"}) {
    auto config = container_task("t", Value::Object{{"command", command}});
    ASSERT_TRUE(sys::write_file_atomic(config.dirs.local + "/run.sh", "#!/bin/sh\nexit 5\n", 0755));
    auto& task = started(config);
    EXPECT_EQ(run(task.wait()).exit_code, 5) << command;
    EXPECT_TRUE(run(task.destroy()));
  }
}

TEST_F(ExecTest, SaysWhenThereIsNoSuchProgram) {
  const auto task = start(container_task("t", json(R"({"command": "no-such-program"})")));
  ASSERT_FALSE(task);
  EXPECT_THAT(task.error().message(), HasSubstr("no-such-program"));
  EXPECT_FALSE(is_recoverable(task.error()));
}

TEST_F(ExecTest, StartsInItsWorkDirectory) {
  EXPECT_EQ(output_of(shell("pwd", {{"work_dir", "/local"}})), "/local\n[0]");
}

TEST_F(ExecTest, RunsAsTheUserAskedForButNotAsOneThatIsDenied) {
  auto config = shell("id -un");
  config.user = "daemon";
  EXPECT_EQ(output_of(config), "daemon\n[0]");
  for (const char* root : {"root", "0"}) {
    config.user = root;
    const auto refused = start(config);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("user.denylist"));
  }
}

TEST_F(ExecTest, StopsByTheSignalAskedFor) {
  auto& task = started(shell("trap 'echo bye; exit 3' USR1; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(printed("ready"));
  EXPECT_TRUE(run(task.stop({.signal = "SIGUSR1", .timeout = std::chrono::seconds(20)})));
  EXPECT_EQ(run(task.wait()).exit_code, 3);
  EXPECT_THAT(log_text("t", "stdout"), HasSubstr("bye"));
}

TEST_F(ExecTest, StopsAtOnceWhenNobodyHandlesTheSignal) {
  auto& task = started(shell("echo ready; exec sleep 1000"));
  ASSERT_TRUE(printed("ready"));
  ASSERT_TRUE(
      eventually([&] { return sys::read_file(fmt::format("/proc/{}/comm", pid_of(task))).value_or("") == "sleep\n"; }));
  const auto before = clock_.mono();
  EXPECT_TRUE(run(task.stop({.timeout = std::chrono::seconds(60)})));
  EXPECT_LT(clock_.mono() - before, Duration(std::chrono::seconds(30)));
  EXPECT_EQ(run(task.wait()).signal, SIGKILL);
}

TEST_F(ExecTest, KillsEverythingWhenTheSignalIsIgnored) {
  auto& task = started(shell("trap '' INT; setsid sleep 1000 & echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(printed("ready"));
  EXPECT_TRUE(run(task.stop({.timeout = std::chrono::milliseconds(50)})));
  EXPECT_EQ(run(task.wait()).signal, SIGKILL);
  EXPECT_TRUE(sys::list_descendants(pid_of(task, "SupervisorPID")).empty());
}

TEST_F(ExecTest, SignalsTheTask) {
  auto& task = started(shell("trap 'echo hup' HUP; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(printed("ready"));
  EXPECT_TRUE(run(task.signal("SIGHUP")));
  EXPECT_TRUE(printed("hup"));
  EXPECT_TRUE(run(task.signal("SIGTERM")));
  EXPECT_EQ(run(task.wait()).signal, SIGKILL) << "the default action of the first process of a pid namespace";
}

TEST_F(ExecTest, FindsARunningTaskAgainAfterARestart) {
  auto& task = started(shell("while [ ! -e /local/go ]; do sleep 0.01; done; echo done; exit 6"));
  const auto handle = task.handle();
  const auto pid = pid_of(task);
  restart_agent();
  const auto again = recover(handle);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(pid_of(**again), pid);
  EXPECT_EQ(run((*again)->exec({.argv = {"echo", "hello"}}))->output, "hello\n");
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/t/local/go", ""));
  EXPECT_EQ(run((*again)->wait()).exit_code, 6);
  EXPECT_EQ(log_text("t", "stdout"), "done\n");
}

TEST_F(ExecTest, AdoptsWhatADeadAgentLeftRunningOrEnded) {
  const char* script = "while [ ! -e /local/go ]; do sleep 0.01; done; echo once; exit 4";
  const auto pid = pid_of(started(shell(script)));
  restart_agent();
  EXPECT_EQ(pid_of(started(shell(script))), pid);
  restart_agent();
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/t/local/go", ""));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(root_ + "/state/t.exit"); }));
  auto& ended = started(shell(script));
  EXPECT_EQ(pid_of(ended), pid);
  EXPECT_EQ(run(ended.wait()).exit_code, 4);
  EXPECT_TRUE(run(ended.destroy()));
  EXPECT_NE(pid_of(started(shell(script))), pid) << "its end was seen: this is a restart";
}

TEST_F(ExecTest, RunsCommandsInTheContainer) {
  auto config = shell("sleep 1000");
  config.env["NAME"] = "value";
  auto& task = started(config);
  const auto result = run(task.exec({.argv = {"sh", "-c", "echo $NAME; id -u; ls /; exit 9"}}));
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->exit_code, 9);
  EXPECT_THAT(result->output, HasSubstr("value\n65534\nalloc\nbin\n"));
}

TEST_F(ExecTest, EndsCommandsAfterTheirTimeout) {
  auto& task = started(shell("sleep 1000"));
  const auto result = run(task.exec({.argv = {"sleep", "500"}, .timeout = std::chrono::milliseconds(700)}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::DeadlineExceeded);
  EXPECT_TRUE(eventually([&] { return run(task.stats())->pids == 2U; })) << "the shell and its sleep";
}

TEST_F(ExecTest, TalksWithACommand) {
  auto& task = started(shell("sleep 1000"));
  auto session =
      run(task.open_session({.argv = {"sh", "-c", "read line; echo got $line; echo oops >&2; cat; exit 3"}}));
  ASSERT_TRUE(session) << session.error().message();
  EXPECT_TRUE(run((*session)->write("hello\n")));
  EXPECT_TRUE(run((*session)->write("rest")));
  EXPECT_TRUE(run((*session)->close_stdin()));
  const auto end = finish(**session);
  EXPECT_EQ(end.out, "got hello\nrest");
  EXPECT_EQ(end.err, "oops\n");
  EXPECT_EQ(end.code, 3);
  on_loop([&] { session->reset(); });
}

TEST_F(ExecTest, TalksWithACommandThroughATerminal) {
  auto& task = started(shell("sleep 1000"));
  auto session = run(task.open_session({.argv = {"sh", "-c", "test -t 0 && test -t 1 && echo tty; read x; stty size"},
                                        .terminal = TerminalSize{.rows = 30, .columns = 90}}));
  ASSERT_TRUE(session) << session.error().message();
  std::string seen;
  while (seen.find("tty") == std::string::npos) {
    const auto output = run((*session)->read());
    ASSERT_TRUE(output && *output) << seen;
    seen += (*output)->bytes;
  }
  EXPECT_TRUE(run((*session)->resize({.rows = 33, .columns = 99})));
  EXPECT_TRUE(run((*session)->write("\n")));
  const auto end = finish(**session);
  EXPECT_THAT(end.out, ::testing::AnyOf(HasSubstr("33 99"), HasSubstr("30 90")));
  EXPECT_EQ(end.code, 0);
  on_loop([&] { session->reset(); });
}

TEST_F(ExecTest, EndsACommandWithItsSession) {
  auto& task = started(shell("sleep 1000"));
  auto session = run(task.open_session({.argv = {"sh", "-c", "echo ready; sleep 500"}}));
  ASSERT_TRUE(session) << session.error().message();
  ASSERT_EQ((*run((*session)->read()))->bytes, "ready\n");
  on_loop([&] { session->reset(); });
  EXPECT_TRUE(eventually([&] { return run(task.stats())->pids == 2U; }));
}

TEST_F(ExecTest, IsHeldToItsMemory) {
  auto config = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x)");
  config.memory_mb = 32;
  const auto exit = run(started(config).wait());
  EXPECT_TRUE(exit.oom_killed);
  EXPECT_FALSE(exit.successful());
}

TEST_F(ExecTest, FillsNoMoreMemoryThroughFilesInMemory) {
  auto config = shell("head -c 60000000 /dev/zero > /dev/shm/fill; echo $?");
  config.memory_mb = 32;
  const auto output = output_of(config);
  EXPECT_THAT(output, Not(HasSubstr("0\n[0]")));
}

TEST_F(ExecTest, IsHeldToItsNumberOfProcesses) {
  restart_driver({.pids_limit = 20});
  const auto output = output_of(shell("i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; echo $i"));
  EXPECT_THAT(output, HasSubstr("fork"));
  EXPECT_THAT(output, Not(HasSubstr("100\n")));
}

TEST_F(ExecTest, HasStatistics) {
  auto& task = started(shell("echo ready; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo busy; sleep 1000"));
  ASSERT_TRUE(printed("busy"));
  auto stats = run(task.stats());
  // The shell and its sleep, which it starts at about the same time.
  EXPECT_TRUE(eventually([&] { return (stats = run(task.stats())) && stats->pids == 2U; }));
  ASSERT_TRUE(stats);
  EXPECT_GT(stats->cpu_nanos.value_or(0), 0U);
  EXPECT_GT(stats->memory_usage_bytes.value_or(0), 0U);
}

// cases.md 48: memory, processes above; case 59 and the attacks of the issue from here on.

TEST_F(ExecTest, SeesNothingOfTheHostButItsPrograms) {
  const std::string outside = root_ + "/outside";
  ASSERT_TRUE(sys::write_file_atomic(outside, "host"));
  const auto output =
      output_of(shell("cat " + outside +
                      "; cat /etc/shadow | wc -c; ls /root /home /var /work /boot; "
                      "echo x > /usr/x; echo x > /etc/x; echo x > /bin/x; ls /proc | grep -c '^[0-9]'"));
  EXPECT_THAT(output, Not(HasSubstr("host")));
  for (const char* path : {"/root", "/home", "/var", "/work", "/boot"}) {
    EXPECT_THAT(output, HasSubstr(fmt::format("'{}': No such file", path)));
  }
  for (const char* path : {"/usr/x", "/etc/x", "/bin/x"}) EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THAT(output, ::testing::StartsWith("0\n")) << "the shadow file is masked";
}

TEST_F(ExecTest, ReachesNoOtherProcess) {
  auto& victim = started(container_task("victim", json(R"({"command": "/bin/sleep", "args": ["1000"]})")));
  const auto pid = std::to_string(pid_of(victim));
  const auto output =
      output_of(shell("kill -0 " + pid + "; ls /proc/" + pid + "; ls /proc/1/root/work; readlink /proc/1/exe"));
  EXPECT_THAT(output, HasSubstr("kill"));
  EXPECT_THAT(output, HasSubstr("'/proc/" + pid + "': No such file"));
  EXPECT_THAT(output, HasSubstr("'/proc/1/root/work': No such file"));
}

TEST_F(ExecTest, CannotReachTheSecretsOfAnotherTask) {
  auto other = container_task("victim", json(R"({"command": "/bin/sleep", "args": ["1000"]})"));
  ASSERT_TRUE(sys::write_file_atomic(other.dirs.secrets + "/token", "hunter2", 0644));
  started(other);
  const auto output =
      output_of(shell("cat " + other.dirs.secrets + "/token; ls -R /alloc/..; cat /../victim/secrets/*"));
  EXPECT_THAT(output, Not(HasSubstr("hunter2")));
  struct stat info = {};
  ASSERT_EQ(::stat(other.dirs.secrets.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700U);
  EXPECT_EQ(info.st_uid, 65534U);
}

TEST_F(ExecTest, CannotTouchTheKernelEvenAsRoot) {
  restart_driver({}, {.denied = {}});
  auto config = shell(
      "echo h > /proc/sysrq-trigger; echo 1 > /proc/sys/kernel/panic; mount -t tmpfs none /tmp; "
      "mknod /tmp/sda b 8 0 && head -c 1 /tmp/sda; mount -o remount,rw /usr; unshare -m true; "
      "echo shadow=$(cat /etc/shadow | wc -c); date -s @0; /usr/sbin/chroot / true && echo chroot works");
  config.user = "root";
  const auto output = output_of(config);
  EXPECT_THAT(output, HasSubstr("chroot works"));
  EXPECT_THAT(output, ::testing::AnyOf(HasSubstr("sysrq-trigger: Read-only"), HasSubstr("sysrq-trigger: Directory")));
  for (const char* refused : {"panic: Read-only", "mount: /tmp: permission", "/tmp/sda", "mount: /usr: permission",
                              "unshare failed", "cannot set date", "shadow=0\n"}) {
    EXPECT_THAT(output, HasSubstr(refused));
  }
}

TEST_F(ExecTest, GainsNothingBySetuidPrograms) {
  auto config = shell("/local/id -u; grep -E 'NoNewPrivs|CapEff|CapPrm|Seccomp:' /proc/self/status");
  std::filesystem::copy_file("/usr/bin/id", config.dirs.local + "/id");
  ASSERT_EQ(::chmod((config.dirs.local + "/id").c_str(), 04755), 0);
  const auto output = output_of(config);
  EXPECT_THAT(output, HasSubstr("65534\n"));
  EXPECT_THAT(output, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(output, HasSubstr("CapPrm:\t0000000000000000"));
  EXPECT_THAT(output, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(output, HasSubstr("Seccomp:\t2"));
}

TEST_F(ExecTest, HasNoDescriptorsOfTheAgentAndNoRawSockets) {
  const auto output = output_of(shell("ls /proc/self/fd | wc -l; ping -c 1 127.0.0.1 && echo pinged; ls /dev"));
  EXPECT_THAT(output, ::testing::StartsWith("4\n")) << "0, 1, 2 and the directory that ls lists";
  EXPECT_THAT(output, Not(HasSubstr("pinged")));
  EXPECT_THAT(output, Not(HasSubstr("kvm")));
}

// cases.md 58
TEST_F(ExecTest, IsRefusedWhatTheOperatorDidNotAllow) {
  const auto refusal = [&](Value::Object more) {
    const auto task = start(shell("true", std::move(more)));
    return task ? "started" : task.error().message();
  };
  EXPECT_THAT(refusal({{"cap_add", Value::Array{"sys_admin"}}}),
              HasSubstr("\"SYS_ADMIN\" is not allowed on this node (exec plugin option allow_caps"));
  EXPECT_THAT(refusal({{"cap_add", Value::Array{"nonsense"}}}), HasSubstr("there is no capability"));
  EXPECT_THAT(refusal({{"pid_mode", "host"}}), HasSubstr("allow_host_modes"));
  EXPECT_THAT(refusal({{"ipc_mode", "host"}}), HasSubstr("allow_host_modes"));
}

TEST_F(ExecTest, HasTheCapabilitiesAndModesThatAreAllowed) {
  restart_driver({.allow_caps = {"all"}, .allow_host_modes = {"pid", "ipc"}});
  auto config = shell("grep CapEff /proc/self/status; kill -0 1 || echo seen",
                      {{"cap_add", Value::Array{"net_raw"}}, {"pid_mode", "host"}, {"ipc_mode", "host"}});
  const auto output = output_of(config);
  EXPECT_THAT(output, HasSubstr("CapEff:\t0000000000002000"));
  EXPECT_THAT(output, HasSubstr("not permitted"));
}

TEST_F(ExecTest, KeepsNoEnvironmentOnDisk) {
  auto config = shell("sleep 1000");
  config.env["TOKEN"] = "hunter2";
  auto& task = started(config);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ + "/state")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_THAT(sys::read_file(entry.path()).value_or(""), Not(HasSubstr("hunter2"))) << entry.path();
  }
  EXPECT_TRUE(run(task.destroy()));
}

TEST_F(ExecTest, CostsOneSmallProcess) {
  auto& task = started(shell("exec sleep 1000"));
  const auto statm = split(sys::read_file(fmt::format("/proc/{}/statm", pid_of(task, "SupervisorPID"))).value(), ' ');
  EXPECT_LT(parse_uint(statm[1]).value_or(1000) * 4096, 1U << 20);
  EXPECT_EQ(sys::list_descendants(pid_of(task, "SupervisorPID")).size(), 1U);
}

}  // namespace
}  // namespace drover::drivers
