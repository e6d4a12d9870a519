#include "drivers/docker/container_spec.h"

#include "base/strings.h"
#include "drivers/docker/policy.h"
#include "sys/cpu_list.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace drover::drivers {
namespace {

using codec::Value;

constexpr int64_t kMegabyte = 1 << 20;
constexpr int64_t kDefaultPeriod = 100'000;
constexpr int64_t kMinShares = 2;

Value list_of(const std::vector<std::string>& texts) {
  return Value::Array(texts.begin(), texts.end());
}

Value object_of(const std::map<std::string, std::string>& map) {
  Value out = Value::Object();
  for (const auto& [key, value] : map) out.set(key, value);
  return out;
}

void set_text(Value& out, const char* key, const std::string& text) {
  if (!text.empty()) out.set(key, text);
}

void set_list(Value& out, const char* key, const std::vector<std::string>& list) {
  if (!list.empty()) out.set(key, list_of(list));
}

void set_map(Value& out, const char* key, const std::map<std::string, std::string>& map) {
  if (!map.empty()) out.set(key, object_of(map));
}

bool shares_a_network(const std::string& mode) {
  return mode == "host" || mode == "none" || mode.starts_with("container:");
}

Value labels_of(const ContainerInputs& in) {
  Value labels = object_of(in.config.labels);
  labels.set(kAllocLabel, in.task.alloc_id);
  labels.set(kTaskLabel, in.task.task);
  if (!in.options.owner.empty()) labels.set(kOwnerLabel, in.options.owner);
  const std::pair<const char*, const std::string*> extra[] = {{"job_name", &in.task.job_name},
                                                              {"job_id", &in.task.job_id},
                                                              {"task_group_name", &in.task.group},
                                                              {"namespace", &in.task.ns}};
  for (const auto& [name, value] : extra) {
    if (std::ranges::find(in.options.extra_labels, name) == in.options.extra_labels.end()) continue;
    labels.set(std::string("dev.drover.") + name, *value);
  }
  return labels;
}

Status add_ports(const ContainerInputs& in, Value& body, Value& host) {
  if (shares_a_network(in.config.network_mode)) return Ok{};
  TRY_LET(const auto published, published_ports(in.task, in.config));
  Value exposed = Value::Object(), bindings = Value::Object();
  for (const auto& port : in.task.ports) {
    const auto found = published.find(port.label);
    if (found == published.end()) continue;
    for (const char* protocol : {"tcp", "udp"}) {
      const std::string key = fmt::format("{}/{}", found->second, protocol);
      exposed.set(key, Value::Object());
      auto* at = bindings.find(key);
      if (!at) at = &bindings.set(key, Value::Array());
      at->as_array()->emplace_back(
          Value::Object{{"HostIp", port.host_ip}, {"HostPort", std::to_string(port.host_port)}});
    }
  }
  body.set("ExposedPorts", std::move(exposed));
  host.set("PortBindings", std::move(bindings));
  return Ok{};
}

void add_limits(const ContainerInputs& in, Value& host) {
  const auto& config = in.config;
  const int64_t memory = in.task.memory_mb * kMegabyte;
  const int64_t hard = std::max({memory, config.memory_hard_limit * kMegabyte, in.task.memory_max_mb * kMegabyte});
  host.set("Memory", hard);
  host.set("MemorySwap", hard);  // No swap on top.
  if (hard > memory) host.set("MemoryReservation", memory);
  host.set("CpuShares", std::max<int64_t>(in.task.cpu_mhz, kMinShares));
  if (in.task.io_weight > 0) host.set("BlkioWeight", int64_t{in.task.io_weight});
  if (config.cpu_hard_limit && in.core_mhz > 0) {
    const int64_t period = config.cpu_cfs_period != 0 ? config.cpu_cfs_period : kDefaultPeriod;
    host.set("CpuPeriod", period);
    host.set("CpuQuota", std::max<int64_t>(1000, period * in.task.cpu_mhz / in.core_mhz));
  }
  set_text(host, "CpusetCpus",
           in.task.cpuset_cpus.empty() ? container_cpus(config.cpuset_cpus, in.task.shared_cpus) : in.task.cpuset_cpus);
  const int64_t pids = config.pids_limit > 0 ? config.pids_limit : in.options.pids_limit;
  if (pids > 0) host.set("PidsLimit", pids);
  if (config.shm_size > 0) host.set("ShmSize", config.shm_size);
  if (config.oom_score_adj != 0) host.set("OomScoreAdj", int64_t{config.oom_score_adj});
  set_map(host, "Sysctls", config.sysctl);
  set_map(host, "StorageOpt", config.storage_opt);
  Value ulimits = Value::Array();
  for (const auto& [name, value] : config.ulimit) {
    const auto parts = split(value, ':');
    const int64_t soft = parse_int(parts[0]).value_or(0);
    ulimits.as_array()->emplace_back(Value::Object{
        {"Name", name}, {"Soft", soft}, {"Hard", parts.size() > 1 ? parse_int(parts[1]).value_or(soft) : soft}});
  }
  if (!config.ulimit.empty()) host.set("Ulimits", std::move(ulimits));
}

// Those that a container has by itself and that this node does not allow are taken away, too.
std::vector<std::string> dropped_capabilities(const ContainerInputs& in) {
  std::vector<std::string> dropped = in.config.cap_drop;
  if (in.config.privileged) return dropped;
  for (const auto& name : engine_capabilities()) {
    if (!allows_capability(in.options, name)) dropped.push_back(name);
  }
  return dropped;
}

// The container runtime of the vendor puts the devices and their libraries into the container.
void add_reserved_devices(const TaskConfig& task, Value& host) {
  Value requests = Value::Array();
  for (const auto& device : task.devices) {
    // Any of the sets in the list will do; all of one set are needed.
    Value capabilities = Value::Array();
    capabilities.as_array()->push_back(Value::Array{device.type});
    requests.as_array()->emplace_back(Value::Object{
        {"Driver", device.vendor}, {"DeviceIDs", list_of(device.ids)}, {"Capabilities", std::move(capabilities)}});
  }
  if (!task.devices.empty()) host.set("DeviceRequests", std::move(requests));
}

void add_security(const ContainerInputs& in, Value& host) {
  const auto& config = in.config;
  if (config.privileged) host.set("Privileged", true);
  if (config.readonly_rootfs) host.set("ReadonlyRootfs", true);
  set_list(host, "CapAdd", config.cap_add);
  set_list(host, "CapDrop", dropped_capabilities(in));
  set_list(host, "SecurityOpt", config.security_opt);
  set_list(host, "GroupAdd", config.group_add);
  set_text(host, "IpcMode", config.ipc_mode);
  set_text(host, "PidMode", config.pid_mode);
  set_text(host, "UTSMode", config.uts_mode);
  set_text(host, "UsernsMode", config.userns_mode);
  set_text(host, "CgroupnsMode", config.cgroupns);
  set_text(host, "Runtime", config.runtime);
  if (config.init) host.set("Init", true);
  Value devices = Value::Array();
  for (const auto& device : config.devices) {
    devices.as_array()->emplace_back(
        Value::Object{{"PathOnHost", device.host_path},
                      {"PathInContainer", device.container_path.empty() ? device.host_path : device.container_path},
                      {"CgroupPermissions", device.cgroup_permissions.empty() ? "rwm" : device.cgroup_permissions}});
  }
  if (!config.devices.empty()) host.set("Devices", std::move(devices));
}

Value mount_of(const DockerMount& mount, const std::string& source) {
  Value out = Value::Object{{"Type", mount.type}, {"Target", mount.target}, {"ReadOnly", mount.readonly}};
  set_text(out, "Source", source);
  if (mount.volume_options) {
    const auto& given = *mount.volume_options;
    Value options = Value::Object{{"NoCopy", given.no_copy}};
    set_map(options, "Labels", given.labels);
    if (given.driver_config) {
      Value driver = Value::Object{{"Name", given.driver_config->name}};
      set_map(driver, "Options", given.driver_config->options);
      options.set("DriverConfig", std::move(driver));
    }
    out.set("VolumeOptions", std::move(options));
  }
  if (mount.bind_options) {
    out.set("BindOptions", Value::Object{{"Propagation", mount.bind_options->propagation}});
  }
  if (mount.tmpfs_options) {
    Value options = Value::Object();
    if (mount.tmpfs_options->size > 0) options.set("SizeBytes", mount.tmpfs_options->size);
    if (mount.tmpfs_options->mode > 0) options.set("Mode", int64_t{mount.tmpfs_options->mode});
    out.set("TmpfsOptions", std::move(options));
  }
  return out;
}

const char* propagation_of(const TaskMount& mount) {
  if (mount.propagation == "host-to-task") return "rslave";
  return mount.propagation == "bidirectional" ? "rshared" : "rprivate";
}

// A volume of the group: of the host, or of the allocation.
Value volume_of(const TaskMount& mount) {
  return Value::Object{{"Type", "bind"},
                       {"Source", mount.source},
                       {"Target", mount.destination},
                       {"ReadOnly", mount.read_only},
                       {"BindOptions", Value::Object{{"Propagation", propagation_of(mount)}}}};
}

// Of all mounts the engine labels only those that are written so.
std::string labelled_bind(const TaskMount& mount) {
  return fmt::format("{}:{}:{},{},{}", mount.source, mount.destination, mount.read_only ? "ro" : "rw",
                     mount.selinux_label, propagation_of(mount));
}

void add_mounts(const ContainerInputs& in, Value& host) {
  std::vector<std::string> binds = in.binds;
  if (const auto& file = in.task.network.resolv_conf; !file.empty()) binds.push_back(file + ":/etc/resolv.conf:ro");
  set_text(host, "VolumeDriver", in.config.volume_driver);
  Value mounts = Value::Array();
  size_t index = 0;
  for (const auto* list : {&in.config.mounts, &in.config.mount}) {
    for (const auto& mount : *list) mounts.as_array()->push_back(mount_of(mount, in.mount_sources[index++]));
  }
  for (const auto& mount : in.task.mounts) {
    if (mount.selinux_label.empty()) {
      mounts.as_array()->push_back(volume_of(mount));
    } else {
      binds.push_back(labelled_bind(mount));
    }
  }
  host.set("Binds", list_of(binds));
  if (!mounts.as_array()->empty()) host.set("Mounts", std::move(mounts));
}

// The daemon keeps as much as we do, so that nothing is lost while the agent is away for a short time.
Value log_config(const ContainerInputs& in) {
  const auto& logging = in.config.logging;
  const std::string type = logging.type.empty() ? logging.driver : logging.type;
  if (!type.empty() || !logging.config.empty()) {
    return Value::Object{{"Type", type.empty() ? "json-file" : type}, {"Config", object_of(logging.config)}};
  }
  if (in.task.logs.max_files == 0) return Value::Object{{"Type", "none"}};
  return Value::Object{
      {"Type", "json-file"},
      {"Config", Value::Object{{"max-size", std::to_string(std::max<uint64_t>(in.task.logs.max_file_bytes, 1 << 20))},
                               {"max-file", "2"}}}};
}

Value endpoint_of(const DockerConfig& config) {
  Value endpoint = Value::Object();
  set_list(endpoint, "Aliases", config.network_aliases);
  set_text(endpoint, "MacAddress", config.mac_address);
  Value addresses = Value::Object();
  set_text(addresses, "IPv4Address", config.ipv4_address);
  set_text(addresses, "IPv6Address", config.ipv6_address);
  if (!addresses.as_object()->empty()) endpoint.set("IPAMConfig", std::move(addresses));
  return endpoint;
}

void add_network(const DockerConfig& config, Value& body, Value& host) {
  const std::string mode = config.network_mode.empty() ? "bridge" : config.network_mode;
  host.set("NetworkMode", mode);
  set_list(host, "Dns", config.dns_servers);
  set_list(host, "DnsOptions", config.dns_options);
  set_list(host, "DnsSearch", config.dns_search_domains);
  set_list(host, "ExtraHosts", config.extra_hosts);
  set_text(body, "MacAddress", config.mac_address);
  Value endpoint = endpoint_of(config);
  if (shares_a_network(mode) || endpoint.as_object()->empty()) return;
  body.set("NetworkingConfig", Value::Object{{"EndpointsConfig", Value::Object{{mode, std::move(endpoint)}}}});
}

void add_command(const ContainerInputs& in, Value& body) {
  std::vector<std::string> command = in.config.args;
  if (!in.config.command.empty()) command.insert(command.begin(), in.config.command);
  set_list(body, "Cmd", command);
  set_list(body, "Entrypoint", in.config.entrypoint);
  set_text(body, "WorkingDir", in.config.work_dir);
  set_text(body, "Hostname", in.config.hostname);
  set_text(body, "User", in.task.user);
  if (in.config.tty) body.set("Tty", true);
  if (in.config.interactive) body.set("OpenStdin", true);
  if (in.config.healthchecks.disable) body.set("Healthcheck", Value::Object{{"Test", Value::Array{"NONE"}}});
  Value env = Value::Array();
  for (const auto& [key, value] : in.task.env) env.as_array()->emplace_back(key + "=" + value);
  body.set("Env", std::move(env));
}

}  // namespace

