#include "client/node_info.h"

#include "base/strings.h"
#include "model/device_attribute.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace drover::client {
namespace {

using codec::Value;

using Facts = std::map<std::string, std::string>;

void add_text(Value& out, const char* name, const Facts& facts, const std::string& key) {
  const auto it = facts.find(key);
  if (it != facts.end()) out.set(name, it->second);
}

void add_number(Value& out, const char* name, const Facts& facts, const std::string& key) {
  const auto it = facts.find(key);
  if (it == facts.end()) return;
  // "15360 MiB"
  if (const auto number = parse_int(it->second.substr(0, it->second.find(' ')))) out.set(name, *number);
}

Value cpu_of(const Facts& facts) {
  Value out = Value::Object{};
  add_text(out, "model", facts, "cpu.modelname");
  add_number(out, "logical_cores", facts, "cpu.numcores");
  return out;
}

Value gpu(const model::NodeDeviceGroup& group, const std::string& uuid, size_t index) {
  Value memory = Value::Object{};
  add_number(memory, "total_mb", group.attributes, "memory");
  Value out = Value::Object{
      {"index", static_cast<int64_t>(index)}, {"name", group.name}, {"uuid", uuid}, {"memory", std::move(memory)}};
  const auto capability = group.attributes.find("compute_capability");
  if (capability == group.attributes.end()) return out;
  const std::string_view text = capability->second;
  const auto major = parse_int(text.substr(0, text.find('.')));
  const auto minor = parse_int(text.substr(std::min(text.find('.'), text.size() - 1) + 1));
  if (major && minor) out.set("network_architecture", Value::Object{{"major", *major}, {"minor", *minor}});
  return out;
}

Value gpus_of(const model::Node& node) {
  Value::Array devices;
  Value out = Value::Object{};
  std::set<std::string> seen;  // a GPU that tasks share is there several times
  for (const auto& group : node.devices) {
    if (group.type != "gpu") continue;
    for (const auto& instance : group.instances) {
      const std::string uuid = instance.id.substr(0, instance.id.find(model::kSharedInstanceMark));
      if (seen.insert(uuid).second) devices.push_back(gpu(group, uuid, devices.size()));
    }
    add_text(out, "cuda_driver_version", group.attributes, "cuda_version");
    add_text(out, "nvml_driver_version", group.attributes, "driver_version");
  }
  out.set("devices", std::move(devices));
  return out;
}

constexpr int64_t kMbPerGb = 1024;

}  // namespace

Value node_info(const model::Node& node, const NodeActivity& activity) {
  const Facts& facts = node.attributes;
  Value info = Value::Object{};
  add_text(info, "version", facts, "drover.version");
  add_text(info, "country", node.meta, "nosana.country");
  std::string system;
  for (const char* part : {"kernel.name", "kernel.version"}) {
    const auto it = facts.find(part);
    if (it != facts.end()) system += (system.empty() ? "" : " ") + it->second;
  }
  info.set("system_environment", system);
  info.set("cpu", cpu_of(facts));
  info.set("disk_gb", node.resources.disk_mb / kMbPerGb);
  info.set("ram_mb", node.resources.memory_mb);
  info.set("gpus", gpus_of(node));
  info.set("protocol", "http");
  return Value::Object{
      {"node", node.id.str()},
      {"uptime", std::chrono::duration_cast<std::chrono::seconds>(activity.uptime).count()},
      {"state", activity.busy ? "RUNNING_JOB" : "QUEUED"},
      {"info", std::move(info)},
  };
}

}  // namespace drover::client
