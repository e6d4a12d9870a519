#include "sim/jobs.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "model/canonicalize.h"
#include "model/validate.h"
#include "testutil/builders.h"

namespace drover::sim {
namespace {

using model::JobType;
using std::chrono::minutes;
using std::chrono::seconds;

class Maker {
 public:
  Maker(Random& random, JobType type) : random_(random), type_(type) {}

  void shape(model::Job& job) {
    job.priority = 10 + static_cast<int32_t>(random_.below(9)) * 10;
    job.datacenters = chance(30) ? std::vector<std::string>{"dc1", "dc2"} : std::vector<std::string>{"dc1"};
    if (chance(10)) job.all_at_once = true;
    behaviour(job);
    const size_t groups = chance(75) ? 1 : 2;
    for (size_t i = 0; i < groups; ++i) job.task_groups.push_back(group("g" + std::to_string(i)));
  }

  void behaviour(model::Job& job) {
    const auto millis = [&](uint64_t longest) { return std::to_string(random_.below(longest)); };
    job.meta["sim.start"] = millis(chance(80) ? 2'000 : 40'000);
    job.meta["sim.stop"] = millis(chance(80) ? 1'000 : 60'000);
    job.meta["sim.run"] = job.is_batch() ? std::to_string(1'000 + random_.below(180'000)) : "0";
    job.meta["sim.fail"] = std::to_string(chance(70) ? 0 : random_.below(100));
  }

  void restrict(model::TaskGroup& group) {
    if (chance(15)) group.constraints.push_back({"${node.class}", chance(50) ? "small" : "large", "="});
    if (chance(10)) group.constraints.push_back({"", "true", "distinct_hosts"});
    if (chance(8)) group.constraints.push_back({"${meta.rack}", "2", "distinct_property"});
    if (chance(5)) group.constraints.push_back({"${attr.kernel.name}", "plan9", "="});
    if (type_ == JobType::System || type_ == JobType::Sysbatch) return;
    if (chance(20)) group.spreads.push_back({.attribute = "${meta.rack}", .weight = 50});
    if (chance(15)) group.affinities.push_back({"${node.class}", "large", "=", 50});
  }

  void update(model::TaskGroup& group) {
    if (type_ != JobType::Service || chance(30)) return;
    auto& update = group.update.emplace();
    update.max_parallel = static_cast<int32_t>(1 + random_.below(3));
    update.min_healthy_time = seconds(1 + random_.below(15));
    update.healthy_deadline = minutes(2);
    update.progress_deadline = minutes(chance(80) ? 4 : 3);
    update.health_check = chance(90) ? "task_states" : "manual";
    update.auto_revert = chance(40);
    if (!chance(40)) return;
    update.canary = static_cast<int32_t>(1 + random_.below(2));
    update.auto_promote = chance(50);
  }

  void policies(model::TaskGroup& group) {
    if (type_ == JobType::Service || type_ == JobType::Batch) {
      auto& reschedule = group.reschedule.emplace();
      reschedule.unlimited = chance(60);
      reschedule.attempts = 0;
      reschedule.delay = seconds(5 + random_.below(60));
      reschedule.delay_function = chance(50) ? "constant" : "exponential";
      reschedule.max_delay = minutes(5);
      if (!*reschedule.unlimited) {
        reschedule.attempts = static_cast<int32_t>(random_.below(4));
        reschedule.interval = minutes(30);
      }
    }
    if (type_ != JobType::Service) return;
    if (chance(20)) {
      auto& disconnect = group.disconnect.emplace();
      disconnect.lost_after = minutes(1 + random_.below(10));
      disconnect.replace = chance(60);
      constexpr std::array kReconcile{"best_score", "longest_running", "keep_original", "keep_replacement"};
      disconnect.reconcile = kReconcile[random_.below(kReconcile.size())];
    }
    if (chance(20)) {
      auto& migrate = group.migrate.emplace();
      migrate.max_parallel = static_cast<int32_t>(1 + random_.below(2));
      migrate.health_check = "task_states";
      migrate.min_healthy_time = seconds(1 + random_.below(10));
      migrate.healthy_deadline = minutes(1);
    }
  }

