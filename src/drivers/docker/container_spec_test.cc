#include "drivers/docker/container_spec.h"

#include "codec/describe.h"
#include "drivers/docker/api.h"
#include "drivers/docker/policy.h"
#include "drivers/schemas/config_codec.h"
#include "drivers/test_support.h"
#include "sys/files.h"
#include "sys/mounts.h"

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json;

DockerConfig config_of(std::string_view text) {
  Diagnostics problems;
  auto config = read_config<DockerConfig>(json(text), ConfigStage::Interpolated, problems);
  EXPECT_FALSE(problems.has_errors());
  return config;
}

TaskConfig task() {
  return {.job_name = "j",
          .task = "web",
          .alloc_id = "0a1b",
          .env = {{"A", "1"}},
          .cpu_mhz = 500,
          .memory_mb = 256,
          .ports = {{.label = "http", .host_ip = "10.0.0.1", .host_port = 25000},
                    {.label = "admin", .host_ip = "10.0.0.1", .host_port = 25001, .to = 9000, .of_group = true}}};
}

codec::Value spec_of(std::string_view config_text, const DockerOptions& options = {}) {
  const auto config = config_of(config_text);
  const auto inputs_task = task();
  const auto spec = make_container_spec({.task = inputs_task,
                                         .config = config,
                                         .options = options,
                                         .image = "x:1",
                                         .binds = {"/a:/alloc"},
                                         .mount_sources = {"/src"},
                                         .core_mhz = 2000});
  EXPECT_TRUE(spec);
  return spec ? *spec : codec::Value();
}

codec::Value spec_of_task(const TaskConfig& inputs_task, std::string_view config_text = R"({"image": "x"})",
                          const DockerOptions& options = {}) {
  const auto config = config_of(config_text);
  const auto spec = make_container_spec({.task = inputs_task, .config = config, .options = options, .image = "x:1"});
  return spec ? *spec : codec::Value(spec.error().message());
}

std::string part(const codec::Value& spec, std::string_view path) {
  const auto* found = find_path(spec, path);
  return found ? codec::dump(*found) : "none";
}

std::vector<std::string> refusals(std::string_view config, const DockerOptions& options = {}) {
  Diagnostics problems;
  check_policy(config_of(config), options, "config", problems);
  std::vector<std::string> out;
  for (const auto& problem : problems.all()) out.push_back(problem.path);
  return out;
}

TEST(ContainerSpec, PublishesTheTasksPortsOverTcpAndUdp) {
  const auto spec = spec_of(R"({"image": "x", "port_map": {"http": 80}})");
  EXPECT_EQ(
      part(spec, "HostConfig.PortBindings"),
      R"({"80/tcp":[{"HostIp":"10.0.0.1","HostPort":"25000"}],"80/udp":[{"HostIp":"10.0.0.1","HostPort":"25000"}]})");
  EXPECT_EQ(part(spec_of(R"({"image": "x"})"), "ExposedPorts"), R"({"25000/tcp":{},"25000/udp":{}})");
}

TEST(ContainerSpec, PublishesGroupPortsThatAreNamed) {
  EXPECT_EQ(part(spec_of(R"({"image": "x", "ports": ["admin"]})"), "ExposedPorts"), R"({"9000/tcp":{},"9000/udp":{}})");
}

TEST(ContainerSpec, KeepsToTheTasksCoresAndMemory) {
  auto given = task();
  given.memory_max_mb = 512;
  given.cpuset_cpus = "2-3";
  const auto spec = spec_of_task(given);
  EXPECT_EQ(part(spec, "HostConfig.Memory"), std::to_string(512 << 20));
  EXPECT_EQ(part(spec, "HostConfig.MemoryReservation"), std::to_string(256 << 20));
  EXPECT_EQ(part(spec, "HostConfig.CpusetCpus"), R"("2-3")");
  EXPECT_THAT(*spec_of_task(given, R"({"image": "x", "cpuset_cpus": "0"})").as_string(),
              HasSubstr("cannot be used together with resources.cores"));
}

TEST(ContainerSpec, KeepsOffCoresThatOthersHave) {
  auto given = task();
  given.shared_cpus = "0-2";
  EXPECT_EQ(part(spec_of_task(given), "HostConfig.CpusetCpus"), R"("0-2")");
  EXPECT_EQ(part(spec_of_task(given, R"({"image": "x", "cpuset_cpus": "2-3"})"), "HostConfig.CpusetCpus"), R"("2")");
  EXPECT_EQ(container_cpus("3", "0-2"), "0-2");
  EXPECT_EQ(container_cpus("3", ""), "3");
}