std::string container_name(const TaskConfig& task) {
  std::string name = task.task + "-" + task.alloc_id;
  std::ranges::replace_if(
      name, [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_' && c != '.'; }, '_');
  return name;
}

bool has_own_network(const DockerConfig& config) {
  const auto& mode = config.network_mode;
  return !mode.empty() && mode != "bridge" && mode != "default" && mode != "nat" && !shares_a_network(mode);
}

Result<std::map<std::string, int32_t>> published_ports(const TaskConfig& task, const DockerConfig& config) {
  const auto has_port = [&](const std::string& label) {
    return std::ranges::any_of(task.ports, [&](const TaskPort& port) { return port.label == label; });
  };
  for (const auto& label : config.ports) {
    if (!has_port(label)) {
      return err(ErrorCode::InvalidArgument, "ports: task \"{}\" has no port \"{}\" in its network", task.task, label);
    }
  }
  for (const auto& [label, to] : config.port_map) {
    if (has_port(label)) continue;
    return err(ErrorCode::InvalidArgument, "port_map: task \"{}\" has no port \"{}\" in its network", task.task, label);
  }
  std::map<std::string, int32_t> published;
  for (const auto& port : task.ports) {
    const bool named = std::ranges::find(config.ports, port.label) != config.ports.end();
    const auto mapped = config.port_map.find(port.label);
    const bool is_mapped = mapped != config.port_map.end();
    // Without `ports`, all of the task's own ports are published, as in Nomad.
    if (!named && !is_mapped && (port.of_group || !config.ports.empty())) continue;
    published[port.label] = is_mapped ? mapped->second : (port.to > 0 ? port.to : port.host_port);
  }
  return published;
}

std::string container_cpus(const std::string& named, const std::string& shared) {
  if (shared.empty()) return named;
  const auto wanted = sys::parse_cpu_list(named);
  if (!wanted) return named;  // The daemon says what is wrong with it.
  const auto free = sys::parse_cpu_list(shared).value_or(sys::CpuSet());
  sys::CpuSet both;
  std::ranges::set_intersection(*wanted, free, std::inserter(both, both.end()));
  return both.empty() ? shared : sys::format_cpu_list(both);
}

Result<Value> make_container_spec(const ContainerInputs& in) {
  if (!in.task.cpuset_cpus.empty() && !in.config.cpuset_cpus.empty()) {
    return err(ErrorCode::InvalidArgument, "cpuset_cpus cannot be used together with resources.cores");
  }
  Value body = Value::Object{{"Image", in.image}, {"Labels", labels_of(in)}};
  Value host = Value::Object();
  add_command(in, body);
  TRY(add_ports(in, body, host));
  add_limits(in, host);
  add_security(in, host);
  add_reserved_devices(in.task, host);
  add_mounts(in, host);
  add_network(in.config, body, host);
  host.set("LogConfig", log_config(in));
  body.set("HostConfig", std::move(host));
  return body;
}

}  // namespace drover::drivers
