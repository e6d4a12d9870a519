#include "drivers/schemas/process_config.h"

#include "base/strings.h"
#include "drivers/schemas/capabilities.h"

#include <fmt/core.h>

namespace drover::drivers {
namespace {

void require(const std::string& value, const std::string& path, const char* what, Diagnostics& problems) {
  if (value.empty()) problems.error(path, fmt::format("is required: {}", what));
}

void check_mode(const std::string& value, const std::string& path, Diagnostics& problems) {
  if (value.empty() || value == "private" || value == "host" || value.find("${") != std::string::npos) return;
  problems.error(path, fmt::format("must be \"private\" or \"host\", got \"{}\"", printable(value)));
}

}  // namespace

void check(const RawExecConfig& config, ConfigStage, const std::string& path, Diagnostics& problems) {
  require(config.command, path + ".command", "the program to run", problems);
}

void check(const ExecConfig& config, ConfigStage, const std::string& path, Diagnostics& problems) {
  require(config.command, path + ".command", "the program to run", problems);
  check_mode(config.pid_mode, path + ".pid_mode", problems);
  check_mode(config.ipc_mode, path + ".ipc_mode", problems);
  check_capabilities(config.cap_add, path + ".cap_add", problems);
  check_capabilities(config.cap_drop, path + ".cap_drop", problems);
}

void check(const JavaConfig& config, ConfigStage, const std::string& path, Diagnostics& problems) {
  if (config.jar_path.empty() && config.main_class.empty()) {
    problems.error(path, "jar_path or class is required: what java is to run");
  }
  check_mode(config.pid_mode, path + ".pid_mode", problems);
  check_mode(config.ipc_mode, path + ".ipc_mode", problems);
  check_capabilities(config.cap_add, path + ".cap_add", problems);
  check_capabilities(config.cap_drop, path + ".cap_drop", problems);
}

void check(const QemuConfig& config, ConfigStage, const std::string& path, Diagnostics& problems) {
  require(config.image_path, path + ".image_path", "the disk image of the machine", problems);
  if (config.accelerator != "tcg" && config.accelerator != "kvm" &&
      config.accelerator.find("${") == std::string::npos) {
    problems.error(path + ".accelerator",
                   fmt::format("must be \"tcg\" or \"kvm\", got \"{}\"", printable(config.accelerator)));
  }
  for (const auto& [label, port] : config.port_map) {
    if (port < 0 || port > 65535) {
      problems.error(path + ".port_map." + label, fmt::format("must be a port from 1 to 65535, got {}", port));
    }
  }
}

void check(const MockConfig& config, ConfigStage, const std::string& path, Diagnostics& problems) {
  const auto parts = split(config.driver_port_map, ':');
  if (!config.driver_port_map.empty() && (parts.size() != 2 || !parse_uint(parts[1]))) {
    problems.error(path + ".driver_port_map",
                   fmt::format("must be \"label:port\", got \"{}\"", printable(config.driver_port_map)));
  }
}

}  // namespace drover::drivers