TEST(ContainerSpec, AsksForTheTasksDevices) {
  auto given = task();
  given.devices = {{.vendor = "nvidia", .type = "gpu", .ids = {"GPU-1", "GPU-2"}}};
  EXPECT_EQ(part(spec_of_task(given), "HostConfig.DeviceRequests"),
            R"([{"Driver":"nvidia","DeviceIDs":["GPU-1","GPU-2"],"Capabilities":[["gpu"]]}])");
}

TEST(ContainerSpec, TakesAwayTheCapabilitiesThatTheNodeDoesNotAllow) {
  EXPECT_EQ(part(spec_of(R"({"image": "x", "cap_drop": ["chown"]})"), "HostConfig.CapDrop"), R"(["chown","NET_RAW"])");
  DockerOptions all;
  all.allow_caps = {"all"};
  EXPECT_EQ(part(spec_of(R"({"image": "x"})", all), "HostConfig.CapDrop"), "none");
}

TEST(ContainerSpec, NamesTheNodeThatTheContainerIsOf) {
  DockerOptions options;
  options.owner = "/var/lib/drover";
  EXPECT_THAT(part(spec_of(R"({"image": "x"})", options), "Labels"),
              HasSubstr(R"("dev.drover.node":"/var/lib/drover")"));
}

TEST(ContainerSpec, RefusesAPortThatTheTaskDoesNotHave) {
  const auto published = published_ports(task(), config_of(R"({"image": "x", "port_map": {"db": 80}})"));
  ASSERT_FALSE(published);
  EXPECT_THAT(published.error().message(), HasSubstr("task \"web\" has no port \"db\""));
}

TEST(ContainerSpec, LimitsMemoryCpuAndProcesses) {
  const auto spec = spec_of(R"({"image": "x", "cpu_hard_limit": true, "memory_hard_limit": 512, "pids_limit": 9})");
  EXPECT_EQ(part(spec, "HostConfig.Memory"), std::to_string(512 << 20));
  EXPECT_EQ(part(spec, "HostConfig.MemorySwap"), std::to_string(512 << 20));
  EXPECT_EQ(part(spec, "HostConfig.MemoryReservation"), std::to_string(256 << 20));
  EXPECT_EQ(part(spec, "HostConfig.CpuShares"), "500");
  EXPECT_EQ(part(spec, "HostConfig.CpuQuota"), "25000");
  EXPECT_EQ(part(spec, "HostConfig.PidsLimit"), "9");
  EXPECT_EQ(part(spec_of(R"({"image": "x"})"), "HostConfig.PidsLimit"), "4096");
}

TEST(ContainerSpec, PutsTheCommandBeforeItsArguments) {
  EXPECT_EQ(part(spec_of(R"({"image": "x", "command": "a", "args": ["b"]})"), "Cmd"), R"(["a","b"])");
  EXPECT_EQ(part(spec_of(R"({"image": "x"})"), "Cmd"), "none");
  EXPECT_EQ(part(spec_of(R"({"image": "x", "entrypoint": ["e"]})"), "Entrypoint"), R"(["e"])");
}

TEST(ContainerSpec, LabelsTheContainer) {
  const auto spec = spec_of(R"({"image": "x", "labels": {"k": "v"}})", {.extra_labels = {"job_name"}});
  EXPECT_EQ(codec::dump(*spec.find("Labels")),
            R"({"k":"v","dev.drover.alloc_id":"0a1b","dev.drover.task_name":"web","dev.drover.job_name":"j"})");
}

TEST(ContainerSpec, VolumesWithALabelAreBinds) {
  auto with_volumes = task();
  with_volumes.mounts = {{.source = "/srv/a", .destination = "/a", .read_only = true},
                         {.source = "/srv/b", .destination = "/b", .propagation = "host-to-task", .selinux_label = "Z"},
                         {.source = "/srv/c", .destination = "/c", .read_only = true, .selinux_label = "z"}};
  const auto spec = spec_of_task(with_volumes);
  EXPECT_EQ(part(spec, "HostConfig.Binds"), R"(["/srv/b:/b:rw,Z,rslave","/srv/c:/c:ro,z,rprivate"])");
  EXPECT_EQ(part(spec, "HostConfig.Mounts"), R"([{"Type":"bind","Source":"/srv/a","Target":"/a","ReadOnly":true,)"
                                             R"("BindOptions":{"Propagation":"rprivate"}}])");
}

