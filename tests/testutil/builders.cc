#include "testutil/builders.h"

#include "model/canonicalize.h"

namespace drover::testing {
namespace {

uint64_t hash_of(std::string_view text, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325ULL ^ seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

model::NodeId node_id(std::string_view name) {
  return model::NodeId(Uuid{.hi = hash_of(name, 1), .lo = hash_of(name, 2) | 1});
}

JobBuilder::JobBuilder(std::string id) {
  job_.name = id;
  job_.id = std::move(id);
  job_.datacenters = {"dc1"};
}

JobBuilder& JobBuilder::type(model::JobType type) {
  job_.type = type;
  return *this;
}

JobBuilder& JobBuilder::priority(int32_t priority) {
  job_.priority = priority;
  return *this;
}

JobBuilder& JobBuilder::datacenters(std::initializer_list<std::string> names) {
  job_.datacenters = names;
  return *this;
}

JobBuilder& JobBuilder::all_at_once() {
  job_.all_at_once = true;
  return *this;
}

JobBuilder& JobBuilder::job_constraint(std::string left, std::string operand, std::string right) {
  job_.constraints.push_back({std::move(left), std::move(right), std::move(operand)});
  return *this;
}

JobBuilder& JobBuilder::meta(std::string name, std::string value) {
  job_.meta[std::move(name)] = std::move(value);
  return *this;
}

JobBuilder& JobBuilder::group(std::string name, int32_t count) {
  model::TaskGroup group{.name = std::move(name), .count = count};
  group.ephemeral_disk.size_mb = 0;
  job_.task_groups.push_back(std::move(group));
  return *this;
}

JobBuilder& JobBuilder::count(int32_t count) {
  last_group().count = count;
  return *this;
}

JobBuilder& JobBuilder::constraint(std::string left, std::string operand, std::string right) {
  last_group().constraints.push_back({std::move(left), std::move(right), std::move(operand)});
  return *this;
}

JobBuilder& JobBuilder::static_port(std::string label, int32_t port) {
  network().reserved_ports.push_back({.label = std::move(label), .value = port});
  return *this;
}

JobBuilder& JobBuilder::shared_port(std::string label, int32_t port) {
  network().reserved_ports.push_back({.label = std::move(label), .value = port, .ignore_collision = true});
  return *this;
}

JobBuilder& JobBuilder::dynamic_port(std::string label) {
  network().dynamic_ports.push_back({.label = std::move(label)});
  return *this;
}

JobBuilder& JobBuilder::disk(int32_t megabytes) {
  last_group().ephemeral_disk.size_mb = megabytes;
  return *this;
}

JobBuilder& JobBuilder::reschedule(model::ReschedulePolicy policy) {
  last_group().reschedule = std::move(policy);
  return *this;
}

JobBuilder& JobBuilder::task(std::string name, std::string driver) {
  model::Task task{.name = std::move(name), .driver = std::move(driver)};
  task.resources.cpu = 100;
  task.resources.memory_mb = 64;
  last_group().tasks.push_back(std::move(task));
  return *this;
}

JobBuilder& JobBuilder::cpu(int32_t mhz) {
  last_task().resources.cpu = mhz;
  return *this;
}

JobBuilder& JobBuilder::memory(int32_t megabytes) {
  last_task().resources.memory_mb = megabytes;
  return *this;
}

JobBuilder& JobBuilder::env(std::string name, std::string value) {
  last_task().env[std::move(name)] = std::move(value);
  return *this;
}

JobBuilder& JobBuilder::task_constraint(std::string left, std::string operand, std::string right) {
  last_task().constraints.push_back({std::move(left), std::move(right), std::move(operand)});
  return *this;
}

model::Job JobBuilder::build() const {
  JobBuilder complete = *this;
  complete.last_task();
  model::Job job = std::move(complete.job_);
  model::canonicalize(job);
  return job;
}

model::TaskGroup& JobBuilder::last_group() {
  if (job_.task_groups.empty()) group("g");
  return job_.task_groups.back();
}

model::Task& JobBuilder::last_task() {
  if (last_group().tasks.empty()) task("t");
  return last_group().tasks.back();
}

model::Network& JobBuilder::network() {
  auto& networks = last_group().networks;
  if (networks.empty()) networks.emplace_back();
  return networks.back();
}

NodeBuilder::NodeBuilder(std::string name) {
  node_.id = node_id(name);
  node_.secret_id = Uuid{.hi = 7, .lo = 7};
  node_.name = std::move(name);
  node_.resources = {.cpu = 4000, .memory_mb = 8192, .disk_mb = 100'000};
  drivers({"mock", "raw_exec", "docker"});
}

NodeBuilder& NodeBuilder::cpu(int64_t mhz) {
  node_.resources.cpu = mhz;
  return *this;
}

NodeBuilder& NodeBuilder::memory(int64_t megabytes) {
  node_.resources.memory_mb = megabytes;
  return *this;
}

NodeBuilder& NodeBuilder::disk(int64_t megabytes) {
  node_.resources.disk_mb = megabytes;
  return *this;
}

NodeBuilder& NodeBuilder::datacenter(std::string name) {
  node_.datacenter = std::move(name);
  return *this;
}

NodeBuilder& NodeBuilder::pool(std::string name) {
  node_.node_pool = std::move(name);
  return *this;
}

NodeBuilder& NodeBuilder::node_class(std::string name) {
  node_.node_class = std::move(name);
  return *this;
}

NodeBuilder& NodeBuilder::attribute(std::string name, std::string value) {
  node_.attributes[std::move(name)] = std::move(value);
  return *this;
}

NodeBuilder& NodeBuilder::meta(std::string name, std::string value) {
  node_.meta[std::move(name)] = std::move(value);
  return *this;
}

NodeBuilder& NodeBuilder::drivers(const std::vector<std::string>& names) {
  node_.drivers.clear();
  for (const std::string& name : names) node_.drivers[name] = {.attributes = {}, .detected = true, .healthy = true};
  return *this;
}

NodeBuilder& NodeBuilder::unhealthy_driver(const std::string& name) {
  node_.drivers[name] = {.attributes = {}, .detected = true, .healthy = false, .health_description = "broken"};
  return *this;
}

NodeBuilder& NodeBuilder::reserved_port(int32_t port) {
  node_.reserved.ports.push_back(port);
  return *this;
}

}  // namespace drover::testing
