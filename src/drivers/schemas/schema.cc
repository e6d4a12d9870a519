#include "drivers/schema.h"

#include "base/strings.h"
#include "codec/describe.h"
#include "drivers/schemas/config_codec.h"
#include "drivers/schemas/docker_config.h"
#include "drivers/schemas/process_config.h"

#include <span>

#include <fmt/core.h>

namespace drover::drivers {
namespace {

using codec::Value;

// A key that people know from elsewhere, and what to do instead.
struct RefusedKey {
  std::string_view name;
  std::string_view why;
};

struct Schema {
  std::string_view driver;
  void (*validate)(const Value& config, ConfigStage stage, const std::string& path, Diagnostics& problems);
  std::span<const RefusedKey> refused = {};
};

template <class Config>
void validate_as(const Value& config, ConfigStage stage, const std::string& path, Diagnostics& problems) {
  const auto decoded = read_config<Config>(config, stage, problems, path);
  check(decoded, stage, path, problems);
}

void validate_noop(const Value& config, ConfigStage, const std::string& path, Diagnostics& problems) {
  if (!config.as_object()) return;
  for (const auto& [key, value] : *config.as_object()) {
    problems.error(fmt::format("{}.{}", path, printable(key, 80)), "tasks of driver noop have no configuration");
  }
}

constexpr RefusedKey kDockerRefused[] = {
    {"isolation", "is for Windows only"},
    {"ssl", "is not needed any more: registries are always asked over TLS unless the docker daemon is told otherwise"},
};

constexpr Schema kSchemas[] = {
    {"docker", &validate_as<DockerConfig>, kDockerRefused},
    {"exec", &validate_as<ExecConfig>},
    {"java", &validate_as<JavaConfig>},
    {"mock_driver", &validate_as<MockConfig>},
    {"noop", &validate_noop},
    {"qemu", &validate_as<QemuConfig>},
    {"raw_exec", &validate_as<RawExecConfig>},
};

constexpr RefusedKey kRefusedDrivers[] = {
    {"rkt", "rkt has been discontinued; use \"docker\""},
    {"lxc", "LXC containers are not supported; use \"docker\" or \"exec\""},
    {"podman", "use \"docker\" and set its endpoint to Podman's socket, unix:///run/podman/podman.sock"},
    {"containerd-driver", "use \"docker\""},
};

const Schema* find_schema(std::string_view driver) {
  for (const auto& schema : kSchemas) {
    if (schema.driver == driver) return &schema;
  }
  return nullptr;
}

// Refused keys are reported with their reason and taken out.
Value without_refused(const Schema& schema, Value config, const std::string& path, Diagnostics& problems) {
  for (const auto& [name, why] : schema.refused) {
    if (!config.find(name)) continue;
    problems.error(fmt::format("{}.{}", path, name), std::string(why));
    config.erase(name);
  }
  return config;
}

}  // namespace

void validate_config(std::string_view driver, const Value& config, ConfigStage stage, Diagnostics& problems,
                     const ConfigPaths& paths) {
  if (auto reason = unknown_driver(driver)) return problems.error(paths.driver, std::move(*reason));
  const auto& schema = *find_schema(driver);
  schema.validate(without_refused(schema, config, paths.config, problems), stage, paths.config, problems);
}

std::optional<std::string> unknown_driver(std::string_view name) {
  if (find_schema(name)) return std::nullopt;
  if (name.empty()) return fmt::format("a driver is required, one of {}", join(known_drivers(), ", "));
  for (const auto& [refused, why] : kRefusedDrivers) {
    if (refused == name) return fmt::format("there is no driver \"{}\": {}", name, why);
  }
  const auto nearest = nearest_name(name, known_drivers());
  return fmt::format("there is no driver \"{}\"{}; drivers are {}", printable(name),
                     nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : "", join(known_drivers(), ", "));
}

std::vector<std::string> known_drivers() {
  std::vector<std::string> names;
  for (const auto& schema : kSchemas) names.emplace_back(schema.driver);
  return names;
}

bool mounts_volumes(std::string_view driver) {
  return driver != "raw_exec" && driver != "qemu";
}

bool labels_volumes(std::string_view driver) {
  return driver == "docker";
}

std::map<std::string, int32_t> port_map_of(std::string_view driver, const Value& config) {
  Diagnostics ignored;
  if (driver == "docker") return read_config<DockerConfig>(config, ConfigStage::Submitted, ignored).port_map;
  if (driver == "qemu") return read_config<QemuConfig>(config, ConfigStage::Submitted, ignored).port_map;
  return {};
}

}  // namespace drover::drivers