TEST(ContainerSpec, HandsEveryOptionOver) {
  const auto spec = spec_of(R"({"image": "x", "ulimit": {"nofile": "10:20"}, "sysctl": {"net.core.somaxconn": "16"},
    "mount": [{"type": "tmpfs", "target": "/t", "tmpfs_options": {"size": 100}}], "network_mode": "mine",
    "network_aliases": ["a"], "ipv4_address": "10.1.1.1", "healthchecks": {"disable": true}, "init": true,
    "logging": {"type": "syslog", "config": {"tag": "t"}}, "extra_hosts": ["h:1.2.3.4"], "oom_score_adj": 5,
    "devices": [{"host_path": "/dev/null"}], "shm_size": 1024, "group_add": ["7"]})");
  EXPECT_EQ(part(spec, "HostConfig.Ulimits"), R"([{"Name":"nofile","Soft":10,"Hard":20}])");
  EXPECT_EQ(part(spec, "HostConfig.Mounts"),
            R"([{"Type":"tmpfs","Target":"/t","ReadOnly":false,"Source":"/src","TmpfsOptions":{"SizeBytes":100}}])");
  EXPECT_EQ(part(spec, "NetworkingConfig.EndpointsConfig.mine"),
            R"({"Aliases":["a"],"IPAMConfig":{"IPv4Address":"10.1.1.1"}})");
  EXPECT_EQ(part(spec, "Healthcheck.Test"), R"(["NONE"])");
  EXPECT_EQ(part(spec, "HostConfig.LogConfig"), R"({"Type":"syslog","Config":{"tag":"t"}})");
  EXPECT_EQ(part(spec, "HostConfig.Devices"),
            R"([{"PathOnHost":"/dev/null","PathInContainer":"/dev/null","CgroupPermissions":"rwm"}])");
  EXPECT_EQ(part(spec, "HostConfig.ShmSize"), "1024");
}

// cases.md 58
TEST(DockerPolicy, RefusesByDefaultWhatReachesTheHost) {
  EXPECT_THAT(
      refusals(R"({"image": "x", "privileged": true, "devices": [{"host_path": "/dev/sda"}],
    "cap_add": ["NET_ADMIN"], "network_mode": "host", "pid_mode": "host", "ipc_mode": "host", "uts_mode": "host",
    "userns_mode": "host", "security_opt": ["seccomp=unconfined"], "runtime": "other", "volume_driver": "x",
    "volumes": ["/var/run/docker.sock:/s"], "mounts": [{"type": "bind", "source": "/", "target": "/h"}]})"),
      ElementsAre("config.privileged", "config.devices", "config.cap_add", "config.network_mode", "config.pid_mode",
                  "config.ipc_mode", "config.uts_mode", "config.userns_mode", "config.security_opt", "config.runtime",
                  "config.volume_driver", "config.volumes", "config.mounts"));
}

TEST(DockerPolicy, AllowsWhatTheOperatorAllows) {
  EXPECT_THAT(refusals(R"({"image": "x", "privileged": true, "cap_add": ["net_admin", "CAP_CHOWN"], "pid_mode": "host",
                           "volumes": ["/a:/b"]})",
                       {.allow_privileged = true,
                        .volumes_enabled = true,
                        .allow_caps = {"NET_ADMIN", "CHOWN"},
                        .allow_host_modes = {"pid"}}),
              IsEmpty());
}

class BindsTest : public testing::DriverTest {};

TEST_F(BindsTest, StayInsideTheAllocation) {
  const auto config = task_config("web", {});
  std::filesystem::create_symlink("/etc", config.dirs.task + "/link");
  const auto binds = [&](const std::string& volume, const DockerOptions& options = {}) {
    DockerConfig docker;
    docker.volumes = {volume};
    const auto made = make_binds(docker, config.dirs, options);
    return made ? made->back() : made.error().message();
  };
  const auto task_dir = std::filesystem::canonical(config.dirs.task).string();
  EXPECT_EQ(binds("local/x:/x:ro"), task_dir + "/local/x:/x:ro");
  EXPECT_THAT(binds("../../x:/x"), HasSubstr("outside of the allocation"));
  EXPECT_THAT(binds("link/passwd:/x"), HasSubstr("outside of the allocation"));
  EXPECT_EQ(binds("/etc:/x", {.volumes_enabled = true}), "/etc:/x");
}

