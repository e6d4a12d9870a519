#include "client/services/endpoint_services.h"

#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/nosana_endpoint.h"

#include <fmt/format.h>

namespace drover::client {
namespace {

// The place of a task among all tasks of its job.
size_t place_of(const model::Job& job, std::string_view task) {
  size_t place = 0;
  for (const model::TaskGroup& group : job.task_groups) {
    for (const model::Task& other : group.tasks) {
      if (other.name == task) return place;
      ++place;
    }
  }
  return place;
}

// Where a range is exposed its first port is asked. 0: not known before literals are resolved.
int32_t first_port(std::string_view port) {
  const auto number = parse_uint(port.substr(0, port.find('-')));
  return number && *number >= 1 && *number <= model::kMaxPort ? static_cast<int32_t>(*number) : 0;
}

}  // namespace

std::string endpoint_id(const model::Node& node, const model::AllocId& alloc, const model::Job& job,
                        const model::Task& task, std::string_view port) {
  const size_t place = place_of(job, task.name);
  if (!task.private_endpoints) return jobspec::nosana_endpoint_id(place, port, job.id);
  // The node's secret is known to it and to the servers alone.
  return jobspec::nosana_private_endpoint_id(
      fmt::format("{}:{}:{}:{}", node.secret_id.str(), alloc.str(), place, port));
}

std::vector<EndpointService> endpoint_services(const model::Node& node, const model::AllocId& alloc,
                                               const model::Job& job, const model::Task& task,
                                               std::string_view address_mode) {
  std::vector<EndpointService> out;
  for (const model::Endpoint& endpoint : task.endpoints) {
    const int32_t port = first_port(endpoint.port);
    if (port == 0) continue;
    const std::string id = endpoint_id(node, alloc, job, task, endpoint.port);
    model::Service service{.name = "drover-expose-" + to_lower(id),
                           .port_label = std::to_string(port),
                           .address_mode = std::string(address_mode)};
    service.meta = {{"id", id}, {"port", endpoint.port}};
    if (task.private_endpoints) service.meta["private"] = "true";
    if (address_mode != "host") service.meta["reach"] = "node";
    out.push_back({.service = std::move(service), .checks = endpoint.checks});
  }
  return out;
}

model::Check to_check(const model::EndpointCheck& check) {
  model::Check out{.name = check.type == "http" ? fmt::format("{} {}", check.method, check.path) : check.type,
                   .type = check.type,
                   .path = check.path,
                   .interval = kEndpointCheckInterval,
                   .timeout = kEndpointCheckTimeout,
                   .method = check.method};
  for (const auto& [name, value] : check.headers) out.header[name] = {value};
  if (const std::string* text = check.body.as_string()) {
    out.body = *text;
  } else if (!check.body.is_null()) {
    out.body = codec::dump(check.body);
    if (!out.header.contains("Content-Type")) out.header["Content-Type"] = {"application/json"};
  }
  return out;
}

}  // namespace drover::client
