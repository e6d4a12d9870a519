#include "agent/driver_options.h"

#include <functional>

#include "base/duration.h"
#include "base/strings.h"

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
    {"docker.endpoint", [](DriverOptions& o, const std::string& t) { return set_text(o.docker.endpoint, t); }},
    {"docker.auth.config", [](DriverOptions& o, const std::string& t) { return set_text(o.docker.auth_config, t); }},
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

}  // namespace

DriverOptions driver_options(const Config& config, Diagnostics& diagnostics) {
  DriverOptions options;
  const DockerPluginConfig& docker = config.plugin.docker.config;
  options.docker.endpoint = docker.endpoint;
  options.docker.allow_privileged = docker.allow_privileged;
  options.docker.volumes_enabled = docker.volumes.enabled;
  options.docker.volumes_selinux_label = docker.volumes.selinuxlabel;
  if (docker.allow_caps) options.docker.allow_caps = *docker.allow_caps;
  if (docker.allow_runtimes) options.docker.allow_runtimes = *docker.allow_runtimes;
  options.docker.allow_host_modes = docker.allow_host_modes;
  options.docker.allow_devices = docker.allow_devices;
  options.docker.pids_limit = docker.pids_limit;
  options.docker.auth_config = docker.auth.config;
  options.docker.gc_image = docker.gc.image;
  options.docker.gc_image_delay = docker.gc.image_delay;
  options.docker.gc_container = docker.gc.container;
  options.docker.pull_activity_timeout = docker.pull_activity_timeout;
  options.docker.disable_log_collection = docker.disable_log_collection;
  options.docker.extra_labels = docker.extra_labels;
  options.raw_exec.enabled = config.plugin.raw_exec.config.enabled || config.dev_mode;
  options.cgroups.parent = config.client.cgroup_parent;
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

}  // namespace drover::agent