// cases.md 58
TEST_F(BindsTest, LeadWhereTheyLedWhenTheyWereChecked) {
  if (::geteuid() != 0 || !sys::can_mount_copies()) GTEST_SKIP() << "needs root and Linux 5.12";
  const auto config = task_config("web", {});
  const std::string alloc_root = std::filesystem::path(config.dirs.task).parent_path();
  ASSERT_TRUE(sys::Directory::create(config.dirs.local + "/data"));
  ASSERT_TRUE(sys::write_file_atomic(config.dirs.local + "/data/x", "mine"));
  const std::string directory = config.dirs.state + "/binds";
  auto stage = BindStage::create(alloc_root, directory);
  ASSERT_TRUE(stage) << stage.error().message();
  DockerConfig docker;
  docker.volumes = {"local/data:/data:ro", "local/data/x:/file", "local/new:/new"};
  const auto made = make_binds(docker, config.dirs, {}, stage->get());
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ((*made)[3], directory + "/3:/data:ro");
  std::filesystem::rename(config.dirs.local + "/data", config.dirs.local + "/moved");
  std::filesystem::create_directory_symlink("/etc", config.dirs.local + "/data");
  EXPECT_EQ(sys::read_file(directory + "/3/x").value_or(""), "mine");
  EXPECT_EQ(sys::read_file(directory + "/4").value_or(""), "mine");
  EXPECT_TRUE(std::filesystem::is_directory(config.dirs.local + "/new"));
  EXPECT_FALSE((*stage)->add("web/local/data", sys::Access::ReadWrite));
  EXPECT_FALSE((*stage)->add("../outside", sys::Access::ReadWrite));
  (*stage)->close();
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_EQ(sys::read_file(config.dirs.local + "/moved/x").value_or(""), "mine");
}

TEST_F(BindsTest, AreReadOnlyWithAllThatIsMountedInThem) {
  if (::geteuid() != 0 || !sys::can_mount_copies()) GTEST_SKIP() << "needs root and Linux 5.12";
  const auto config = task_config("web", {});
  const std::string alloc_root = std::filesystem::path(config.dirs.task).parent_path();
  ASSERT_TRUE(sys::mount_tmpfs(config.dirs.secrets, {}));
  DockerConfig docker;
  docker.volumes = {".:/own", ".:/copy:ro", ".:/labelled:ro,z", ".:/later:ro,rslave"};
  for (const bool volumes_enabled : {false, true}) {
    const auto stage = BindStage::create(alloc_root, config.dirs.state + "/binds");
    ASSERT_TRUE(stage) << stage.error().message();
    const auto made = make_binds(docker, config.dirs, {.volumes_enabled = volumes_enabled}, stage->get());
    ASSERT_TRUE(made) << made.error().message();
    const auto writable = [&](size_t bind) {
      const std::string source = (*made)[bind].substr(0, (*made)[bind].find(':'));
      return sys::write_file_atomic(source + "/secrets/x", "written").has_value();
    };
    EXPECT_TRUE(writable(3));
    EXPECT_FALSE(writable(4));
    EXPECT_TRUE(writable(5)) << "the daemon writes labels";
    EXPECT_EQ(writable(6), volumes_enabled) << "only the mount itself could be shared";
    (*stage)->close();
  }
  ASSERT_TRUE(sys::unmount(config.dirs.secrets));
}

TEST_F(BindsTest, WhatAKilledAgentHadMountedIsUnmountedNotEmptied) {
  if (::geteuid() != 0 || !sys::can_mount_copies()) GTEST_SKIP() << "needs root and Linux 5.12";
  const auto config = task_config("web", {});
  const std::string alloc_root = std::filesystem::path(config.dirs.task).parent_path();
  ASSERT_TRUE(sys::write_file_atomic(config.dirs.local + "/x", "mine"));
  std::filesystem::create_directories(config.dirs.state);
  std::filesystem::create_directory_symlink(config.dirs.state, root_ + "/link");
  const std::string directory = root_ + "/link/binds";  // /proc/self/mountinfo has it by another name
  const auto left = BindStage::create(alloc_root, directory);
  ASSERT_TRUE(left && (*left)->add("web/local", sys::Access::ReadWrite));
  auto stage = BindStage::create(alloc_root, directory);
  ASSERT_TRUE(stage) << stage.error().message();
  EXPECT_TRUE(sys::mounts_beneath(root_).value().empty());
  EXPECT_EQ(sys::read_file(config.dirs.local + "/x").value_or(""), "mine");
}

}  // namespace
}  // namespace drover::drivers
