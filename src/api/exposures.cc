#include "api/exposures.h"

#include "expose/directory.h"

#include <algorithm>
#include <utility>

namespace drover::api {
namespace {

using jobspec::FlowEndpoint;

const char* status_text(bool online) {
  return online ? "ONLINE" : "OFFLINE";
}

// The id of the operation that a task was made from, or its name.
std::string op_of(const model::Job& job, const std::string& task) {
  for (const model::TaskGroup& group : job.task_groups) {
    if (const model::Task* found = group.find_task(task)) return jobspec::flow_op_id(*found);
  }
  return task;
}

FlowEndpoint endpoint(const Context& context, const std::string& id, std::string op, std::string port, bool online) {
  const ApiOptions& options = context.options();
  const bool known = !options.expose_domain.empty();
  return {.id = id,
          .op = std::move(op),
          .port = std::move(port),
          .url = known ? options.expose_scheme + "://" + id + "." + options.expose_domain : id,
          .status = status_text(online)};
}

bool is_online(const model::ServiceRegistration& service) {
  return service.health != "critical";
}

}  // namespace

std::vector<FlowEndpoint> exposures_of(const Context& context, const state::Snapshot& snapshot, const model::Job& job) {
  std::vector<FlowEndpoint> out;
  for (const expose::ExposedPort& port : expose::exposed_ports(job)) {
    if (port.id.empty()) continue;
    const auto services = snapshot.services_named(job.ns, expose::service_name(port.id));
    const bool online = std::ranges::any_of(services, [](const auto& service) { return is_online(*service); });
    out.push_back(endpoint(context, port.id, op_of(job, port.task), port.port, online));
  }
  for (const auto& entry : snapshot.allocs_of_job(job.key())) {
    for (const auto& service : snapshot.services_of_alloc(entry.key)) {
      const auto id_entry = service->meta.find(expose::kMetaId), port = service->meta.find(expose::kMetaPort);
      if (!expose::is_exposure(*service) || id_entry == service->meta.end() || port == service->meta.end()) continue;
      const std::string& id = id_entry->second;
      const auto known = std::ranges::find(out, id, &FlowEndpoint::id);
      if (known == out.end()) {
        out.push_back(endpoint(context, id, op_of(job, service->task), port->second, is_online(*service)));
      } else if (is_online(*service)) {
        known->status = status_text(true);
      }
    }
  }
  return out;
}

}  // namespace drover::api
