#include "jobspec/runnable.h"

#include <set>

#include "base/strings.h"
#include "codec/compare.h"
#include "codec/describe.h"
#include "jobspec/nosana_needs.h"

namespace drover::jobspec {
namespace {

using model::Job;
using model::Network;
using model::Port;
using model::Task;
using model::TaskGroup;

// One thing that this version cannot do: the field that asks for it, its name for people, and whether it is asked for.
// It is an error, or, where the job is still as good as its author can expect, a warning that says what happens
// instead.
template <class T>
struct Row {
  const char* field;
  const char* what;
  bool (*uses)(const T&);
  const char* instead = nullptr;
};

// What becomes possible leaves its table.
constexpr Row<Job> kJobRows[] = {
    {"Type", "type = \"system\"", [](const Job& job) { return job.type == model::JobType::System; }},
    {"Type", "type = \"sysbatch\"", [](const Job& job) { return job.type == model::JobType::Sysbatch; }},
    {"Periodic", "\"periodic\"", [](const Job& job) { return job.periodic.has_value(); }},
    {"ParameterizedJob", "\"parameterized\"", [](const Job& job) { return job.parameterized.has_value(); }},
    {"Namespace", "a namespace other than \"default\"",
     [](const Job& job) { return job.ns != model::kDefaultNamespace; }},
};

// Of a group with an update strategy. As many allocations as `max_parallel` are replaced at once anyway.
constexpr Row<TaskGroup> kUpdateRows[] = {
    {"Canary", "\"canary\"", [](const TaskGroup& group) { return group.update->canary.value_or(0) > 0; }},
    {"AutoRevert", "\"auto_revert\"", [](const TaskGroup& group) { return group.update->auto_revert.value_or(false); }},
    {"MaxParallel", "a rolling update",
     [](const TaskGroup& group) {
       const int32_t at_once = group.update->max_parallel.value_or(0);
       return at_once > 0 && group.count > at_once;
     },
     "a new version replaces all allocations at once"},
};

constexpr Row<model::EphemeralDisk> kDiskRows[] = {
    {"Migrate", "migrating data to another machine", [](const model::EphemeralDisk& disk) { return disk.migrate; },
     "the disk starts empty there"},
};

constexpr Row<Task> kTaskRows[] = {
    {"Artifacts", "\"artifact\"", [](const Task& task) { return !task.artifacts.empty(); }},
    {"Templates", "\"template\"", [](const Task& task) { return !task.templates.empty(); }},
    {"DispatchPayload", "\"dispatch_payload\"", [](const Task& task) { return task.dispatch_payload.has_value(); }},
};

constexpr Row<model::Check> kCheckRows[] = {
    {"Protocol", "a check over https", [](const model::Check& check) { return check.protocol == "https"; }},
};

constexpr Row<Network> kNetworkRows[] = {
    {"Mode", "a network mode other than \"host\"",
     [](const Network& network) { return !network.mode.empty() && network.mode != "host"; }},
};

constexpr Row<Port> kPortRows[] = {
    {"HostNetwork", "a host_network other than \"default\"",
     [](const Port& port) { return !port.host_network.empty() && port.host_network != "default"; }},
};

class RunnableCheck {
 public:
  explicit RunnableCheck(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  template <class T, size_t N>
  void check(const Row<T> (&rows)[N], const T& object, const std::string& path) {
    for (const Row<T>& row : rows) {
      if (row.uses(object)) report(path.empty() ? row.field : path + "." + row.field, row.what, row.instead);
    }
  }

  void check_networks(const std::vector<Network>& networks, const std::string& path) {
    for (size_t i = 0; i < networks.size(); ++i) {
      const std::string place = fmt::format("{}[{}]", path, i);
      check(kNetworkRows, networks[i], place);
      check_ports(networks[i].reserved_ports, place + ".ReservedPorts");
      check_ports(networks[i].dynamic_ports, place + ".DynamicPorts");
    }
  }

  void check_services(const std::vector<model::Service>& services, const std::string& path) {
    for (size_t s = 0; s < services.size(); ++s) {
      for (size_t c = 0; c < services[s].checks.size(); ++c) {
        check(kCheckRows, services[s].checks[c], fmt::format("{}[{}].Checks[{}]", path, s, c));
      }
    }
  }

  // A group's update strategy is the job's unless it says otherwise.
  void check_update(const TaskGroup& group, const Job& job, const std::string& path) {
    if (!group.update) return;
    const bool inherited = job.update && codec::equal(*job.update, *group.update);
    check(kUpdateRows, group, inherited ? "Update" : path + ".Update");
  }

  void check_task(const Task& task, const std::string& path) {
    check(kTaskRows, task, path);
    check_networks(task.resources.networks, path + ".Resources.Networks");
    check_services(task.services, path + ".Services");
    const auto needs = task.meta.find(kNosanaNeeds);
    if (needs == task.meta.end()) return;
    for (const std::string& need : split(needs->second, ',')) {
      report(path, fmt::format("\"{}\" of a Nosana definition", printable(need, 80)));
    }
  }

 private:
  void check_ports(const std::vector<Port>& ports, const std::string& path) {
    for (size_t i = 0; i < ports.size(); ++i) check(kPortRows, ports[i], fmt::format("{}[{}]", path, i));
  }

  // What the job and its groups share is said once.
  void report(std::string path, std::string_view what, const char* instead = nullptr) {
    std::string message = fmt::format("{} is not supported by this version of drover", what);
    if (instead) message += fmt::format(": {}", instead);
    if (!reported_.emplace(path, message).second) return;
    instead ? diagnostics_.warning(std::move(path), std::move(message))
            : diagnostics_.error(std::move(path), std::move(message));
  }

  Diagnostics& diagnostics_;
  std::set<std::pair<std::string, std::string>> reported_;
};

}  // namespace

void check_runnable(const Job& job, Diagnostics& diagnostics) {
  RunnableCheck check(diagnostics);
  check.check(kJobRows, job, "");
  for (size_t g = 0; g < job.task_groups.size(); ++g) {
    const TaskGroup& group = job.task_groups[g];
    const std::string path = fmt::format("TaskGroups[{}]", g);
    check.check_update(group, job, path);
    check.check(kDiskRows, group.ephemeral_disk, path + ".EphemeralDisk");
    check.check_networks(group.networks, path + ".Networks");
    check.check_services(group.services, path + ".Services");
    for (size_t t = 0; t < group.tasks.size(); ++t)
      check.check_task(group.tasks[t], fmt::format("{}.Tasks[{}]", path, t));
  }
}

void warn_unless_runnable(const Job& job, Diagnostics& diagnostics) {
  Diagnostics found;
  check_runnable(job, found);
  for (Diagnostic diagnostic : found.all()) {
    diagnostic.severity = Diagnostic::Severity::Warning;
    diagnostics.add(std::move(diagnostic));
  }
}

}  // namespace drover::jobspec
