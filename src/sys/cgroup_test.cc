#include "sys/cgroup.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/process.h"
#include "sys/supervisor.h"
#include "sys/test_util.h"

#include <unistd.h>
#include <csignal>
#include <set>

namespace drover::sys {
namespace {

using std::chrono::seconds;

// A cgroup file system made of plain files: what the kernel would make by itself is made by hand.
class FakeCgroups {
 public:
  void file(const std::string& path, const std::string& content = "") {
    const std::string full = root_ / path;
    std::filesystem::create_directories(std::filesystem::path(full).parent_path());
    ASSERT_TRUE(append_file(full, content));
  }
  void leaf(const std::string& directory, const std::vector<std::string>& names) {
    file(directory + "/drover/a/cgroup.procs");
    for (const std::string& name : names) file(directory + "/drover/a/" + name);
  }
  std::string read(const std::string& path) { return read_file(root_ / path).value_or("<none>"); }
  CgroupManager manager() { return CgroupManager({.root = root_.path()}); }

 private:
  TempDir root_;
};

const CgroupLimits kAllLimits = {.cpu_shares = 1024,
                                 .cpu_quota = 1.5,
                                 .memory_max_bytes = 64 << 20,
                                 .memory_low_bytes = 32 << 20,
                                 .pids_max = 50,
                                 .cpuset_cpus = "0-1",
                                 .io_weight = 200};

TEST(CgroupManager, WritesLimitsInTheWordsOfVersion2) {
  FakeCgroups fake;
  fake.file("cgroup.controllers", "cpuset cpu io memory pids\n");
  fake.file("cgroup.subtree_control");
  fake.leaf("", {"cpu.weight", "cpu.max", "memory.max", "memory.low", "memory.swap.max", "pids.max", "cpuset.cpus",
                 "io.weight", "memory.events"});
  const CgroupManager manager = fake.manager();
  EXPECT_EQ(manager.version(), CgroupVersion::V2);
  EXPECT_TRUE(manager.missing(kAllLimits).empty());
  SYS_ASSERT_OK(manager.create("a", kAllLimits));
  EXPECT_EQ(fake.read("drover/a/cpu.weight"), "39");
  EXPECT_EQ(fake.read("drover/a/cpu.max"), "150000 100000");
  EXPECT_EQ(fake.read("drover/a/memory.max"), "67108864");
  EXPECT_EQ(fake.read("drover/a/memory.low"), "33554432");
  EXPECT_EQ(fake.read("drover/a/memory.swap.max"), "0");
  EXPECT_EQ(fake.read("drover/a/pids.max"), "50");
  EXPECT_EQ(fake.read("drover/a/cpuset.cpus"), "0-1");
  EXPECT_EQ(fake.read("drover/a/io.weight"), "default 200");
  EXPECT_TRUE(manager.oom_file("a").ends_with("/drover/a/memory.events"));
}

TEST(CgroupManager, WritesLimitsInTheWordsOfVersion1) {
  FakeCgroups fake;
  for (const std::string name : {"cpu", "memory", "pids", "freezer", "blkio"}) fake.file(name + "/cgroup.procs");
  fake.leaf("cpu", {"cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us"});
  fake.leaf("memory", {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes"});
  fake.leaf("pids", {"pids.max"});
  fake.leaf("freezer", {"freezer.state"});
  fake.leaf("blkio", {"blkio.weight"});
  const CgroupManager manager = fake.manager();
  EXPECT_EQ(manager.version(), CgroupVersion::V1);
  EXPECT_EQ(manager.missing(kAllLimits), std::vector<std::string>{"cpuset"});
  SYS_ASSERT_OK(manager.create("a", kAllLimits));
  EXPECT_EQ(fake.read("cpu/drover/a/cpu.shares"), "1024");
  EXPECT_EQ(fake.read("cpu/drover/a/cpu.cfs_quota_us"), "150000");
  EXPECT_EQ(fake.read("memory/drover/a/memory.memsw.limit_in_bytes"), "67108864");
  EXPECT_EQ(fake.read("pids/drover/a/pids.max"), "50");
  EXPECT_EQ(fake.read("blkio/drover/a/blkio.weight"), "200");
  EXPECT_EQ(manager.procs_files("a").size(), 5U);
}

TEST(CgroupManager, ConfinesToCpusAndLetsGo) {
  FakeCgroups v2;
  v2.file("cgroup.controllers", "cpuset");
  v2.file("drover/cpuset.cpus.effective", "0-3\n");
  v2.leaf("", {"cpuset.cpus"});
  SYS_ASSERT_OK(v2.manager().confine("a", "1"));
  EXPECT_EQ(v2.read("drover/a/cpuset.cpus"), "1");
  SYS_ASSERT_OK(v2.manager().confine("a", ""));
  EXPECT_EQ(v2.read("drover/a/cpuset.cpus"), "0-3");

  FakeCgroups v1;
  v1.file("cpuset/cgroup.procs");
  v1.file("cpuset/drover/cpuset.cpus", "0-3\n");
  v1.leaf("cpuset", {"cpuset.cpus"});
  SYS_ASSERT_OK(v1.manager().confine("a", "1"));
  EXPECT_EQ(v1.read("cpuset/drover/a/cpuset.cpus"), "1");
  SYS_ASSERT_OK(v1.manager().confine("a", ""));
  EXPECT_EQ(v1.read("cpuset/drover/a/cpuset.cpus"), "0-3");
}

TEST(CgroupManager, ReadsUsageOfBothVersions) {
  FakeCgroups v2;
  v2.file("cgroup.controllers", "memory cpu");
  v2.leaf("", {});
  v2.file("drover/a/cpu.stat", "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_throttled 4\nthrottled_usec 7\n");
  v2.file("drover/a/memory.current", "4096\n");
  v2.file("drover/a/memory.stat", "anon 1000\nfile 3000\n");
  v2.file("drover/a/memory.events", "low 0\noom 3\noom_kill 2\n");
  const auto two = v2.manager().usage("a");
  EXPECT_EQ(two.cpu_nanos, 5000U);
  EXPECT_EQ(two.cpu_throttled_nanos, 7000U);
  EXPECT_EQ(two.memory_bytes, 4096U);
  EXPECT_EQ(two.memory_rss_bytes, 1000U);
  EXPECT_EQ(two.oom_kills, 2U);
  EXPECT_EQ(two.pids, 0U);

  FakeCgroups v1;
  for (const std::string name : {"cpuacct", "memory"}) v1.file(name + "/cgroup.procs");
  v1.leaf("cpuacct", {});
  v1.leaf("memory", {});
  v1.file("cpuacct/drover/a/cpuacct.usage", "99\n");
  v1.file("memory/drover/a/memory.max_usage_in_bytes", "5000\n");
  v1.file("memory/drover/a/memory.stat", "rss 1\ntotal_rss 77\ntotal_cache 88\n");
  v1.file("memory/drover/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  const auto one = v1.manager().usage("a");
  EXPECT_EQ(one.cpu_nanos, 99U);
  EXPECT_EQ(one.memory_max_usage_bytes, 5000U);
  EXPECT_EQ(one.memory_rss_bytes, 77U);
  EXPECT_EQ(one.oom_kills, 1U);
}

TEST(CgroupManager, DoesWithoutAnyCgroups) {
  TempDir empty;
  const CgroupManager manager({.root = empty.path()});
  EXPECT_EQ(manager.version(), CgroupVersion::None);
  EXPECT_FALSE(manager.available());
  SYS_ASSERT_OK(manager.create("a", kAllLimits));
  EXPECT_TRUE(manager.procs_files("a").empty());
  EXPECT_EQ(manager.missing(kAllLimits).size(), 4U);
  SYS_ASSERT_OK(manager.kill_all("a"));
  SYS_ASSERT_OK(manager.remove("a"));
}

TEST(CgroupManager, RefusesNamesThatLeaveItsParent) {
  const CgroupManager manager;
  for (const std::string name : {"", "..", "a/b", "../x", ".hidden", "a\nb"}) {
    EXPECT_FALSE(manager.create(name, {})) << name;
  }
}

std::string allowed_cpus(const std::string& pid) {
  const std::string status = read_file("/proc/" + pid + "/status").value_or("");
  const size_t start = status.find("Cpus_allowed_list:\t") + 19;
  return status.substr(start, status.find('\n', start) - start);
}

// On the kernel's own cgroups.
class RealCgroups : public testing::Test {
 protected:
  void SetUp() override {
    if (!running_as_root() || !manager_.available()) GTEST_SKIP() << "needs root and cgroups";
    std::filesystem::create_directories(dir_ / "logs");
    std::filesystem::create_directories(dir_ / "state");
  }
  void TearDown() override {
    if (!manager_.available()) return;
    EXPECT_TRUE(manager_.kill_all(kName));
    EXPECT_TRUE(manager_.remove(kName));
    EXPECT_TRUE(manager_.procs_files(kName).empty());
  }

  SupervisedTask start(const std::string& script) {
    auto task = start_supervised({.task_name = "web",
                                  .executable = "/bin/sh",
                                  .argv = {"sh", "-c", script},
                                  .env = {"PATH=/usr/bin:/bin"},
                                  .cwd = dir_.path(),
                                  .log_dir = dir_ / "logs",
                                  .state_dir = dir_ / "state",
                                  .cgroup_procs = manager_.procs_files(kName),
                                  .oom_file = manager_.oom_file(kName)});
    EXPECT_TRUE(task) << message_of(task);
    return task ? std::move(*task) : SupervisedTask{};
  }

  TaskExit end_of(SupervisedTask& task) {
    if (!task.supervisor.pidfd.valid() || !wait_readable(task.supervisor.pidfd, seconds(60)).value()) {
      ADD_FAILURE() << "the task does not run or does not end";
      return {};
    }
    EXPECT_TRUE(finish_task(task));
    EXPECT_TRUE(task.exit);
    return task.exit.value_or(TaskExit{});
  }

  const std::string kName = fmt::format("test-{}-web", ::getpid());
  CgroupManager manager_{{.parent = "drover-test"}};
  TempDir dir_;
};

TEST_F(RealCgroups, HoldTheTaskButNotItsSupervisor) {
  SYS_ASSERT_OK(manager_.create(kName, {.accounting = true}));
  auto task = start("sleep 1000 & sleep 1000");
  ASSERT_TRUE(eventually([&] { return manager_.pids(kName).size() == 3; }));
  for (const pid_t pid : manager_.pids(kName)) EXPECT_NE(pid, task.handle.supervisor.pid);
  const auto usage = manager_.usage(kName);
  EXPECT_EQ(usage.pids, 3U);
  EXPECT_TRUE(usage.cpu_nanos);
  EXPECT_GT(usage.memory_rss_bytes.value_or(0), 0U);
  EXPECT_FALSE(manager_.list().empty());
  SYS_ASSERT_OK(manager_.kill_all(kName));
  EXPECT_TRUE(manager_.pids(kName).empty());
  EXPECT_EQ(end_of(task).status, (ExitStatus{.signal = SIGKILL}));
}

// cases.md 48
TEST_F(RealCgroups, LetTheOomKillerTakeTheTaskAndSaySo) {
  const CgroupLimits limits = {.memory_max_bytes = 16 << 20};
  if (!manager_.missing(limits).empty()) GTEST_SKIP() << "no memory controller";
  SYS_ASSERT_OK(manager_.create(kName, limits));
  auto task = start("exec tail /dev/zero");
  const auto exit = end_of(task);
  EXPECT_EQ(exit.status, (ExitStatus{.signal = SIGKILL}));
  EXPECT_TRUE(exit.oom_killed);
  EXPECT_GT(manager_.usage(kName).oom_kills.value_or(0), 0U);
}

// cases.md 48
TEST_F(RealCgroups, HoldAForkBomb) {
  const CgroupLimits limits = {.pids_max = 40};
  if (!manager_.missing(limits).empty()) GTEST_SKIP() << "no pids controller";
  SYS_ASSERT_OK(manager_.create(kName, limits));
  auto task = start("(for i in $(seq 1000); do sleep 1000 & done); exec sleep 1000");
  EXPECT_TRUE(eventually([&] { return manager_.pids(kName).size() > 30; }));
  EXPECT_LE(manager_.pids(kName).size(), 40U);
  SYS_ASSERT_OK(manager_.kill_all(kName));
  EXPECT_EQ(end_of(task).status.ok(), false);
}

TEST_F(RealCgroups, AreChangedAndKilledAfterTheSupervisorIsGone) {
  SYS_ASSERT_OK(manager_.create(kName, {.cpu_shares = 512, .cpu_quota = 0.5, .memory_max_bytes = 64 << 20}));
  SYS_ASSERT_OK(manager_.update(kName, {.memory_max_bytes = 128 << 20}));
  SYS_ASSERT_OK(manager_.update(kName, {.memory_max_bytes = 32 << 20}));
  auto task = start("setsid sleep 1000 & sleep 1000");
  ASSERT_TRUE(eventually([&] { return manager_.pids(kName).size() == 3; }));
  SYS_ASSERT_OK(send_signal(task.supervisor, SIGKILL));
  ASSERT_TRUE(wait_readable(task.supervisor.pidfd, seconds(60)).value());
  SYS_ASSERT_OK(finish_task(task));
  EXPECT_EQ(task.state, SupervisedTask::State::Lost);
  EXPECT_EQ(manager_.pids(kName).size(), 3U);
  SYS_ASSERT_OK(manager_.kill_all(kName));
}

TEST_F(RealCgroups, WorkForPlainProcessesWithACpuset) {
  const CgroupLimits limits = {.cpuset_cpus = "0"};
  if (!manager_.missing(limits).empty()) GTEST_SKIP() << "no cpuset controller";
  SYS_ASSERT_OK(manager_.create(kName, limits));
  auto process = spawn({.executable = "/bin/sh",
                        .argv = {"sh", "-c", "test \"$(grep Cpus_allowed_list /proc/self/status | cut -f2)\" = 0"},
                        .env = {"PATH=/usr/bin:/bin"},
                        .cgroup_procs = manager_.procs_files(kName)});
  SYS_ASSERT_OK(process);
  EXPECT_EQ(wait(*process, seconds(20)).value(), (ExitStatus{.code = 0}));
}

TEST_F(RealCgroups, MoveWhatRunsToOtherCpus) {
  if (!manager_.has(CgroupController::CpuSet)) GTEST_SKIP() << "no cpuset controller";
  EXPECT_EQ(manager_.confine(kName, "0").error().code(), ErrorCode::NotFound);
  SYS_ASSERT_OK(manager_.create(kName, {}));
  auto task = start("sleep 1000 & sleep 1000");
  ASSERT_TRUE(eventually([&] { return manager_.pids(kName).size() == 3; }));
  const auto where = [&] {
    std::set<std::string> lists;
    for (const pid_t pid : manager_.pids(kName)) lists.insert(allowed_cpus(std::to_string(pid)));
    return lists;
  };
  const std::set<std::string> everywhere = {allowed_cpus("self")};
  SYS_ASSERT_OK(manager_.confine(kName, ""));
  EXPECT_EQ(where(), everywhere);
  SYS_ASSERT_OK(manager_.confine(kName, "0"));
  EXPECT_EQ(where(), std::set<std::string>{"0"});
  SYS_ASSERT_OK(manager_.confine(kName, ""));
  EXPECT_EQ(where(), everywhere);
  EXPECT_EQ(manager_.pids(kName).size(), 3U);
  SYS_ASSERT_OK(manager_.kill_all(kName));
  end_of(task);
}

}  // namespace
}  // namespace drover::sys
