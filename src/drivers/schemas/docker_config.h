#pragma once

#include "base/clock.h"
#include "base/diagnostics.h"
#include "codec/fwd.h"
#include "drivers/schema.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::drivers {

using StringMap = std::map<std::string, std::string>;

struct DockerAuth {
  std::string username;
  std::string password;
  std::string email;
  std::string server_address;
};
void describe(codec::StructBuilder& d, DockerAuth& r);

struct DockerLogging {
  std::string type;
  std::string driver;  // The later name of `type`.
  StringMap config;
};
void describe(codec::StructBuilder& d, DockerLogging& r);

struct DockerDevice {
  std::string host_path;
  std::string container_path;
  std::string cgroup_permissions;
};
void describe(codec::StructBuilder& d, DockerDevice& r);

struct DockerVolumeDriver {
  std::string name;
  StringMap options;
};
void describe(codec::StructBuilder& d, DockerVolumeDriver& r);

struct DockerVolumeOptions {
  bool no_copy = false;
  StringMap labels;
  std::optional<DockerVolumeDriver> driver_config;
};
void describe(codec::StructBuilder& d, DockerVolumeOptions& r);

struct DockerBindOptions {
  std::string propagation;
};
void describe(codec::StructBuilder& d, DockerBindOptions& r);

struct DockerTmpfsOptions {
  int64_t size = 0;
  int32_t mode = 0;
};
void describe(codec::StructBuilder& d, DockerTmpfsOptions& r);

struct DockerMount {
  std::string type = "volume";
  std::string target;
  std::string source;
  bool readonly = false;
  std::optional<DockerVolumeOptions> volume_options;
  std::optional<DockerBindOptions> bind_options;
  std::optional<DockerTmpfsOptions> tmpfs_options;
};
void describe(codec::StructBuilder& d, DockerMount& r);

struct DockerHealthchecks {
  bool disable = false;
};
void describe(codec::StructBuilder& d, DockerHealthchecks& r);

// A docker task's `config`: facts §4 "Drivers". Every key has its effect in docker/container_spec.cc.
struct DockerConfig {
  std::string image;
  std::string command;
  std::vector<std::string> args;
  std::vector<std::string> entrypoint;
  std::string work_dir;
  std::string hostname;
  StringMap labels;
  bool tty = false;
  bool interactive = false;
  bool init = false;
  DockerHealthchecks healthchecks;

  DockerAuth auth;
  bool auth_soft_fail = false;
  bool force_pull = false;
  std::string load;  // An archive of images in the task's directory, in place of a registry.
  Duration image_pull_timeout = std::chrono::minutes(5);

  std::string network_mode;
  std::vector<std::string> network_aliases;
  std::string ipv4_address;
  std::string ipv6_address;
  bool advertise_ipv6_address = false;
  std::string mac_address;
  std::map<std::string, int32_t> port_map;
  std::vector<std::string> ports;
  std::vector<std::string> dns_servers;
  std::vector<std::string> dns_options;
  std::vector<std::string> dns_search_domains;
  std::vector<std::string> extra_hosts;

  bool privileged = false;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  std::vector<DockerDevice> devices;
  std::vector<std::string> security_opt;
  std::vector<std::string> group_add;
  std::string ipc_mode;
  std::string pid_mode;
  std::string uts_mode;
  std::string userns_mode;
  std::string cgroupns;
  std::string runtime;
  bool readonly_rootfs = false;

  std::vector<std::string> volumes;
  std::string volume_driver;
  std::vector<DockerMount> mounts;
  std::vector<DockerMount> mount;
  StringMap storage_opt;
  int64_t shm_size = 0;

  StringMap sysctl;
  StringMap ulimit;
  int64_t memory_hard_limit = 0;  // MB
  int64_t pids_limit = 0;
  std::string cpuset_cpus;
  bool cpu_hard_limit = false;
  int64_t cpu_cfs_period = 0;  // Microseconds.
  int32_t oom_score_adj = 0;

  DockerLogging logging;
  int32_t container_exists_attempts = 5;
};
void describe(codec::StructBuilder& d, DockerConfig& r);

// What is wrong in itself, whatever a node allows.
void check(const DockerConfig& config, ConfigStage stage, const std::string& path, Diagnostics& problems);

}  // namespace drover::drivers
