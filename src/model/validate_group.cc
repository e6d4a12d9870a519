#include <map>
#include <set>

#include "base/duration.h"
#include "base/strings.h"
#include "codec/compare.h"
#include "codec/describe.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr int32_t kMinEphemeralDiskMb = 10;

bool is_port_label(const std::string& label) {
  if (label.empty()) return false;
  for (const char c : label) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!fine) return false;
  }
  return true;
}

// The labels of one network; they become names of environment variables, which is why case does not tell them apart.
void validate_port(const Port& port, bool reserved, std::set<std::string>& labels, const Problems& problems) {
  if (!is_port_label(port.label)) {
    problems.at("Label").error("port label \"{}\" must be letters, digits, \"_\" and \"-\"", printable(port.label, 80));
  } else if (!labels.insert(to_lower(port.label)).second) {
    problems.at("Label").error("port label \"{}\" is used twice in this network (case does not count)", port.label);
  }
  if (reserved && (port.value < 1 || port.value > kMaxPort)) {
    problems.at("Value").error("static port {} of \"{}\" must be between 1 and {}", port.value,
                               printable(port.label, 80), kMaxPort);
  }
  if (port.to < -1 || port.to > kMaxPort) {
    problems.at("To").error("port {} inside the task must be between 1 and {}", port.to, kMaxPort);
  }
}

void validate_network(const Network& network, const Problems& problems) {
  std::set<std::string> labels;
  if (network.mbits < 0) problems.at("MBits").error("mbits must not be negative, but is {}", network.mbits);
  if (network.mode != "" && network.mode != "host" && network.mode != "bridge" && network.mode != "none" &&
      !network.mode.starts_with("cni/")) {
    problems.at("Mode").error("unknown network mode \"{}\", it must be host, bridge, none or cni/<name>",
                              printable(network.mode, 80));
  }
  for (size_t i = 0; i < network.reserved_ports.size(); ++i) {
    validate_port(network.reserved_ports[i], true, labels, problems.at("ReservedPorts", i));
  }
  for (size_t i = 0; i < network.dynamic_ports.size(); ++i) {
    validate_port(network.dynamic_ports[i], false, labels, problems.at("DynamicPorts", i));
  }
}

// One host has every static port once, so a group cannot ask for it twice.
class StaticPorts {
 public:
  void add(std::span<const Network> networks, const std::string& owner, const Problems& problems) {
    for (size_t n = 0; n < networks.size(); ++n) {
      const auto& ports = networks[n].reserved_ports;
      for (size_t i = 0; i < ports.size(); ++i) {
        const Problems place = problems.at("Networks", n).at("ReservedPorts", i).at("Value");
        const auto [it, added] = owners_.emplace(ports[i].value, owner);
        if (!added) place.error("static port {} is also used by {}", ports[i].value, it->second);
      }
    }
  }

 private:
  std::map<int32_t, std::string> owners_;
};

void validate_static_ports(const TaskGroup& group, const Problems& problems) {
  StaticPorts ports;
  ports.add(group.networks, "the group", problems);
  for (size_t i = 0; i < group.tasks.size(); ++i) {
    const Task& task = group.tasks[i];
    ports.add(task.resources.networks, fmt::format("task \"{}\"", printable(task.name, 80)),
              problems.at("Tasks", i).named("task", task.name).at("Resources"));
  }
}

void validate_tasks(const TaskGroup& group, const Job& job, const Problems& problems) {
  if (group.tasks.empty()) problems.at("Tasks").error("there are no tasks");
  std::set<std::string> names;
  const Task* leader = nullptr;
  for (size_t i = 0; i < group.tasks.size(); ++i) {
    const Task& task = group.tasks[i];
    const Problems place = problems.at("Tasks", i);
    if (!task.name.empty() && !names.insert(task.name).second) {
      place.error("task \"{}\" is defined twice", printable(task.name, 80));
    }
    if (task.leader && leader) {
      place.at("Leader").error("both \"{}\" and \"{}\" are leaders, only one task can be", printable(leader->name, 80),
                               printable(task.name, 80));
    }
    if (task.leader) leader = &task;
    validate_task(task, group, job, place.named("task", task.name));
  }
}

template <class T>
bool same(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b && codec::equal(*a, *b);
}

void validate_count(const TaskGroup& group, const Job& job, const Problems& problems) {
  const bool everywhere = job.type == JobType::System || job.type == JobType::Sysbatch;
  if (group.count < 0) {
    problems.at("Count").error("count must not be negative, but is {}", group.count);
  } else if (everywhere && group.count > 1) {
    problems.at("Count").error("a system job runs once on every node: count must be left out or 1, not {}",
                               group.count);
  }
}

}  // namespace

void validate_networks(std::span<const Network> networks, const Problems& problems) {
  if (networks.size() > 1) {
    problems.at("Networks", 1).error("only one network is possible, {} are given", networks.size());
  }
  for (size_t i = 0; i < networks.size(); ++i) validate_network(networks[i], problems.at("Networks", i));
}

void validate_group(const TaskGroup& group, const Job& job, const Problems& problems) {
  validate_name("group name", group.name, problems.at("Name"));
  validate_count(group, job, problems);
  validate_meta(group.meta, problems.at("Meta"));
  validate_constraints(group.constraints, ConstraintLevel::Group, problems.at("Constraints"));
  // What a group only inherits is reported where the job says it.
  if (group.update && !same(group.update, job.update)) validate_update(*group.update, job.type, problems.at("Update"));
  validate_restart(*group.restart, problems.at("RestartPolicy"));
  if (group.reschedule && !same(group.reschedule, job.reschedule)) {
    validate_reschedule(*group.reschedule, job.type, problems.at("ReschedulePolicy"));
  }
  if (group.ephemeral_disk.size_mb < kMinEphemeralDiskMb) {
    problems.at("EphemeralDisk")
        .at("SizeMB")
        .error("the ephemeral disk must have at least {} MB, not {}", kMinEphemeralDiskMb,
               group.ephemeral_disk.size_mb);
  }
  if (group.shutdown_delay && *group.shutdown_delay < Duration::zero()) {
    problems.at("ShutdownDelay").error("shutdown_delay must not be negative");
  }
  validate_networks(group.networks, problems);
  validate_static_ports(group, problems);
  validate_services(group.services, group, nullptr, problems.at("Services"));
  validate_tasks(group, job, problems);
  validate_dependencies(group, problems);
}

}  // namespace drover::model
