#include "drivers/docker/docker_driver.h"

#include "base/duration.h"
#include "drivers/docker/docker_test_support.h"
#include "drivers/docker/log_collector.h"
#include "testutil/fake_clock.h"

#include <csignal>

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using testing::DockerTest;
using ::testing::HasSubstr;
using testing::json;

TEST_F(DockerTest, FingerprintsTheDaemon) {
  const auto info = run(driver_->fingerprint());
  EXPECT_TRUE(info.healthy);
  EXPECT_EQ(info.attributes.at("driver.docker"), "1");
  EXPECT_NE(info.attributes.at("driver.docker.version"), "");
}

TEST_F(DockerTest, SaysWhenNoDaemonIsThere) {
  restart_driver({.endpoint = "unix:///nonexistent/docker.sock"});
  const auto info = run(driver_->fingerprint());
  EXPECT_FALSE(info.detected);
  EXPECT_THAT(info.health_description, HasSubstr("docker daemon is not reachable at /nonexistent/docker.sock"));
  const auto task = start(shell("true"));
  ASSERT_FALSE(task);
  EXPECT_TRUE(is_recoverable(task.error()));
}

TEST_F(DockerTest, ReportsTheExitCodeAndKeepsTheOutput) {
  auto& task = started(shell("echo out; echo err >&2; exit 7"));
  const auto exit = run(task.wait());
  EXPECT_EQ(exit.exit_code, 7);
  EXPECT_EQ(exit.error, "");
  EXPECT_FALSE(exit.oom_killed);
  EXPECT_EQ(log_text("web", "stdout"), "out\n");
  EXPECT_EQ(log_text("web", "stderr"), "err\n");
}

TEST_F(DockerTest, KeepsATerminalsOutput) {
  run(started(shell("echo one; echo two", R"({"tty": true})")).wait());
  EXPECT_EQ(log_text("web", "stdout"), "one\r\ntwo\r\n");
}

TEST_F(DockerTest, GivesTheTaskItsEnvironmentAndDirectories) {
  auto config = shell("echo $NAME; echo a > /alloc/a; echo l > /local/l; cat /secrets/s; id -u; hostname",
                      R"({"hostname": "box"})");
  config.env["NAME"] = "a b";
  config.user = "65534";
  for (const auto& dir : {config.dirs.alloc, config.dirs.local}) {
    std::filesystem::permissions(dir, std::filesystem::perms::all);
  }
  ASSERT_TRUE(sys::write_file_atomic(config.dirs.secrets + "/s", "secret\n"));
  run(started(config).wait());
  EXPECT_EQ(log_text("web", "stdout"), "a b\nsecret\n65534\nbox\n") << log_text("web", "stderr");
  EXPECT_EQ(sys::read_file(config.dirs.alloc + "/a").value_or(""), "a\n");
  EXPECT_EQ(sys::read_file(config.dirs.local + "/l").value_or(""), "l\n");
}

TEST_F(DockerTest, MountsWhatIsAskedFor) {
  auto config = shell("cat /data/file; touch /data/x || echo read-only; mount | grep -c ' /scratch type tmpfs'",
                      R"({"volumes": ["local/data:/data:ro"], "mounts": [{"type": "tmpfs", "target": "/scratch"}]})");
  std::filesystem::create_directories(config.dirs.local + "/data");
  ASSERT_TRUE(sys::write_file_atomic(config.dirs.local + "/data/file", "hello\n"));
  run(started(config).wait());
  EXPECT_EQ(log_text("web", "stdout"), "hello\nread-only\n1\n");
}

TEST_F(DockerTest, MapsPorts) {
  auto config = shell("echo served > /tmp/index.html; httpd -p 80 -h /tmp; echo ready; sleep 1000",
                      R"({"port_map": {"http": 80}})");
  config.ports = {{.label = "http", .host_ip = "127.0.0.1", .host_port = 20000 + ::getpid() % 10000}};
  auto& task = started(config);
  ASSERT_TRUE(printed("ready"));
  const auto client = net::HttpClient::create("http://127.0.0.1:" + std::to_string(config.ports[0].host_port));
  const auto response = run(client->request({.target = "/index.html"}));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "served\n");
  const auto network = task.network();
  ASSERT_TRUE(network);
  EXPECT_NE(network->ip, "");
  EXPECT_EQ(network->port_map.at("http"), 80);
  EXPECT_FALSE(network->auto_advertise);
}

