#include <algorithm>
#include <set>

#include "base/duration.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr size_t kMaxServiceName = 63;
constexpr Duration kMinCheckTime = std::chrono::seconds(1);

// The services of one task, or of the group, and what their ports may refer to.
class ServiceValidator {
 public:
  ServiceValidator(const TaskGroup& group, const Task* task) : group_(group), task_(task) {
    add_labels(group.networks);
    if (task) add_labels(task->resources.networks);
  }

  void validate(const Service& service, const Problems& problems) const {
    validate_name(service, problems.at("Name"));
    validate_address_mode(service, problems.at("AddressMode"));
    validate_port(service.port_label, service.address_mode, problems.at("PortLabel"));
    if (!task_ && !service.task_name.empty() && !group_.find_task(service.task_name)) {
      problems.at("TaskName").error("there is no task \"{}\" in this group", printable(service.task_name, 80));
    }
    if (service.check_restart) validate_check_restart(*service.check_restart, problems.at("CheckRestart"));
    for (size_t i = 0; i < service.checks.size(); ++i) {
      const Check& check = service.checks[i];
      validate_check(check, service, problems.at("Checks", i).named("check", check.name));
    }
  }

 private:
  void add_labels(std::span<const Network> networks) {
    for (const Network& network : networks) {
      for (const Port& port : network.reserved_ports) labels_.insert(port.label);
      for (const Port& port : network.dynamic_ports) labels_.insert(port.label);
    }
  }

  // RFC 1123, section 2.1. What the client still has to fill in cannot be judged here.
  static void validate_name(const Service& service, const Problems& problems) {
    const std::string& name = service.name;
    if (name.find("${") != std::string::npos) return;
    const bool characters = std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
    const bool edges = !name.empty() && name.front() != '-' && name.back() != '-';
    if (name.size() > kMaxServiceName || !characters || !edges) {
      problems.error("service name \"{}\" must be 1 to {} letters, digits and hyphens, with no hyphen at its ends",
                     printable(name, 80), kMaxServiceName);
    }
  }

  void validate_address_mode(const Service& service, const Problems& problems) const {
    const std::string& mode = service.address_mode;
    if (mode == "auto" || mode == "host" || mode == "driver") return;
    problems.error("unknown address_mode \"{}\", it must be auto, host or driver", printable(mode, 80));
  }

  void validate_port(const std::string& label, const std::string& address_mode, const Problems& problems) const {
    if (label.empty() || label.find("${") != std::string::npos) return;
    if (labels_.contains(label)) return;
    const auto number = parse_uint(label);
    if (number && *number >= 1 && *number <= kMaxPort) {
      if (address_mode == "driver") return;
      return problems.error("port {} is a number, which is possible only with address_mode = \"driver\"", label);
    }
    problems.error("no network of this {} has a port \"{}\"", task_ ? "task or its group" : "group",
                   printable(label, 80));
  }

  static void validate_check_restart(const CheckRestart& restart, const Problems& problems) {
    if (restart.limit < 0) problems.at("Limit").error("limit must not be negative, but is {}", restart.limit);
    if (restart.grace < Duration::zero()) {
      problems.at("Grace").error("grace must not be negative, but is {}", format_duration(restart.grace));
    }
  }

  void validate_check(const Check& check, const Service& service, const Problems& problems) const {
    if (check.type == "http") {
      validate_http(check, problems);
    } else if (check.type == "script") {
      validate_script(check, service, problems);
    } else if (check.type.empty()) {
      problems.at("Type").error("the type is missing, it must be http, tcp or script");
    } else if (check.type != "tcp") {
      problems.at("Type").error("unknown type \"{}\", it must be http, tcp or script", printable(check.type, 80));
    }
    if (check.type == "http" || check.type == "tcp") validate_check_port(check, problems.at("PortLabel"));
    validate_check_times(check, problems);
    const std::string& status = check.initial_status;
    if (!status.empty() && status != "passing" && status != "warning" && status != "critical") {
      problems.at("InitialStatus")
          .error("initial_status must be passing, warning or critical, not \"{}\"", printable(status, 80));
    }
    if (check.address_mode != "host" && check.address_mode != "driver") {
      problems.at("AddressMode")
          .error("unknown address_mode \"{}\" of a check, it must be host or driver",
                 printable(check.address_mode, 80));
    }
    if (check.check_restart && !service.check_restart) {
      validate_check_restart(*check.check_restart, problems.at("CheckRestart"));
    }
  }

  void validate_check_port(const Check& check, const Problems& problems) const {
    if (check.port_label.empty()) {
      return problems.error("a check of type {} needs a port: give one to the check or its service", check.type);
    }
    validate_port(check.port_label, check.address_mode, problems);
  }

  static void validate_http(const Check& check, const Problems& problems) {
    if (check.path.empty()) {
      problems.at("Path").error("the path is missing");
    } else if (check.path.find("://") < check.path.find_first_of("/?#") || check.path.starts_with("//")) {
      problems.at("Path").error("\"{}\" must be a path such as /health, not a URL", printable(check.path, 80));
    } else if (printable(check.path, check.path.size() + 1) != check.path ||
               check.path.find(' ') != std::string::npos) {
      problems.at("Path").error("\"{}\" holds a space or a control character", printable(check.path, 80));
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

  static void validate_header(const std::string& name, const std::vector<std::string>& values,
                              const Problems& problems) {
    const auto has_breaks = [](const std::string& text) {
      return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
    };
    if (name.empty() || name.find_first_of(" :") != std::string::npos || has_breaks(name)) {
      problems.error("\"{}\" is no name of a header", printable(name, 80));
    }
    if (std::ranges::any_of(values, has_breaks)) problems.key(name).error("the value holds a line break");
  }

  void validate_script(const Check& check, const Service& service, const Problems& problems) const {
    if (check.command.empty()) problems.at("Command").error("the command is missing");
    const Task* task = task_ ? task_ : group_.find_task(service.task_name);
    if (!task && service.task_name.empty()) {
      problems.error("a script check of a group's service must say where it runs: set task in the service");
    }
    if (task && task->driver == "qemu") problems.at("Type").error("script checks are not possible with qemu");
  }

  static void validate_check_times(const Check& check, const Problems& problems) {
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

  const TaskGroup& group_;
  const Task* const task_;
  std::set<std::string_view> labels_;
};

}  // namespace

void validate_services(std::span<const Service> services, const TaskGroup& group, const Task* task,
                       const Problems& problems) {
  const ServiceValidator validator(group, task);
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < services.size(); ++i) {
    const Service& service = services[i];
    const Problems place = problems.element(i).named("service", service.name);
    if (!seen.emplace(service.name, service.port_label).second) {
      place.at("Name").error("two services have this name and port");
    }
    validator.validate(service, place);
  }
}

}  // namespace drover::model
