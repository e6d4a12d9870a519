#pragma once

#include "sched/test_support.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace drover::sched {

// A random small cluster and random jobs for it, for property tests: what a seed makes is always the same. Nodes and
// jobs differ in all that placement looks at.
class RandomMix {
 public:
  explicit RandomMix(uint64_t seed) : random_(seed) {
    model::SchedulerConfig config;
    if (chance(4)) config.algorithm = "spread";
    cluster.must(state::SetSchedulerConfig{.config = config});
    const uint64_t nodes = 1 + below(chance(10) ? 60 : 14);
    for (uint64_t i = 0; i < nodes; ++i) cluster.add(random_node("n" + std::to_string(i)));
  }

  // The groups differ from call to call, also for the same id. "job3" is a batch job.
  model::Job random_job(const std::string& id) {
    auto builder = make_job(id);
    if (id == "job3") builder.batch();
    const uint64_t groups = 1 + below(3);
    for (uint64_t i = 0; i < groups; ++i) add_group(builder, "g" + std::to_string(i));
    model::Job job = builder.build();
    job.datacenters = chance(4) ? std::vector<std::string>{"dc0"} : std::vector<std::string>{"*"};
    if (chance(3)) job.constraints.push_back(random_constraint());
    if (chance(8)) job.constraints.push_back({"", "true", "distinct_hosts"});
    if (chance(8)) job.constraints.push_back({"${meta.rack}", std::to_string(pick({2, 6})), "distinct_property"});
    if (chance(3)) job.spreads.push_back(random_spread("${meta.rack}"));
    if (chance(3)) job.affinities.push_back({"${meta.rack}", "r1", "=", pick({-100, 30, 100})});
    for (model::TaskGroup& group : job.task_groups) add_rules(group);
    return job;
  }

  uint64_t below(uint64_t bound) { return random_.below(bound); }
  bool chance(uint64_t one_in) { return below(one_in) == 0; }

  TestCluster cluster;

 private:
  int32_t pick(std::initializer_list<int32_t> from) { return from.begin()[below(from.size())]; }

  model::Node random_node(const std::string& name) {
    auto builder = make_node(name).cpu(pick({1000, 2000, 4000, 9000})).memory(pick({1000, 2000, 8000}));
    builder.datacenter("dc" + std::to_string(below(2))).disk(pick({900, 100'000}));
    if (!chance(6)) builder.meta("rack", "r" + std::to_string(below(4)));
    if (chance(5)) builder.reserved_port(8080);
    if (chance(6)) builder.drivers({"docker"});
    model::Node node = builder.build();
    if (chance(3)) {
      node.reserved.cpu = 200;
      node.reserved.memory_mb = 100;
    }
    if (chance(2)) node.cores = {0, 1, 2, 3};
    for (const char* kind : {"A", "B"}) {
      if (!chance(2)) continue;
      model::NodeDeviceGroup group{.vendor = "v", .type = "gpu", .name = kind};
      for (int i = 0; i < pick({1, 3}); ++i) group.instances.push_back({kind + std::to_string(i), !chance(6), "", ""});
      node.devices.push_back(group);
    }
    return node;
  }

  void add_group(drover::testing::JobBuilder& builder, const std::string& name) {
    builder.group(name, static_cast<int32_t>(below(12)));
    builder.reschedule({.attempts = 0,
                        .interval = Duration(0),
                        .delay = std::chrono::seconds(5),
                        .delay_function = "constant",
                        .max_delay = Duration(0),
                        .unlimited = true});
    if (chance(4)) builder.disk(pick({200, 500}));
    if (chance(5)) builder.static_port("http", pick({8080, 8081}));
    if (chance(3)) builder.dynamic_port("admin").dynamic_port("debug");
    builder.task("t").cpu(pick({50, 300, 700})).memory(pick({50, 200, 900}));
    if (chance(4)) builder.task("side").cpu(pick({20, 100})).memory(20);
  }

  void add_rules(model::TaskGroup& group) {
    if (chance(3)) group.spreads.push_back(random_spread("${node.datacenter}"));
    if (chance(5)) group.spreads.push_back(random_spread("${node.unique.name}"));
    if (chance(4)) group.affinities.push_back({"${node.unique.name}", "n1", "=", 50});
    if (chance(5)) group.tasks[0].affinities.push_back({"${node.datacenter}", "dc1", "=", pick({-40, 40})});
    if (chance(4)) group.constraints.push_back(random_constraint());
    if (chance(6)) group.constraints.push_back({"", "true", "distinct_hosts"});
    if (chance(5)) group.constraints.push_back({"${meta.rack}", std::to_string(pick({1, 3})), "distinct_property"});
    model::Resources& resources = group.tasks[0].resources;
    if (chance(5)) resources.cores = pick({1, 2});
    if (!chance(4)) return;
    model::RequestedDevice device{.name = chance(2) ? "gpu" : "v/gpu", .count = pick({1, 2})};
    if (chance(3)) device.constraints = {{"${device.model}", chance(2) ? "A" : "B", "="}};
    if (chance(2)) device.affinities = {{"${device.model}", "A", "=", 60}, {"${device.model}", "B", "=", -20}};
    resources.devices = {device};
  }

  model::Constraint random_constraint() {
    switch (below(4)) {
      case 0:
        return {"${meta.rack}", "r" + std::to_string(below(4)), "="};
      case 1:
        return {"${meta.rack}", "r" + std::to_string(below(4)), "!="};
      case 2:
        return {"${meta.rack}", "r2", "<="};
      default:
        return {"${node.unique.name}", "n" + std::to_string(below(14)), "!="};
    }
  }

  model::Spread random_spread(const std::string& attribute) {
    model::Spread spread{.attribute = attribute, .weight = pick({10, 50, 100})};
    if (chance(2)) return spread;
    const std::string prefix = attribute == "${meta.rack}" ? "r" : attribute == "${node.datacenter}" ? "dc" : "n";
    spread.targets = {{prefix + "0", pick({20, 50})}, {prefix + "1", pick({0, 30, 50})}};
    return spread;
  }

  SeededRandom random_;
};

}  // namespace drover::sched
