#include "client/tasks/task_env.h"

#include "base/strings.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include <fmt/core.h>

namespace drover::client {
namespace {

constexpr const char* kDeniedByDefault =
    "CONSUL_TOKEN,CONSUL_HTTP_TOKEN,VAULT_TOKEN,AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,AWS_SESSION_TOKEN,"
    "GOOGLE_APPLICATION_CREDENTIALS";

using Env = std::map<std::string, std::string>;

// For a part of the name of an own variable.
std::string clean_name(std::string name) {
  std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c) && c != '_'; }, '_');
  return name;
}

// For a name that the job chose. Dots stay: programs read such variables ("discovery.type").
std::string clean_key(std::string key) {
  std::ranges::replace_if(key, [](unsigned char c) { return !std::isalnum(c) && c != '_' && c != '.'; }, '_');
  if (!key.empty() && std::isdigit(static_cast<unsigned char>(key[0]))) key[0] = '_';
  return key;
}

std::string address(const std::string& ip, int32_t port) {
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, port) : fmt::format("[{}]:{}", ip, port);
}

void add_identity(const TaskEnvInputs& in, Env& env) {
  env["NOMAD_ALLOC_DIR"] = in.alloc_dir;
  env["NOMAD_TASK_DIR"] = in.task_dir;
  env["NOMAD_SECRETS_DIR"] = in.secrets_dir;
  env["NOMAD_MEMORY_LIMIT"] = std::to_string(in.task.resources.memory_mb);
  if (in.task.resources.memory_max_mb > 0) {
    env["NOMAD_MEMORY_MAX_LIMIT"] = std::to_string(in.task.resources.memory_max_mb);
  }
  if (auto cores = cpuset_of(in.alloc, in.task.name); !cores.empty()) env["NOMAD_CPU_CORES"] = std::move(cores);
  env["NOMAD_CPU_LIMIT"] = std::to_string(cpu_of(in.task, in.node));
  env["NOMAD_ALLOC_ID"] = in.alloc.id.str();
  env["NOMAD_SHORT_ALLOC_ID"] = in.alloc.id.short_str();
  env["NOMAD_ALLOC_NAME"] = in.alloc.name;
  env["NOMAD_ALLOC_INDEX"] = std::to_string(std::max(0, in.alloc.index()));
  env["NOMAD_TASK_NAME"] = in.task.name;
  env["NOMAD_GROUP_NAME"] = in.group.name;
  env["NOMAD_JOB_NAME"] = in.job.name.empty() ? in.job.id : in.job.name;
  env["NOMAD_JOB_ID"] = in.job.id;
  if (!in.job.parent_id.empty()) env["NOMAD_JOB_PARENT_ID"] = in.job.parent_id;
  env["NOMAD_NAMESPACE"] = in.job.ns;
  env["NOMAD_DC"] = in.node.datacenter;
  env["NOMAD_REGION"] = in.region;
}

void add_own_port(const TaskEnvInputs& in, const model::AllocatedPort& port, Env& env) {
  const std::string label = clean_name(port.label);
  const auto mapped = in.port_map.find(port.label);
  int32_t inside = port.to > 0 ? port.to : port.value;
  if (mapped != in.port_map.end()) inside = mapped->second;
  env["NOMAD_IP_" + label] = port.host_ip;
  env["NOMAD_PORT_" + label] = std::to_string(inside);
  env["NOMAD_ADDR_" + label] = address(port.host_ip, port.value);
  env["NOMAD_HOST_PORT_" + label] = std::to_string(port.value);
  env["NOMAD_HOST_IP_" + label] = port.host_ip;
  env["NOMAD_HOST_ADDR_" + label] = address(port.host_ip, port.value);
  if (!port.task.empty()) return;
  env["NOMAD_ALLOC_PORT_" + label] = std::to_string(inside);
  if (in.alloc_ip.empty()) return;
  env["NOMAD_ALLOC_INTERFACE_" + label] = in.alloc_interface;
  env["NOMAD_ALLOC_IP_" + label] = in.alloc_ip;
  env["NOMAD_ALLOC_ADDR_" + label] = address(in.alloc_ip, inside);
}

void add_ports(const TaskEnvInputs& in, Env& env) {
  for (const auto& port : in.alloc.ports) {
    if (port.task.empty() || port.task == in.task.name) add_own_port(in, port, env);
    if (port.task.empty()) continue;
    const std::string name = clean_name(port.task + "_" + port.label);
    env["NOMAD_IP_" + name] = port.host_ip;
    env["NOMAD_PORT_" + name] = std::to_string(port.value);
    env["NOMAD_ADDR_" + name] = address(port.host_ip, port.value);
  }
}

// Both spellings of the key; where two keys have the same one in capitals, the last in order wins, as in Nomad.
void add_meta(const TaskEnvInputs& in, const model::Variables& node, Env& env) {
  const model::Interpolator interpolate({env.begin(), env.end()}, node);
  Env added;
  for (const auto& [key, value] : merged_meta(in.job, in.group, in.task)) {
    const std::string expanded = interpolate(value);
    added[clean_name("NOMAD_META_" + key)] = expanded;
    added[clean_name("NOMAD_META_" + to_upper(key))] = expanded;
  }
  env.merge(added);
}

}  // namespace

void TaskEnv::adopt(const std::map<std::string, std::string>& changed) {
  for (const auto& [key, value] : changed) {
    if (!own.contains(key)) variables[key] = value;
  }
  std::erase_if(variables,
                [&](const auto& entry) { return !own.contains(entry.first) && !changed.contains(entry.first); });
}

TaskEnv build_task_env(const TaskEnvInputs& in) {
  TaskEnv out{.node = model::node_variables(in.node, in.region)};
  Env& env = out.variables;
  add_identity(in, env);
  add_ports(in, env);
  add_meta(in, out.node, env);
  for (const auto& [key, value] : env) out.own.insert(key);
  for (const auto& [key, value] : in.host_env) env.emplace(key, value);

  const model::Interpolator interpolate = out.interpolator();
  for (const auto& [key, value] : in.task.env) {
    const std::string name = clean_key(interpolate(key));
    if (!name.empty() && !out.own.contains(name)) env[name] = interpolate(value);
  }
  return out;
}

std::map<std::string, std::string> inheritable_env(const Env& env, const std::string& denied) {
  Env out = env;
  std::erase_if(
      out, [](const auto& entry) { return entry.first.starts_with("NOMAD_") || entry.first.starts_with("DROVER_"); });
  for (const auto& name : split(denied.empty() ? kDeniedByDefault : denied, ',')) out.erase(std::string(trim(name)));
  return out;
}

sys::CpuSet cores_of(const model::Allocation& alloc, const std::string& task) {
  for (const auto& held : alloc.cores) {
    if (held.task == task) return {held.cores.begin(), held.cores.end()};
  }
  return {};
}

std::string cpuset_of(const model::Allocation& alloc, const std::string& task) {
  return sys::format_cpu_list(cores_of(alloc, task));
}

int32_t cpu_of(const model::Task& task, const model::Node& node) {
  if (task.resources.cores <= 0 || node.cores.empty()) return task.resources.cpu;
  return static_cast<int32_t>(node.resources.cpu / std::ssize(node.cores) * task.resources.cores);
}

std::map<std::string, std::string> merged_meta(const model::Job& job, const model::TaskGroup& group,
                                               const model::Task& task) {
  Env meta = task.meta;
  for (const auto& [key, value] : group.meta) meta.emplace(key, value);
  for (const auto& [key, value] : job.meta) meta.emplace(key, value);
  return meta;
}

}  // namespace drover::client
