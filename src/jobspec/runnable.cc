#include "jobspec/runnable.h"

#include "base/strings.h"
#include "jobspec/nosana_needs.h"

namespace drover::jobspec {
namespace {

using model::Job;
using model::Network;
using model::Port;
using model::Task;
using model::TaskGroup;

// One thing that this version cannot run: the field that asks for it, its name for people, and whether it is asked for.
template <class T>
struct Row {
  const char* field;
  const char* what;
  bool (*uses)(const T&);
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

constexpr Row<Task> kTaskRows[] = {
    {"Artifacts", "\"artifact\"", [](const Task& task) { return !task.artifacts.empty(); }},
    {"Templates", "\"template\"", [](const Task& task) { return !task.templates.empty(); }},
    {"DispatchPayload", "\"dispatch_payload\"", [](const Task& task) { return task.dispatch_payload.has_value(); }},
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
      if (row.uses(object)) refuse(path.empty() ? row.field : path + "." + row.field, row.what);
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

  void check_task(const Task& task, const std::string& path) {
    check(kTaskRows, task, path);
    check_networks(task.resources.networks, path + ".Resources.Networks");
    const auto needs = task.meta.find(kNosanaNeeds);
    if (needs == task.meta.end()) return;
    for (const std::string& need : split(needs->second, ',')) {
      refuse(path, fmt::format("\"{}\" of a Nosana definition", printable(need, 80)));
    }
  }

 private:
  void check_ports(const std::vector<Port>& ports, const std::string& path) {
    for (size_t i = 0; i < ports.size(); ++i) check(kPortRows, ports[i], fmt::format("{}[{}]", path, i));
  }

  void refuse(std::string path, std::string_view what) {
    diagnostics_.error(std::move(path), fmt::format("{} is not supported by this version of drover", what));
  }

  Diagnostics& diagnostics_;
};

}  // namespace

void check_runnable(const Job& job, Diagnostics& diagnostics) {
  RunnableCheck check(diagnostics);
  check.check(kJobRows, job, "");
  for (size_t g = 0; g < job.task_groups.size(); ++g) {
    const TaskGroup& group = job.task_groups[g];
    const std::string path = fmt::format("TaskGroups[{}]", g);
    check.check_networks(group.networks, path + ".Networks");
    for (size_t t = 0; t < group.tasks.size(); ++t)
      check.check_task(group.tasks[t], fmt::format("{}.Tasks[{}]", path, t));
  }
}

}  // namespace drover::jobspec
