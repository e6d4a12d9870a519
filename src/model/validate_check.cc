#include <algorithm>
#include <cctype>

#include "base/duration.h"
#include "base/strings.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr Duration kMinCheckTime = std::chrono::seconds(1);

bool has_breaks(const std::string& text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
}

void validate_header(const std::string& name, const std::vector<std::string>& values, const Problems& problems) {
  if (name.empty() || name.find_first_of(" :") != std::string::npos || has_breaks(name)) {
    problems.error("\"{}\" is no name of a header", printable(name, 80));
  }
  if (std::ranges::any_of(values, has_breaks)) problems.key(name).error("the value holds a line break");
}

void validate_http(const Check& check, const Problems& problems) {
  const std::string& path = check.path;
  if (path.empty()) {
    problems.at("Path").error("the path is missing");
  } else if (path.find("://") < path.find_first_of("/?#") || path.starts_with("//")) {
    problems.at("Path").error("\"{}\" must be a path such as /health, not a URL", printable(path, 80));
  } else if (printable(path, path.size() + 1) != path || path.find(' ') != std::string::npos) {
    problems.at("Path").error("\"{}\" holds a space or a control character", printable(path, 80));
  }
  if (check.protocol != "http" && check.protocol != "https") {
    problems.at("Protocol").error("protocol must be http or https, not \"{}\"", printable(check.protocol, 80));
  }
  const bool letters = std::ranges::all_of(check.method, [](unsigned char c) { return std::isalpha(c) != 0; });
  if (!letters || check.method.size() > 16) {
    problems.at("Method").error("\"{}\" is no HTTP method", printable(check.method, 80));
  }
  for (const auto& [name, values] : check.header) validate_header(name, values, problems.at("Header"));
}

void validate_script(const Check& check, const Service& service, const TaskGroup& group, const Task* task,
                     const Problems& problems) {
  if (check.command.empty()) problems.at("Command").error("the command is missing");
  const std::string& name = check.task_name.empty() ? service.task_name : check.task_name;
  const Task* runs_in = task ? task : group.find_task(name);
  if (!runs_in && name.empty()) {
    problems.error("a script check of a group's service must say where it runs: set task in the check or the service");
  }
  if (runs_in && runs_in->driver == "qemu") problems.at("Type").error("script checks are not possible with qemu");
}

// Keys that only some types of checks have.
void validate_type_keys(const Check& check, const Problems& problems) {
  const bool over_http = check.type == "http";
  const bool grpc = check.type == "grpc";
  if (!over_http && !check.body.empty()) problems.at("Body").error("only http checks send a body");
  if (!grpc && !check.grpc_service.empty()) problems.at("GRPCService").error("grpc_service needs type = \"grpc\"");
  if (!grpc && check.grpc_use_tls) problems.at("GRPCUseTLS").error("grpc_use_tls needs type = \"grpc\"");
  if (!over_http && !grpc && check.expose) problems.at("Expose").error("only http and grpc checks can be exposed");
  if (!check.tls_server_name.empty() && !(over_http && check.protocol == "https") && !(grpc && check.grpc_use_tls)) {
    problems.at("TLSServerName").warning("tls_server_name has no effect without TLS");
  }
}

void validate_thresholds(const Check& check, const Problems& problems) {
  const auto threshold = [&](int32_t value, const char* field, const char* name) {
    if (value < 0) problems.at(field).error("{} must not be negative, but is {}", name, value);
    if (value > 0 && check.type == "script") problems.at(field).error("script checks have no {}", name);
  };
  threshold(check.success_before_passing, "SuccessBeforePassing", "success_before_passing");
  threshold(check.failures_before_critical, "FailuresBeforeCritical", "failures_before_critical");
  threshold(check.failures_before_warning, "FailuresBeforeWarning", "failures_before_warning");
  if (check.failures_before_critical > 0 && check.failures_before_warning > check.failures_before_critical) {
    problems.at("FailuresBeforeWarning")
        .error("failures_before_warning ({}) must not be more than failures_before_critical ({})",
               check.failures_before_warning, check.failures_before_critical);
  }
}

void validate_on_update(const Check& check, const Problems& problems) {
  const std::string& on_update = check.on_update;
  if (!is_one_of(on_update, {"", "require_healthy", "ignore_warnings", "ignore"})) {
    problems.error("unknown on_update \"{}\", it must be require_healthy, ignore_warnings or ignore",
                   printable(on_update, 80));
  }
  if (!check.check_restart || check.check_restart->limit == 0) return;
  if (on_update == "ignore") {
    problems.error("on_update = \"ignore\" and check_restart exclude each other");
  } else if (on_update == "ignore_warnings" && !check.check_restart->ignore_warnings) {
    problems.error("on_update = \"ignore_warnings\" needs ignore_warnings = true in check_restart");
  }
}