TEST_F(DockerTest, SaysWhenAPortIsTaken) {
  auto config = shell("sleep 1000", R"({"port_map": {"http": 80}})");
  config.ports = {{.label = "http", .host_ip = "127.0.0.1", .host_port = 20000 + ::getpid() % 10000}};
  started(config);
  config.alloc_id[0] = 'f';
  const auto second = start(config);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("port is already allocated"));
  EXPECT_EQ(run(api_->inspect("web-" + config.alloc_id)).error().code(), ErrorCode::NotFound);
}

TEST_F(DockerTest, SaysWhenTheProgramIsNotInTheImage) {
  const auto task = start(task_config("web", codec::Value::Object{{"image", kImage}, {"command", "no-such-program"}}));
  ASSERT_FALSE(task);
  EXPECT_THAT(task.error().message(), HasSubstr("no-such-program"));
  EXPECT_FALSE(is_recoverable(task.error()));
  EXPECT_TRUE(eventually([&] { return !run(api_->inspect("web-" + alloc_id_)); }));
}

TEST_F(DockerTest, StopsByTheSignalAskedFor) {
  auto& task = started(shell("trap 'echo bye; exit 3' USR1; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(printed("ready"));
  EXPECT_TRUE(run(task.stop({.signal = "SIGUSR1", .timeout = std::chrono::seconds(20)})));
  EXPECT_EQ(run(task.wait()).exit_code, 3);
  EXPECT_THAT(log_text("web", "stdout"), HasSubstr("bye"));
}

TEST_F(DockerTest, KillsWhenTheSignalIsIgnored) {
  auto& task = started(shell("trap '' TERM; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(printed("ready"));
  EXPECT_TRUE(run(task.stop({.timeout = std::chrono::milliseconds(50)})));
  EXPECT_EQ(run(task.wait()).exit_code, 128 + SIGKILL);
  EXPECT_TRUE(run(task.stop({})));
  EXPECT_FALSE(run(task.signal("SIGHUP")));
}

// cases.md 48
TEST_F(DockerTest, TellsAnOomKill) {
  auto config = shell("tail /dev/zero");
  config.memory_mb = 16;
  const auto exit = run(started(config).wait());
  EXPECT_TRUE(exit.oom_killed);
  EXPECT_FALSE(exit.successful());
}

TEST_F(DockerTest, ReportsAllConfigProblemsAtOnce) {
  const auto task = start(task_config("web", json(R"({"imag": "x", "privileged": true})")));
  ASSERT_FALSE(task);
  EXPECT_THAT(task.error().message(), HasSubstr("unknown key \"imag\""));
  EXPECT_THAT(task.error().message(), HasSubstr("config.image: is required"));
  EXPECT_THAT(task.error().message(), HasSubstr("config.privileged: is not allowed on this node"));
}

TEST_F(DockerTest, TellsAnUnreachableRegistryFromABadName) {
  const auto away = start(task_config("web", json(R"({"image": "127.0.0.1:1/app:1"})")));
  ASSERT_FALSE(away);
  EXPECT_THAT(away.error().message(), HasSubstr("cannot pull image 127.0.0.1:1/app:1"));
  EXPECT_TRUE(is_recoverable(away.error()));
  EXPECT_EQ(events_.front().message, "Downloading image");
  const auto bad = start(task_config("web", json(R"({"image": "Bad Name"})")));
  ASSERT_FALSE(bad);
  EXPECT_FALSE(is_recoverable(bad.error()));
}

TEST_F(DockerTest, FindsARunningTaskAgainWithItsOutputComplete) {
  const int lines = 3000;
  auto& task = started(shell("i=0; while [ $i -lt " + std::to_string(lines) +
                             " ]; do i=$((i+1)); echo line $i; "
                             "[ $((i % 100)) = 0 ] && sleep 0.02; done; exit 4"));
  const auto handle = task.handle();
  ASSERT_TRUE(printed("line 100\n"));
  RunningTask* current = nullptr;
  for (int restart = 0; restart < 3; restart++) {
    restart_agent();
    const auto again = recover(handle);
    ASSERT_TRUE(again) << again.error().message();
    current = *again;
  }
  EXPECT_EQ(run(current->wait()).exit_code, 4);
  std::string expected;
  for (int i = 1; i <= lines; i++) expected += "line " + std::to_string(i) + "\n";
  EXPECT_TRUE(log_text("web", "stdout") == expected);
}

TEST_F(DockerTest, ReportsTheExitOfATaskThatEndedWhileTheAgentWasAway) {
  auto& task = started(shell("while [ ! -e /local/go ]; do sleep 0.01; done; echo last words; exit 8"));
  const auto handle = task.handle();
  restart_agent();
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/web/local/go", ""));
  ASSERT_TRUE(run(api_->wait(container_of(handle), std::chrono::seconds(20))));
  const auto again = recover(handle);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(run((*again)->wait()).exit_code, 8);
  EXPECT_EQ(log_text("web", "stdout"), "last words\n");
}

TEST_F(DockerTest, TellsWhenAContainerIsGone) {
  auto& task = started(shell("sleep 1000"));
  const auto handle = task.handle();
  ASSERT_TRUE(run(api_->remove_container(container_of(handle))));
  EXPECT_THAT(run(task.wait()).error, HasSubstr("container was removed"));
  const auto again = recover(handle);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::NotFound);
}

TEST_F(DockerTest, AdoptsATaskWhoseHandleWasNeverKept) {
  const auto id = container_of(started(shell("sleep 1000")).handle());
  restart_agent();
  EXPECT_EQ(container_of(started(shell("sleep 1000")).handle()), id);
}

TEST_F(DockerTest, ReplacesAnEndedContainerOfTheSameName) {
  auto& first = started(shell("echo one"));
  run(first.wait());
  const auto id = container_of(first.handle());
  forget_tasks();
  restart_driver({});
  auto& second = started(shell("echo two"));
  EXPECT_NE(container_of(second.handle()), id);
  run(second.wait());
  EXPECT_EQ(log_text("web", "stdout"), "one\ntwo\n");
}

TEST_F(DockerTest, RotatesLogs) {
  auto config = shell("i=0; while [ $i -lt 100 ]; do echo 123456789; i=$((i+1)); done");
  config.logs = {.max_files = 2, .max_file_bytes = 100};
  run(started(config).wait());
  EXPECT_EQ(sys::read_file(config.dirs.logs + "/web.stdout.9").value_or("").size(), 100u);
  EXPECT_FALSE(std::filesystem::exists(config.dirs.logs + "/web.stdout.7"));
}

TEST_F(DockerTest, RunsCommandsInTheContainer) {
  auto& task = started(shell("sleep 1000"));
  const auto result = run(task.exec({.argv = {"/bin/sh", "-c", "echo hello; exit 3"}}));
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->output, "hello\n");
  const auto slow = run(task.exec({.argv = {"/bin/sleep", "1000"}, .timeout = std::chrono::milliseconds(50)}));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code(), ErrorCode::DeadlineExceeded);
}

TEST_F(DockerTest, HasStatistics) {
  auto& task = started(shell("echo ready; sleep 1000"));
  ASSERT_TRUE(printed("ready"));
  const auto stats = run(task.stats());
  ASSERT_TRUE(stats) << stats.error().message();
  EXPECT_TRUE(stats->cpu_nanos);
  EXPECT_TRUE(stats->memory_usage_bytes);
}

class LogSinkTest : public testing::DriverTest {
 protected:
  LogSinkTest() { clock.step_wall(std::chrono::hours(24 * 365 * 5)); }  // After the entries below.

  LogTarget target() {
    std::filesystem::create_directories(root_ + "/alloc/logs");
    return {.container = "c", .task = "t", .logs_dir = root_ + "/alloc/logs", .state_dir = root_ + "/state"};
  }
  Result<std::unique_ptr<LogSink>> open_sink() { return LogSink::open(target(), clock); }

  // What the daemon would write down now.
  std::string entry(const std::string& text) {
    clock.advance(std::chrono::seconds(1));
    return format_time(clock.now()) + " " + text + "\n";
  }
  // Each in a stream's answer of its own.
  void add(const std::vector<std::string>& entries) {
    auto sink = *open_sink();
    sink->restart();
    for (const auto& each : entries) sink->add(Stream::Out, each);
    sink->flush();
  }

  drover::testing::FakeClock clock;
};

constexpr const char* kFirst = "2024-01-01T00:00:00.000000001Z a\n";
constexpr const char* kSecond = "2024-01-01T00:00:00.000000001Z b\n";
constexpr const char* kThird = "2024-01-01T00:00:00.000000002Z c\n";

TEST_F(LogSinkTest, TakesEachEntryOnceWhenTheDaemonSendsThemAgain) {
  {
    auto sink = *open_sink();
    sink->add(Stream::Out, kFirst);
    sink->add(Stream::Out, kSecond);
    sink->flush();
  }
  auto sink = *open_sink();
  EXPECT_EQ(sink->since(), "1704067195.000000001");  // Some seconds back, for stderr.
  for (const char* entry : {kFirst, kSecond, kThird}) sink->add(Stream::Out, entry);
  sink->flush();
  EXPECT_EQ(log_text("t", "stdout"), "a\nb\nc\n");
}

TEST_F(LogSinkTest, TakesEachEntryOnceWhenTheDaemonGoesBackWithinAnAnswer) {
  auto sink = *open_sink();
  for (const char* entry : {kFirst, kSecond, kThird, kFirst, kSecond, kThird}) sink->add(Stream::Out, entry);
  sink->flush();
  EXPECT_EQ(log_text("t", "stdout"), "a\nb\nc\n");
  EXPECT_EQ(sys::read_file(root_ + "/alloc/logs/.times.t.stdout.0").value_or(""), "0 1704067200000\n");
}

TEST_F(LogSinkTest, CutsOffWhatWasWrittenAfterTheRecord) {
  {
    auto sink = *open_sink();
    sink->add(Stream::Out, kFirst);
    sink->flush();
    // The agent dies after writing and before recording.
    LogWriter::open(target().logs_dir, "t.stdout.", {})->write("b\nc");
  }
  auto sink = *open_sink();
  for (const char* entry : {kFirst, kSecond, kThird}) sink->add(Stream::Out, entry);
  sink->flush();
  EXPECT_EQ(log_text("t", "stdout"), "a\nb\nc\n");
}

TEST_F(LogSinkTest, TakesWhatComesAfterTheClockWasSetBack) {
  const auto a = entry("a");
  clock.step_wall(-std::chrono::hours(1));
  const auto b = entry("b"), c = entry("c");
  add({a, b, c});
  EXPECT_EQ(log_text("t", "stdout"), "a\nb\nc\n");
  EXPECT_NE((*open_sink())->since(), "");
  add({a, b, c, entry("d")});
  EXPECT_EQ(log_text("t", "stdout"), "a\nb\nc\nd\n");
  clock.advance(std::chrono::hours(2));
  add({a, c, entry("e")});
  EXPECT_EQ(log_text("t", "stdout"), "a\nb\nc\nd\ne\n");
}

TEST_F(LogSinkTest, TakesWhatCameAfterTheClockWasSetBackUnderANewAgent) {
  const auto a = entry("a");
  add({a});
  clock.step_wall(-std::chrono::hours(1));
  const auto b = entry("b");
  EXPECT_EQ((*open_sink())->since(), "");
  add({a, b});
  EXPECT_EQ(log_text("t", "stdout"), "a\nb\n");
}

TEST_F(LogSinkTest, KnowsWhatComesAgainFromWhatIsNewWhenTheClockWasSetBack) {
  const auto a = entry("a");
  clock.step_wall(-std::chrono::hours(1));
  const auto b = entry("b"), c = entry("c");
  add({a, b, a, b, c, a, b, c, entry("d")});
  EXPECT_EQ(log_text("t", "stdout"), "a\nb\nc\nd\n");
}

TEST_F(LogSinkTest, StartsAnewForAnotherContainer) {
  auto sink = *open_sink();
  sink->add(Stream::Out, kThird);
  sink->flush();
  auto other = target();
  other.container = "d";
  auto next = *LogSink::open(other, clock);
  next->add(Stream::Out, kFirst);
  next->flush();
  EXPECT_EQ(log_text("t", "stdout"), "c\na\n");
}

}  // namespace
}  // namespace drover::drivers
