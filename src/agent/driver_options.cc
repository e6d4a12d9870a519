#include "agent/driver_options.h"

#include <algorithm>
#include <functional>

#include "base/duration.h"
#include "base/strings.h"
#include "drivers/devices/nvidia.h"
#include "drivers/docker/private_network.h"

namespace drover::agent {
namespace {

using drivers::DriverOptions;

// Sets one option from its text; false if the text is not a value of it.
using Setter = bool (*)(DriverOptions& options, const std::string& text);

bool set_bool(bool& out, const std::string& text) {
  if (text != "true" && text != "1" && text != "false" && text != "0") return false;
  out = text == "true" || text == "1";
  return true;
}

bool set_list(std::vector<std::string>& out, const std::string& text) {
  out.clear();
  for (const std::string& part : split(text, ',')) {
    if (!trim(part).empty()) out.emplace_back(trim(part));
  }
  return true;
}

bool set_text(std::string& out, const std::string& text) {
  out = text;
  return true;
}

struct ClientOption {
  std::string_view name;
  Setter set;
};

// Nomad's client options of drivers (facts section 4), old and new spelling. "env.blacklist" is the client's own.
constexpr ClientOption kClientOptions[] = {
    {"driver.raw_exec.enable", [](DriverOptions& o, const std::string& t) { return set_bool(o.raw_exec.enabled, t); }},
    {"driver.whitelist", [](DriverOptions& o, const std::string& t) { return set_list(o.allowed, t); }},
    {"driver.allowlist", [](DriverOptions& o, const std::string& t) { return set_list(o.allowed, t); }},
    {"driver.blacklist", [](DriverOptions& o, const std::string& t) { return set_list(o.denied, t); }},
    {"driver.denylist", [](DriverOptions& o, const std::string& t) { return set_list(o.denied, t); }},
    {"user.denylist", [](DriverOptions& o, const std::string& t) { return set_list(o.users.denied, t); }},
    {"user.blacklist", [](DriverOptions& o, const std::string& t) { return set_list(o.users.denied, t); }},
    {"user.checked_drivers",
     [](DriverOptions& o, const std::string& t) { return set_list(o.users.checked_drivers, t); }},
    {"docker.endpoint", [](DriverOptions& o, const std::string& t) { return set_text(o.docker.endpoint, t); }},
    {"docker.tls.cert", [](DriverOptions& o, const std::string& t) { return set_text(o.docker.tls.cert, t); }},
    {"docker.tls.key", [](DriverOptions& o, const std::string& t) { return set_text(o.docker.tls.key, t); }},
    {"docker.tls.ca", [](DriverOptions& o, const std::string& t) { return set_text(o.docker.tls.ca, t); }},
    {"docker.auth.config", [](DriverOptions& o, const std::string& t) { return set_text(o.docker.auth_config, t); }},
    {"docker.auth.helper", [](DriverOptions& o, const std::string& t) { return set_text(o.docker.auth_helper, t); }},
    {"docker.cleanup.image", [](DriverOptions& o, const std::string& t) { return set_bool(o.docker.gc_image, t); }},
    {"docker.cleanup.image.delay",
     [](DriverOptions& o, const std::string& t) {
       const auto delay = parse_duration(t);
       if (delay) o.docker.gc_image_delay = *delay;
       return delay.has_value();
     }},
    {"docker.privileged.enabled",
     [](DriverOptions& o, const std::string& t) { return set_bool(o.docker.allow_privileged, t); }},
    {"docker.volumes.enabled",
     [](DriverOptions& o, const std::string& t) { return set_bool(o.docker.volumes_enabled, t); }},
    {"docker.volumes.selinuxlabel",
     [](DriverOptions& o, const std::string& t) { return set_text(o.docker.volumes_selinux_label, t); }},
};
constexpr std::string_view kOptionsOfTheClient[] = {"env.blacklist", "env.denylist"};

const ClientOption* find_option(std::string_view name) {
  for (const ClientOption& option : kClientOptions) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

bool is_the_clients(std::string_view name) {
  for (const std::string_view known : kOptionsOfTheClient) {
    if (known == name) return true;
  }
  return false;
}

void report_unknown(const std::string& name, Diagnostics& diagnostics) {
  std::vector<std::string> known(std::begin(kOptionsOfTheClient), std::end(kOptionsOfTheClient));
  for (const ClientOption& option : kClientOptions) known.emplace_back(option.name);
  const auto nearest = nearest_name(name, known);
  diagnostics.error(fmt::format("client.options[\"{}\"]", printable(name, 60)),
                    nearest ? fmt::format("unknown option; did you mean \"{}\"?", *nearest) : "unknown option");
}

void check_config(const Config& config, Diagnostics& diagnostics) {
  const ExecPluginConfig& exec = config.plugin.exec.config;
  const auto check_mode = [&](const char* key, const std::string& mode) {
    if (mode == "private" || mode == "host") return;
    diagnostics.error(fmt::format("plugin.exec.config.{}", key),
                      fmt::format("must be \"private\" or \"host\", got \"{}\"", printable(mode, 60)));
  };
  check_mode("default_pid_mode", exec.default_pid_mode);
  check_mode("default_ipc_mode", exec.default_ipc_mode);
  if (config.plugin.docker.config.gc.dangling_containers.period <= Duration(0)) {
    diagnostics.error("plugin.docker.config.gc.dangling_containers.period", "must be positive");
  }
  const DockerTlsConfig& tls = config.plugin.docker.config.tls;
  if (tls.cert.empty() != tls.key.empty()) {
    diagnostics.error("plugin.docker.config.tls", "cert and key belong together: give both or none");
  }
  const DockerPrivateNetworksConfig& networks = config.plugin.docker.config.private_networks;
  const auto checked = drivers::check_private_networks({.pool = networks.pool, .allow = networks.allow});
  if (!checked) diagnostics.error("plugin.docker.config.private_networks", checked.error().message());
  for (const auto& [source, destination] : config.client.chroot_env) {
    if (source.starts_with('/') && destination.starts_with('/')) continue;
    diagnostics.error("client.chroot_env", fmt::format("\"{}\" and \"{}\" must be absolute paths", printable(source),
                                                       printable(destination)));
  }
}

void set_docker(const Config& config, drivers::DockerOptions& options) {
  const DockerPluginConfig& docker = config.plugin.docker.config;
  options.endpoint = docker.endpoint;
  options.tls = {.cert = docker.tls.cert, .key = docker.tls.key, .ca = docker.tls.ca};
  options.allow_privileged = docker.allow_privileged;
  options.volumes_enabled = docker.volumes.enabled;
  options.volumes_selinux_label = docker.volumes.selinuxlabel;
  if (docker.allow_caps) options.allow_caps = *docker.allow_caps;
  if (docker.allow_runtimes) options.allow_runtimes = *docker.allow_runtimes;
  options.allow_host_modes = docker.allow_host_modes;
  options.allow_devices = docker.allow_devices;
  options.private_networks = {.pool = docker.private_networks.pool, .allow = docker.private_networks.allow};
  options.pids_limit = docker.pids_limit;
  options.auth_config = docker.auth.config;
  options.auth_helper = docker.auth.helper;
  options.gc_image = docker.gc.image;
  options.gc_image_delay = docker.gc.image_delay;
  options.pulled_images = config.data_dir + "/client/docker-images";
  options.gc_container = docker.gc.container;
  const DockerDanglingConfig& dangling = docker.gc.dangling_containers;
  options.gc_dangling = {.enabled = dangling.enabled,
                         .period = dangling.period,
                         .creation_grace = dangling.creation_grace,
                         .dry_run = dangling.dry_run};
  options.owner = config.data_dir;
  options.pull_activity_timeout = docker.pull_activity_timeout;
  options.disable_log_collection = docker.disable_log_collection;
  options.extra_labels = docker.extra_labels;
}

void set_processes(const Config& config, DriverOptions& options) {
  const RawExecPluginConfig& raw_exec = config.plugin.raw_exec.config;
  options.raw_exec = {.enabled = raw_exec.enabled || config.dev_mode,
                      .no_cgroups = raw_exec.no_cgroups,
                      .limits = raw_exec.limits,
                      .pids_limit = static_cast<uint64_t>(std::max<int64_t>(raw_exec.pids_limit, 0))};
  const ExecPluginConfig& exec = config.plugin.exec.config;
  if (exec.allow_caps) options.exec.allow_caps = *exec.allow_caps;
  if (!config.client.chroot_env.empty()) options.exec.chroot_env = config.client.chroot_env;
  options.exec.allow_host_modes = exec.allow_host_modes;
  options.exec.default_pid_mode = exec.default_pid_mode;
  options.exec.default_ipc_mode = exec.default_ipc_mode;
  options.exec.no_pivot_root = exec.no_pivot_root;
  options.exec.pids_limit = static_cast<uint64_t>(std::max<int64_t>(exec.pids_limit, 0));
  options.qemu.image_paths = config.plugin.qemu.config.image_paths;
  options.cgroups.parent = config.client.cgroup_parent;
}

}  // namespace

DriverOptions driver_options(const Config& config, Diagnostics& diagnostics) {
  check_config(config, diagnostics);
  DriverOptions options;
  set_docker(config, options.docker);
  set_processes(config, options);
  options.mock = config.dev_mode;
  for (const auto& [name, text] : config.client.options) {
    const ClientOption* option = find_option(name);
    if (!option) {
      if (!is_the_clients(name)) report_unknown(name, diagnostics);
    } else if (!option->set(options, text)) {
      diagnostics.error(fmt::format("client.options[\"{}\"]", name),
                        fmt::format("\"{}\" is no value of this option", printable(text, 60)));
    }
  }
  return options;
}

std::vector<std::shared_ptr<drivers::DeviceSource>> device_sources(const Config& config, Diagnostics& diagnostics) {
  const PluginsConfig& plugin = config.plugin;
  const NvidiaPluginConfig& nvidia = plugin.nvidia_gpu ? plugin.nvidia_gpu->config : plugin.nvidia.config;
  const std::string path = plugin.nvidia_gpu ? "plugin.nvidia-gpu.config." : "plugin.nomad-device-nvidia.config.";
  constexpr int32_t kMaxTasks = 64;
  if (nvidia.tasks_per_gpu < 1 || nvidia.tasks_per_gpu > kMaxTasks) {
    diagnostics.error(path + "tasks_per_gpu", fmt::format("must be from 1 to {}", kMaxTasks));
  }
  if (nvidia.fingerprint_period < std::chrono::seconds(1)) {
    diagnostics.error(path + "fingerprint_period", "must be at least 1s");
  }
  if (!nvidia.enabled || diagnostics.has_errors()) return {};
  return {std::make_shared<drivers::NvidiaSource>(drivers::NvidiaOptions{.library = nvidia.library,
                                                                         .ignored = nvidia.ignored_gpu_ids,
                                                                         .period = nvidia.fingerprint_period,
                                                                         .tasks_per_gpu = nvidia.tasks_per_gpu})};
}

}  // namespace drover::agent