void validate_times(const Check& check, const Problems& problems) {
  const auto at_least = [&](Duration value, const char* field, const char* name) {
    if (value == Duration::zero()) {
      problems.at(field).error("the {} is missing", name);
    } else if (value < kMinCheckTime) {
      problems.at(field).error("the {} must be at least 1s, not {}", name, format_duration(value));
    }
  };
  at_least(check.interval, "Interval", "interval");
  at_least(check.timeout, "Timeout", "timeout");
}

void validate_address_mode(const Check& check, const Task* task, const Problems& problems) {
  const std::string& mode = check.address_mode;
  if (!is_one_of(mode, {"host", "driver", "alloc", "alloc_ipv6"})) {
    return problems.error("unknown address_mode \"{}\" of a check, it must be host, driver or alloc",
                          printable(mode, 80));
  }
  if (mode.starts_with("alloc") && task)
    problems.error("address_mode {} is possible in services of a group only", mode);
  if (mode == "driver" && !task) problems.error("address_mode driver is possible in services of a task only");
}

void validate_task_name(const Check& check, const TaskGroup& group, const Task* task, const Problems& problems) {
  const std::string& name = check.task_name;
  if (name.empty()) return;
  if (task && name != task->name) {
    problems.error("a check of a task's service runs in that task, not in \"{}\"", printable(name, 80));
  } else if (!task && !group.find_task(name)) {
    problems.error("there is no task \"{}\" in this group", printable(name, 80));
  } else if (check.type != "script" && check.type != "grpc") {
    problems.error("only script and grpc checks have a task");
  }
}

}  // namespace

bool has_port(std::span<const Network> networks, const std::string& label) {
  for (const Network& network : networks) {
    if (std::ranges::find(network.reserved_ports, label, &Port::label) != network.reserved_ports.end()) return true;
    if (std::ranges::find(network.dynamic_ports, label, &Port::label) != network.dynamic_ports.end()) return true;
  }
  return false;
}

void validate_port_label(const std::string& label, const std::string& address_mode, const TaskGroup& group,
                         const Task* task, const Problems& problems) {
  if (label.empty() || is_open(label)) return;
  if (has_port(group.networks, label) || (task && has_port(task->resources.networks, label))) return;
  const Problems place = problems.at("PortLabel");
  const auto number = parse_uint(label);
  if (number && *number >= 1 && *number <= kMaxPort) {
    if (address_mode == "driver" || address_mode.starts_with("alloc")) return;
    return place.error("port {} is a number, which is possible only with address_mode driver or alloc", label);
  }
  place.error("no network of this {} has a port \"{}\"", task ? "task or its group" : "group", printable(label, 80));
}

void validate_check_restart(const CheckRestart& restart, const Problems& problems) {
  if (restart.limit < 0) problems.at("Limit").error("limit must not be negative, but is {}", restart.limit);
  if (restart.grace < Duration::zero()) {
    problems.at("Grace").error("grace must not be negative, but is {}", format_duration(restart.grace));
  }
}

void validate_check(const Check& check, const Service& service, const TaskGroup& group, const Task* task,
                    const Problems& problems) {
  if (check.type == "http") validate_http(check, problems);
  if (check.type == "script") validate_script(check, service, group, task, problems);
  if (check.type.empty()) {
    problems.at("Type").error("the type is missing, it must be http, tcp, grpc or script");
  } else if (!is_one_of(check.type, {"http", "tcp", "grpc", "script"})) {
    problems.at("Type").error("unknown type \"{}\", it must be http, tcp, grpc or script", printable(check.type, 80));
  } else if (check.type != "script" && check.port_label.empty()) {
    if (!check.expose) {
      problems.at("PortLabel")
          .error("a check of type {} needs a port: give one to the check or its service", check.type);
    }
  } else if (check.type != "script" && !service.connect) {
    validate_port_label(check.port_label, check.address_mode, group, task, problems);
  }
  validate_type_keys(check, problems);
  validate_thresholds(check, problems);
  validate_on_update(check, problems.at("OnUpdate"));
  validate_times(check, problems);
  validate_address_mode(check, task, problems.at("AddressMode"));
  validate_task_name(check, group, task, problems.at("TaskName"));
  if (!is_one_of(check.initial_status, {"", "passing", "warning", "critical"})) {
    problems.at("InitialStatus")
        .error("initial_status must be passing, warning or critical, not \"{}\"", printable(check.initial_status, 80));
  }
  if (check.check_restart && !service.check_restart) {
    validate_check_restart(*check.check_restart, problems.at("CheckRestart"));
  }
}

}  // namespace drover::model
