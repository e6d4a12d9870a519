#include "base/strings.h"
#include "model/canonicalize_parts.h"

namespace drover::model {
namespace {

using std::chrono::seconds;

// Replaces the names that a service may be called after. Everything else in `${…}` is the client's.
std::string expand_names(std::string text, const Job& job, const TaskGroup& group, std::string_view task) {
  const std::string base = job.name + "-" + group.name + "-" + std::string(task);
  text = replace_all(std::move(text), "${BASE}", base);
  text = replace_all(std::move(text), "${JOB}", job.name);
  text = replace_all(std::move(text), "${TASKGROUP}", group.name);
  return replace_all(std::move(text), "${TASK}", task);
}

void canonicalize_check(Check& check, const Service& service) {
  fill(check.name, "service: \"" + service.name + "\" check");
  check.type = to_lower(check.type);
  fill(check.address_mode, "host");
  if (check.type == "http") {
    fill(check.protocol, "http");
    fill(check.method, "GET");
  }
  if (check.type != "script") fill(check.port_label, service.port_label);
  fill(check.on_update, service.on_update);
  if (!check.check_restart) check.check_restart = service.check_restart;
}

void canonicalize_gateway(ConsulGateway& gateway) {
  if (!gateway.proxy) gateway.proxy.emplace();
  GatewayProxy& proxy = *gateway.proxy;
  if (!proxy.connect_timeout) proxy.connect_timeout = seconds(5);
  for (auto& [key, address] : proxy.bind_addresses) fill(address.name, key);
  if (!gateway.ingress) return;
  for (IngressListener& listener : gateway.ingress->listeners) fill(listener.protocol, "tcp");
}

}  // namespace

void canonicalize_connect(ConsulConnect& connect) {
  if (connect.sidecar_service && connect.sidecar_service->proxy) {
    SidecarProxy& proxy = *connect.sidecar_service->proxy;
    if (proxy.expose) {
      for (ExposePath& path : proxy.expose->paths) fill(path.protocol, "http");
    }
  }
  if (connect.sidecar_task) {
    SidecarTask& task = *connect.sidecar_task;
    canonicalize_signal(task.kill_signal);
    canonicalize_mounts(task.volume_mounts);
    if (!task.kill_timeout) task.kill_timeout = seconds(5);
    if (!task.shutdown_delay) task.shutdown_delay = Duration::zero();
  }
  if (connect.gateway) canonicalize_gateway(*connect.gateway);
}

void canonicalize_service(Service& service, const Job& job, const TaskGroup& group, std::string_view task) {
  fill(service.name, "${BASE}");
  service.name = expand_names(std::move(service.name), job, group, task);
  fill(service.address_mode, "auto");
  fill(service.on_update, "require_healthy");
  service.provider = to_lower(service.provider);
  for (Check& check : service.checks) canonicalize_check(check, service);
  if (service.identity) canonicalize_identity(*service.identity);
  if (service.connect) canonicalize_connect(*service.connect);
}

}  // namespace drover::model
