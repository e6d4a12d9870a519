#include <algorithm>
#include <set>

#include "base/duration.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr size_t kMaxServiceName = 63;

// RFC 1123, section 2.1. What the client still has to fill in cannot be judged here.
void validate_service_name(const std::string& name, const Problems& problems) {
  if (is_open(name)) return;
  const bool characters =
      std::ranges::all_of(name, [](unsigned char c) { return (std::isalnum(c) != 0 && c < 0x80) || c == '-'; });
  const bool edges = !name.empty() && name.front() != '-' && name.back() != '-';
  if (name.size() > kMaxServiceName || !characters || !edges) {
    problems.error("service name \"{}\" must be 1 to {} letters, digits and hyphens, with no hyphen at its ends",
                   printable(name, 80), kMaxServiceName);
  }
}

void validate_address(const Service& service, const Task* task, const Problems& problems) {
  const std::string& mode = service.address_mode;
  const Problems at_mode = problems.at("AddressMode");
  if (!is_one_of(mode, {"auto", "host", "driver", "alloc", "alloc_ipv6"})) {
    return at_mode.error("unknown address_mode \"{}\", it must be auto, host, driver or alloc", printable(mode, 80));
  }
  if (mode.starts_with("alloc") && task) {
    at_mode.error("address_mode {} is possible for services of a group only", mode);
  }
  if (mode == "driver" && !task) at_mode.error("address_mode driver is possible for services of a task only");
  if (!service.address.empty() && mode != "auto") {
    problems.at("Address").error("an address of one's own needs address_mode = \"auto\", not \"{}\"", mode);
  }
}

void validate_weights(const ServiceWeights& weights, const Problems& problems) {
  if (weights.passing < 0) problems.at("Passing").error("a weight must not be negative, but is {}", weights.passing);
  if (weights.warning < 0) problems.at("Warning").error("a weight must not be negative, but is {}", weights.warning);
}

void validate_registration(const Service& service, const Problems& problems) {
  if (!is_one_of(service.provider, {"", "nomad", "consul"})) {
    problems.at("Provider")
        .error("unknown provider \"{}\", it must be nomad or consul", printable(service.provider, 80));
  }
  if (!is_one_of(service.on_update, {"", "require_healthy", "ignore_warnings", "ignore"})) {
    problems.at("OnUpdate")
        .error("unknown on_update \"{}\", it must be require_healthy, ignore_warnings or ignore",
               printable(service.on_update, 80));
  }
  if (service.connect && service.provider == "nomad") {
    problems.at("Connect").error("connect needs provider = \"consul\"");
  }
  if (!is_one_of(service.kind, {"", "api-gateway", "ingress-gateway", "mesh-gateway", "terminating-gateway"}) &&
      !service.kind.starts_with("connect-")) {
    problems.at("Kind").error("unknown kind \"{}\" of a service", printable(service.kind, 80));
  }
  validate_meta(service.meta, problems.at("Meta"));
  validate_meta(service.canary_meta, problems.at("CanaryMeta"));
  for (const auto& [name, address] : service.tagged_addresses) {
    if (name.empty() || address.empty()) {
      problems.at("TaggedAddresses").error("a tagged address has an empty name or value");
    }
  }
  if (service.weights) validate_weights(*service.weights, problems.at("Weights"));
  if (service.identity) validate_identity(*service.identity, problems.at("Identity"));
}

}  // namespace

void validate_services(std::span<const Service> services, const TaskGroup& group, const Task* task,
                       const Problems& problems) {
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < services.size(); ++i) {
    const Service& service = services[i];
    const Problems place = problems.element(i).named("service", service.name);
    if (!seen.emplace(service.name, service.port_label).second) {
      place.at("Name").error("two services have this name and port");
    }
    validate_service_name(service.name, place.at("Name"));
    validate_address(service, task, place);
    if (!service.connect) validate_port_label(service.port_label, service.address_mode, group, task, place);
    if (!task && !service.task_name.empty() && !group.find_task(service.task_name)) {
      place.at("TaskName").error("there is no task \"{}\" in this group", printable(service.task_name, 80));
    }
    validate_registration(service, place);
    if (service.check_restart) validate_check_restart(*service.check_restart, place.at("CheckRestart"));
    for (size_t c = 0; c < service.checks.size(); ++c) {
      const Check& check = service.checks[c];
      validate_check(check, service, group, task, place.at("Checks", c).named("check", check.name));
    }
    if (service.connect) validate_connect(service, group, task, place);
  }
}

}  // namespace drover::model
