#include "api/find.h"
#include "api/handlers.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "expose/directory.h"

namespace drover::api {
namespace {

using codec::Value;

// The id of the operation that a task was made from, or its name.
std::string op_of(const model::Job& job, const std::string& task) {
  for (const model::TaskGroup& group : job.task_groups) {
    const model::Task* found = group.find_task(task);
    if (!found) continue;
    const auto op = found->meta.find("nosana.op");
    return op == found->meta.end() ? task : op->second;
  }
  return task;
}

// A port without a check is online, as far as anybody can tell, when its task runs.
Value row(const Context& context, const std::string& id, const std::string& op, const std::string& port,
          const char* status) {
  const ApiOptions& options = context.options();
  return Value::Object{
      {"opID", op},
      {"port", port},
      {"url", options.expose_domain.empty() ? id : options.expose_scheme + "://" + id + "." + options.expose_domain},
      {"status", status}};
}

bool is_online(const state::Snapshot& snapshot, const model::Job& job, const std::string& id) {
  const auto services = snapshot.services_named(job.ns, expose::service_name(id));
  return std::ranges::any_of(services, [](const auto& service) { return service->health != "critical"; });
}

}  // namespace

Result<Answer> find_route(const Request& request, Context& context) {
  const auto snapshot = context.frontend()->snapshot();
  const expose::Route route =
      context.exposed().find(snapshot, to_lower(request.id), model::NodeId::parse(request.param("node_id")));
  Answer answer;
  codec::encode(answer.body, codec::type_of<expose::Route>(), &route, {});
  return answer;
}

Result<Answer> get_job_endpoints(const Request& request, Context& context) {
  const auto snapshot = context.frontend()->snapshot();
  TRY_LET(const auto job, find_job(request, *snapshot));
  Value urls = Value::Object{};
  bool all_online = true;
  for (const expose::ExposedPort& port : expose::exposed_ports(*job)) {
    if (port.id.empty()) continue;
    const bool online = is_online(*snapshot, *job, port.id);
    all_online = all_online && online;
    urls.set(port.id, row(context, port.id, op_of(*job, port.task), port.port, online ? "ONLINE" : "OFFLINE"));
  }
  for (const auto& entry : snapshot->allocs_of_job(job->key())) {
    for (const auto& service : snapshot->services_of_alloc(entry.key)) {
      if (!expose::is_exposure(*service) || !service->meta.contains(expose::kMetaPrivate)) continue;
      const bool online = service->health != "critical";
      all_online = all_online && online;
      urls.set(service->meta.at(expose::kMetaId),
               row(context, service->meta.at(expose::kMetaId), op_of(*job, service->task),
                   service->meta.at(expose::kMetaPort), online ? "ONLINE" : "OFFLINE"));
    }
  }
  if (urls.as_object()->empty()) {
    return err(ErrorCode::InvalidArgument, "job \"{}\" has no exposed ports, or they are private and not there yet",
               job->id);
  }
  const Value body = Value::Object{{"urls", std::move(urls)}, {"status", all_online ? "ONLINE" : "OFFLINE"}};
  return Answer{.body = codec::dump(body)};
}

}  // namespace drover::api