  void resources(model::TaskGroup& group) {
    group.tasks.resize(1);
    model::Task& task = group.tasks.front();
    task.stage.clear();
    task.resources.cpu = static_cast<int32_t>(chance(85) ? 50 + random_.below(500) : 1'000 + random_.below(4'000));
    task.resources.memory_mb = static_cast<int32_t>(chance(85) ? 16 + random_.below(400) : 500 + random_.below(4'000));
    group.ephemeral_disk.size_mb = static_cast<int32_t>(110 + random_.below(1'000));
    group.ephemeral_disk.sticky = chance(10);
    task.resources.cores = 0;
    if (chance(5)) {
      task.resources.cpu = 100;
      task.resources.cores = static_cast<int32_t>(1 + random_.below(2));
    }
    task.resources.devices.clear();
    if (chance(5)) task.resources.devices = {{.name = "acme/gpu", .count = 1}};
    if (chance(10)) add_stage(group);
    if (!chance(40)) return;
    model::Network& network = group.networks.emplace_back();
    if (chance(50)) network.dynamic_ports.push_back({.label = "http"});
    if (chance(40)) {
      network.reserved_ports.push_back({.label = "admin", .value = chance(50) ? 8080 : 8081});
    }
    if (chance(5)) network.reserved_ports.push_back({.label = "odd", .value = 20'000 + int32_t(random_.below(20))});
  }

  // A task that runs when the first one has ended, with as much or with cores and devices of its own.
  void add_stage(model::TaskGroup& group) {
    group.tasks.front().stage = "first";
    model::Task next = group.tasks.front();
    next.name = "next";
    next.stage = "second";
    if (chance(30)) {
      next.resources.cpu = 100;
      next.resources.cores = static_cast<int32_t>(1 + random_.below(3));
    }
    if (chance(30)) next.resources.devices = {{.name = "acme/gpu", .count = 2}};
    group.tasks.push_back(std::move(next));
  }

  int32_t count() {
    if (type_ == JobType::System || type_ == JobType::Sysbatch) return 1;
    return static_cast<int32_t>(chance(80) ? 1 + random_.below(6) : random_.below(30));
  }

  bool chance(uint64_t percent) { return random_.below(100) < percent; }

 private:
  model::TaskGroup group(std::string name) {
    model::TaskGroup group{.name = std::move(name), .count = count()};
    group.tasks.push_back({.name = "t", .driver = "mock"});
    resources(group);
    restrict(group);
    update(group);
    policies(group);
    const bool scales = type_ == JobType::Service || type_ == JobType::Batch;
    if (scales && group.count <= 10 && chance(15)) group.scaling = model::ScalingPolicy{.min = 0, .max = 10};
    return group;
  }

  Random& random_;
  const JobType type_;
};

model::Job finished(model::Job job) {
  model::canonicalize(job);
  Diagnostics problems;
  model::validate(job, problems);
  if (problems.has_errors()) log::error("the simulation makes invalid jobs", {{"why", problems.to_error().message()}});
  return job;
}

}  // namespace

model::Job random_job(Random& random, const std::string& id) {
  constexpr std::array kTypes{JobType::Service, JobType::Service, JobType::Service, JobType::Batch,
                              JobType::Batch,   JobType::System,  JobType::Sysbatch};
  model::Job job{.id = id, .name = id};
  job.type = kTypes[random.below(kTypes.size())];
  Maker maker(random, job.type);
  maker.shape(job);
  const uint64_t kind = random.below(10);
  if (kind == 0 && job.is_batch()) {
    job.periodic = model::Periodic{.spec = "*/2 * * * *", .prohibit_overlap = maker.chance(50)};
  } else if (kind <= 2 && job.is_batch()) {
    job.parameterized = model::Parameterized{};
  }
  return finished(std::move(job));
}

model::Job changed_job(Random& random, model::Job job) {
  Maker maker(random, job.type);
  for (model::TaskGroup& group : job.task_groups) {
    if (maker.chance(40)) group.tasks.front().env["VERSION"] = std::to_string(random.below(1'000));
    if (maker.chance(30)) group.count = maker.count();
    if (maker.chance(20)) group.meta["note"] = std::to_string(random.below(1'000));
    if (maker.chance(15)) {
      group.networks.clear();
      maker.resources(group);
    }
    if (maker.chance(10)) {
      group.constraints.clear();
      group.spreads.clear();
      group.affinities.clear();
      maker.restrict(group);
    }
    if (maker.chance(10)) {
      group.update.reset();
      maker.update(group);
    }
    if (group.scaling) group.count = std::clamp(group.count, 0, 10);
  }
  if (maker.chance(20)) maker.behaviour(job);
  job.update.reset();
  job.stop = false;
  return finished(std::move(job));
}

}  // namespace drover::sim
