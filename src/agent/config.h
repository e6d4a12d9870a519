#pragma once

#include "base/clock.h"
#include "client/allocs/alloc_gc.h"
#include "codec/fwd.h"
#include "model/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The agent's configuration: Nomad's keys (facts section 4). Names in files are those of config_desc.cc; defaults are
// the member initialisers here. Keys that Nomad has and that would have no effect are not in here, and so are refused
// by name.
namespace drover::agent {

struct PortsConfig {
  int32_t http = 4646;
  int32_t rpc = 4647;
  int32_t serf = 4648;  // accepted for Nomad's files; there is no gossip
};
void describe(codec::StructBuilder& d, PortsConfig& r);

struct AddressesConfig {
  std::string http;  // "": bind_addr
  std::string rpc;
  std::string serf;
};
void describe(codec::StructBuilder& d, AddressesConfig& r);

struct AdvertiseConfig {
  std::string http;  // "": the address bound, or the machine's own
  std::string rpc;
  std::string serf;
};
void describe(codec::StructBuilder& d, AdvertiseConfig& r);

struct ServerConfig {
  bool enabled = false;
  int32_t bootstrap_expect = 1;
  std::optional<int32_t> num_schedulers;  // default: one less than there are cores, at least 1
  Duration heartbeat_grace = std::chrono::seconds(10);
  Duration min_heartbeat_ttl = std::chrono::seconds(10);
  double max_heartbeats_per_second = 50;
  Duration failover_heartbeat_ttl = std::chrono::seconds(300);
  bool accept_data_loss = false;  // start although the end of the log is damaged
  // How often what nothing needs any more is removed, and how long it is kept (facts 5.10).
  Duration job_gc_interval = std::chrono::minutes(5);
  Duration job_gc_threshold = std::chrono::hours(4);
  Duration eval_gc_threshold = std::chrono::hours(1);
  Duration deployment_gc_threshold = std::chrono::hours(1);
  Duration node_gc_threshold = std::chrono::hours(24);
  int64_t max_dispatch_payload = 16 * 1024;  // bytes
  std::vector<std::string> logistics_allow;  // "10.1.0.0/16": where endpoints of confidential jobs may be
};
void describe(codec::StructBuilder& d, ServerConfig& r);

struct ReservedConfig {
  int64_t cpu = 0;
  int64_t memory = 0;
  int64_t disk = 0;
  std::string reserved_ports;  // "22,80,8500-8600"
};
void describe(codec::StructBuilder& d, ReservedConfig& r);

struct ServerJoinConfig {
  std::vector<std::string> retry_join;
};
void describe(codec::StructBuilder& d, ServerJoinConfig& r);

// client { host_network "name" { … } }
struct HostNetworkConfig {
  std::string cidr;
  std::string interface;
  std::string reserved_ports;
};
void describe(codec::StructBuilder& d, HostNetworkConfig& r);

// client { host_volume "name" { … } }
struct HostVolumeConfig {
  std::string path;
  bool read_only = false;
};
void describe(codec::StructBuilder& d, HostVolumeConfig& r);

// client { artifact { … } }: sizes are "100GB" or "64MiB", "0" is no limit.
struct ArtifactConfig {
  Duration http_read_timeout = std::chrono::minutes(30);
  std::string http_max_size = "100GB";
  Duration gcs_timeout = std::chrono::minutes(30);
  Duration git_timeout = std::chrono::minutes(30);
  Duration hg_timeout = std::chrono::minutes(30);
  Duration s3_timeout = std::chrono::minutes(30);
  int64_t decompression_file_count_limit = 4096;
  std::string decompression_size_limit = "100GB";
  bool disable_filesystem_isolation = false;
  std::string set_environment_variables;  // names, separated by commas
};
void describe(codec::StructBuilder& d, ArtifactConfig& r);

// client { assets { … } }: the node's store of models and data sets.
struct AssetsConfig {
  std::string dir;
  std::string max_size = "0";
  Duration ttl = std::chrono::hours(24);
  int64_t downloads = 2;
  int64_t connections = 4;
  std::string max_asset_size = "2TB";
  int64_t max_files = 100'000;
  Duration timeout = std::chrono::hours(12);
  std::string hugging_face_endpoint;
  std::string ollama_registry = "https://registry.ollama.ai";
};
void describe(codec::StructBuilder& d, AssetsConfig& r);

// client { drain_on_shutdown { … } }: how allocations leave before the agent does (leave_on_interrupt,
// leave_on_terminate).
struct DrainOnShutdownConfig {
  Duration deadline = std::chrono::hours(1);
  bool force = false;
  bool ignore_system_jobs = false;
};
void describe(codec::StructBuilder& d, DrainOnShutdownConfig& r);

struct ClientConfig {
  bool enabled = false;
  std::string alloc_dir;
  std::vector<std::string> servers;
  ServerJoinConfig server_join;
  std::string node_class;
  std::string node_pool = model::kDefaultNodePool;
  std::map<std::string, std::string> meta;
  std::map<std::string, std::string> options;
  ReservedConfig reserved;
  std::string network_interface;
  int32_t network_speed = 0;
  int64_t cpu_total_compute = 0;
  int64_t memory_total_mb = 0;
  Duration max_kill_timeout = std::chrono::seconds(30);
  uint32_t gc_max_allocs = client::GcOptions{}.max_allocs;
  Duration gc_interval = client::GcOptions{}.interval;
  uint32_t gc_parallel_destroys = client::GcOptions{}.parallel;
  double gc_disk_usage_threshold = client::GcOptions{}.disk_percent;
  double gc_inode_usage_threshold = client::GcOptions{}.inode_percent;
  std::string cgroup_parent = "drover";
  std::map<std::string, std::string> chroot_env;  // empty: the drivers' own
  std::map<std::string, HostNetworkConfig> host_network;
  std::map<std::string, HostVolumeConfig> host_volume;
  std::string cni_path = "/opt/cni/bin:/usr/lib/cni";
  std::string cni_config_dir = "/opt/cni/config";
  std::string bridge_network_name = "nomad";
  std::string bridge_network_subnet = "172.26.64.0/20";
  bool bridge_network_hairpin_mode = false;
  bool disable_remote_exec = false;
  std::optional<DrainOnShutdownConfig> drain_on_shutdown;
  ArtifactConfig artifact;
  AssetsConfig assets;
};
void describe(codec::StructBuilder& d, ClientConfig& r);

struct DockerDanglingConfig {
  bool enabled = true;
  Duration period = std::chrono::minutes(5);
  Duration creation_grace = std::chrono::minutes(5);
  bool dry_run = false;
};
void describe(codec::StructBuilder& d, DockerDanglingConfig& r);

struct DockerGcConfig {
  bool image = true;
  Duration image_delay = std::chrono::minutes(3);
  bool container = true;
  DockerDanglingConfig dangling_containers;
};
void describe(codec::StructBuilder& d, DockerGcConfig& r);

struct DockerVolumesConfig {
  bool enabled = false;
  std::string selinuxlabel;
};
void describe(codec::StructBuilder& d, DockerVolumesConfig& r);

struct DockerAuthConfig {
  std::string config;
  std::string helper;
};
void describe(codec::StructBuilder& d, DockerAuthConfig& r);

struct DockerTlsConfig {
  std::string cert;
  std::string key;
  std::string ca;
};
void describe(codec::StructBuilder& d, DockerTlsConfig& r);

struct DockerPrivateNetworksConfig {
  std::string pool = "10.213.0.0/16";
  std::vector<std::string> allow;
};
void describe(codec::StructBuilder& d, DockerPrivateNetworksConfig& r);

// plugin "docker" { config { … } }
struct DockerPluginConfig {
  std::string endpoint = "unix:///var/run/docker.sock";
  bool allow_privileged = false;
  std::optional<std::vector<std::string>> allow_caps;
  std::optional<std::vector<std::string>> allow_runtimes;
  std::vector<std::string> allow_host_modes;
  bool allow_devices = false;
  DockerVolumesConfig volumes;
  DockerAuthConfig auth;
  DockerTlsConfig tls;
  DockerGcConfig gc;
  DockerPrivateNetworksConfig private_networks;
  int64_t pids_limit = 4096;
  Duration pull_activity_timeout = std::chrono::minutes(2);
  bool disable_log_collection = false;
  std::vector<std::string> extra_labels;
};
void describe(codec::StructBuilder& d, DockerPluginConfig& r);

// plugin "raw_exec" { config { … } }
struct RawExecPluginConfig {
  bool enabled = false;
  bool no_cgroups = false;
  bool limits = false;
  int64_t pids_limit = 4096;
};
void describe(codec::StructBuilder& d, RawExecPluginConfig& r);

// plugin "exec" { config { … } }, for java and qemu, too.
struct ExecPluginConfig {
  std::optional<std::vector<std::string>> allow_caps;
  std::vector<std::string> allow_host_modes;
  std::string default_pid_mode = "private";
  std::string default_ipc_mode = "private";
  bool no_pivot_root = false;
  int64_t pids_limit = 4096;
};
void describe(codec::StructBuilder& d, ExecPluginConfig& r);

// plugin "qemu" { config { … } }
struct QemuPluginConfig {
  std::vector<std::string> image_paths;
};
void describe(codec::StructBuilder& d, QemuPluginConfig& r);

// plugin "nomad-device-nvidia" { config { … } }
struct NvidiaPluginConfig {
  bool enabled = true;
  std::vector<std::string> ignored_gpu_ids;
  Duration fingerprint_period = std::chrono::seconds(30);
  int32_t tasks_per_gpu = 1;
  std::string library = "libnvidia-ml.so.1";
};
void describe(codec::StructBuilder& d, NvidiaPluginConfig& r);

struct NvidiaPlugin {
  NvidiaPluginConfig config;
};
void describe(codec::StructBuilder& d, NvidiaPlugin& r);

struct DockerPlugin {
  DockerPluginConfig config;
};
void describe(codec::StructBuilder& d, DockerPlugin& r);

struct RawExecPlugin {
  RawExecPluginConfig config;
};
void describe(codec::StructBuilder& d, RawExecPlugin& r);

struct ExecPlugin {
  ExecPluginConfig config;
};
void describe(codec::StructBuilder& d, ExecPlugin& r);

struct QemuPlugin {
  QemuPluginConfig config;
};
void describe(codec::StructBuilder& d, QemuPlugin& r);

struct PluginsConfig {
  DockerPlugin docker;
  RawExecPlugin raw_exec;
  ExecPlugin exec;
  QemuPlugin qemu;
  NvidiaPlugin nvidia;
  std::optional<NvidiaPlugin> nvidia_gpu;  // its older name
};
void describe(codec::StructBuilder& d, PluginsConfig& r);

struct LimitsConfig {
  int32_t http_max_conns_per_client = 100;  // 0: no limit
};
void describe(codec::StructBuilder& d, LimitsConfig& r);

// expose { tls { … } }: PEM files.
struct ExposeTlsConfig {
  std::string cert_file;
  std::string key_file;
};
void describe(codec::StructBuilder& d, ExposeTlsConfig& r);

// The proxy of the ports that tasks expose (docs/expose.md).
struct ExposeConfig {
  int32_t port = 0;       // 0: none
  std::string address;    // "": bind_addr
  std::string domain;     // the ids are the labels below it
  std::string advertise;  // "host:port" for other agents; "": the address of the HTTP API and the port
  ExposeTlsConfig tls;
};
void describe(codec::StructBuilder& d, ExposeConfig& r);

struct Config {
  std::string region = model::kDefaultRegion;
  std::string datacenter = "dc1";
  std::string name;  // "": the host's
  std::string data_dir;
  std::string log_level = "INFO";
  std::string bind_addr = "0.0.0.0";
  bool leave_on_interrupt = false;
  bool leave_on_terminate = false;
  bool disable_update_check = true;  // accepted for Nomad's files; nothing ever checks
  PortsConfig ports;
  AddressesConfig addresses;
  AdvertiseConfig advertise;
  ServerConfig server;
  ClientConfig client;
  PluginsConfig plugin;
  LimitsConfig limits;
  ExposeConfig expose;

  bool dev_mode = false;  // not a key: `agent -dev`
};
void describe(codec::StructBuilder& d, Config& r);

}  // namespace drover::agent
