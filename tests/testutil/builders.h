#pragma once

#include "model/job.h"
#include "model/node.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Jobs and nodes for tests in one line each. What is not said has the default of the model, but for what would be in
// the way: small tasks, no disk, every driver of a node healthy.
namespace drover::testing {

// make_job("web").group("web", 3).task("t", "mock").cpu(500).memory(256).build()
//
// Methods about groups act on the last group, methods about tasks on its last task; the first of each is made when it
// is needed: group "g" with one task "t" of the driver "mock", 100 MHz and 64 MB.
class JobBuilder {
 public:
  explicit JobBuilder(std::string id);

  JobBuilder& type(model::JobType type);
  JobBuilder& batch() { return type(model::JobType::Batch); }
  JobBuilder& priority(int32_t priority);
  JobBuilder& datacenters(std::initializer_list<std::string> names);
  JobBuilder& all_at_once();
  JobBuilder& job_constraint(std::string left, std::string operand, std::string right);
  JobBuilder& meta(std::string name, std::string value);

  JobBuilder& group(std::string name, int32_t count = 1);
  JobBuilder& count(int32_t count);
  JobBuilder& constraint(std::string left, std::string operand, std::string right);
  JobBuilder& static_port(std::string label, int32_t port);
  JobBuilder& shared_port(std::string label, int32_t port);  // with ignore_collision
  JobBuilder& dynamic_port(std::string label);
  JobBuilder& disk(int32_t megabytes);
  JobBuilder& reschedule(model::ReschedulePolicy policy);

  JobBuilder& task(std::string name, std::string driver = "mock");
  JobBuilder& cpu(int32_t mhz);
  JobBuilder& memory(int32_t megabytes);
  JobBuilder& env(std::string name, std::string value);
  JobBuilder& task_constraint(std::string left, std::string operand, std::string right);

  // Canonicalized.
  model::Job build() const;

 private:
  model::TaskGroup& last_group();
  model::Task& last_task();
  model::Network& network();

  model::Job job_;
};

inline JobBuilder make_job(std::string id) {
  return JobBuilder(std::move(id));
}

// make_node("a").cpu(4000).memory(8192).build(): a node with 4000 MHz, 8192 MB, 100 GB of disk, the drivers mock,
// raw_exec and docker, in dc1, Initializing as every node that registers. The name gives it its id, always the same.
class NodeBuilder {
 public:
  explicit NodeBuilder(std::string name);

  NodeBuilder& cpu(int64_t mhz);
  NodeBuilder& memory(int64_t megabytes);
  NodeBuilder& disk(int64_t megabytes);
  NodeBuilder& datacenter(std::string name);
  NodeBuilder& pool(std::string name);
  NodeBuilder& node_class(std::string name);
  NodeBuilder& attribute(std::string name, std::string value);
  NodeBuilder& meta(std::string name, std::string value);
  NodeBuilder& drivers(const std::vector<std::string>& names);  // these and no others
  NodeBuilder& unhealthy_driver(const std::string& name);
  NodeBuilder& reserved_port(int32_t port);

  model::Node build() const { return node_; }

 private:
  model::Node node_;
};

inline NodeBuilder make_node(std::string name) {
  return NodeBuilder(std::move(name));
}

// The id that make_node() gives to a name.
model::NodeId node_id(std::string_view name);

}  // namespace drover::testing
