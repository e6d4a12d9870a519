#include "client/tasks/task_literals.h"

#include "jobspec/nosana_endpoint.h"
#include "jobspec/nosana_resolve.h"
#include "jobspec/nosana_results.h"

#include <algorithm>

namespace drover::client {
namespace {

using jobspec::LiteralContext;
using Meta = std::map<std::string, std::string>;

constexpr std::string_view kVariables = "nosana.variables.";

std::string value_of(const Meta& meta, const char* key) {
  const auto it = meta.find(key);
  return it == meta.end() ? "" : it->second;
}

std::string op_of(const model::Task& task) {
  const std::string op = value_of(task.meta, "nosana.op");
  return op.empty() ? task.name : op;
}

std::string domain_of(const model::Node& node) {
  const std::string set = value_of(node.meta, "nosana.frps_address");
  return set.empty() ? value_of(node.attributes, "expose.domain") : set;
}

codec::Value results_of(const model::TaskState* state) {
  return state ? jobspec::results_in(*state) : codec::Value();
}

LiteralContext::Operation operation_of(const LiteralInputs& in, size_t index, const std::string& domain) {
  const model::Task& task = in.group.tasks[index];
  LiteralContext::Operation op{.host = jobspec::nosana_host(in.job.id, index)};
  const auto state = in.states.find(task.name);
  op.results = results_of(state == in.states.end() ? nullptr : state->second);
  if (domain.empty()) return op;
  // Of private ones nobody is told but their owner.
  for (const auto& endpoint : task.endpoints) {
    if (task.private_endpoints) break;
    op.endpoints[endpoint.port] = jobspec::nosana_endpoint_id(index, endpoint.port, in.job.id) + "." + domain;
  }
  const std::string deployment = jobspec::deployment_endpoint_id(in.job, task);
  if (!deployment.empty()) op.deployment_endpoint = deployment + "." + domain;
  return op;
}

}  // namespace

LiteralContext literal_context(const LiteralInputs& in) {
  LiteralContext out;
  const std::string domain = domain_of(in.node);
  const std::string host = value_of(in.node.meta, "nosana.host");
  out.globals["job"] = in.job.id;
  out.globals["host"] = host.empty() ? in.node.id.str() : host;
  out.globals["project"] = jobspec::nosana_project(in.job);
  out.globals["frps_address"] = domain;
  for (const auto& [key, value] : in.job.meta) {
    if (key.starts_with(kVariables)) out.variables[key.substr(kVariables.size())] = value;
  }
  for (size_t i = 0; i < in.group.tasks.size(); ++i) {
    out.operations[op_of(in.group.tasks[i])] = operation_of(in, i, domain);
  }
  return out;
}

std::vector<std::string> task_hosts(const model::Job& job, const model::TaskGroup& group, const model::Task& task) {
  std::vector<std::string> hosts = {task.name};
  if (const std::string op = op_of(task); op != task.name) hosts.push_back(op);
  const auto it = std::ranges::find(group.tasks, task.name, &model::Task::name);
  hosts.push_back(jobspec::nosana_host(job.id, static_cast<size_t>(it - group.tasks.begin())));
  return hosts;
}

}  // namespace drover::client
