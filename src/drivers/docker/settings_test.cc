#include "drivers/docker/docker_driver.h"

#include "drivers/docker/docker_test_support.h"

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using testing::DockerTest;

using testing::json;

TEST_F(DockerTest, RemovesContainersOfItsNodeThatNoTaskIsKnownFor) {
  const DanglingOptions often{.period = std::chrono::milliseconds(50), .creation_grace = std::chrono::seconds(3)};
  restart_driver({.gc_dangling = {.enabled = false}, .owner = root_});
  const auto orphan = container_of(started(shell("sleep 1000")).handle());
  auto config = shell("sleep 1000");
  config.task = "kept";
  forget_tasks();
  restart_driver({.gc_dangling = often, .owner = root_});
  const auto kept = container_of(started(config).handle());
  EXPECT_TRUE(eventually([&] { return !run(api_->inspect(orphan)); }));
  EXPECT_TRUE(run(api_->inspect(kept)));
}

TEST_F(DockerTest, LeavesTheContainersOfOtherNodes) {
  restart_driver({.owner = "/elsewhere/" + root_});
  const auto other = container_of(started(shell("sleep 1000")).handle());
  auto config = shell("sleep 1000");
  config.task = "orphan";
  restart_driver({.owner = root_});
  const auto orphan = container_of(started(config).handle());
  forget_tasks();
  const DanglingOptions often{.period = std::chrono::milliseconds(50), .creation_grace = Duration(0)};
  restart_driver({.gc_dangling = often, .owner = root_});
  EXPECT_TRUE(eventually([&] { return !run(api_->inspect(orphan)); }));
  EXPECT_TRUE(run(api_->inspect(other)));
  EXPECT_TRUE(run(api_->remove_container(other)));
}

// cases.md 58
TEST_F(DockerTest, RefusesASymbolicLinkInThePlaceOfItsDirectories) {
  auto config = shell("ls /local");
  std::filesystem::remove_all(config.dirs.local);
  std::filesystem::create_directory_symlink("/etc", config.dirs.local);
  const auto task = start(config);
  ASSERT_FALSE(task);
  EXPECT_FALSE(is_recoverable(task.error())) << task.error().message();
}

TEST_F(DockerTest, RunsWithTheLimitsAndSettingsAskedFor) {
  const auto output = [this](const std::string& script, std::string_view more) {
    auto config = shell(script, more);
    config.memory_max_mb = 128;
    config.cpuset_cpus = "0";
    run(started(config).wait());
    const std::string text = log_text("web", "stdout") + log_text("web", "stderr");
    EXPECT_TRUE(run(tasks_.back()->destroy()));
    for (const char* stream : {"stdout", "stderr"}) {
      std::filesystem::remove(config.dirs.logs + "/web." + stream + ".0");
    }
    return text;
  };
  EXPECT_EQ(output("ulimit -n; cat /proc/sys/net/core/somaxconn; df -k /dev/shm | tail -1 | awk '{print $2}'; nproc",
                   R"({"ulimit": {"nofile": "77:99"}, "sysctl": {"net.core.somaxconn": "1234"}, "shm_size": 2097152})"),
            "77\n1234\n2048\n1\n");
  EXPECT_EQ(output("cat /etc/resolv.conf | sort; grep box /etc/hosts; cat /sys/class/net/eth0/address",
                   R"({"dns_servers": ["10.1.2.3"], "dns_search_domains": ["a.example"], "dns_options": ["ndots:3"],
                       "extra_hosts": ["box:10.9.8.7"], "mac_address": "02:42:0a:00:00:77"})"),
            "nameserver 10.1.2.3\noptions ndots:3\nsearch a.example\n10.9.8.7\tbox\n02:42:0a:00:00:77\n");
  EXPECT_EQ(
      output("pwd; touch /x 2>/dev/null || echo read-only; id -G; cat /proc/1/comm; grep CapBnd /proc/self/status",
             R"({"work_dir": "/tmp", "readonly_rootfs": true, "group_add": ["4321"], "init": true,
                       "cap_drop": ["all"], "cap_add": ["chown"]})"),
      "/tmp\nread-only\n0 4321\ndocker-init\nCapBnd:\t0000000000000001\n");
  EXPECT_EQ(output("cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max 2>/dev/null || "
                   "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max",
                   R"({"pids_limit": 33})"),
            std::to_string(128 << 20) + "\n33\n");
}

TEST_F(DockerTest, UsesTheNamesAndAddressesOfANetwork) {
  const std::string name = "drover-test-" + std::to_string(::getpid());
  const std::string subnet = R"({"Driver": "bridge", "IPAM": {"Config": [{"Subnet": "10.213.77.0/24"}]}})";
  auto body = json(subnet);
  body.set("Name", name);
  ASSERT_TRUE(run(api_->post("/networks/create", body)));
  auto config = shell("nslookup friend 127.0.0.11; sleep 1000");
  config.config.set("network_mode", name);
  config.config.set("network_aliases", codec::Value::Array{"friend"});
  config.config.set("ipv4_address", "10.213.77.9");
  auto& task = started(config);
  EXPECT_TRUE(printed("10.213.77.9"));
  ASSERT_TRUE(task.network());
  EXPECT_EQ(task.network()->ip, "10.213.77.9");
  EXPECT_TRUE(task.network()->auto_advertise);
  EXPECT_TRUE(run(task.destroy()));
  EXPECT_TRUE(run(api_->remove("/networks/" + name)));
}

}  // namespace
}  // namespace drover::drivers
