// Random clusters and jobs with spreads, affinities, devices, cores and distinct rules, against a reference that is
// slow and obvious: the score of every placement is the best available at its turn.

#include <algorithm>
#include <cmath>
#include <ranges>
#include <set>

#include "sched/test_support.h"

namespace drover::sched {
namespace {

// What a node holds, counted from the rows.
struct Load {
  double cpu = 0, memory = 0;
  std::set<std::string> held;  // ports, cores and devices, each once
  int copies = 0;
};

class RandomPlacement {
 public:
  explicit RandomPlacement(uint64_t seed) : random_(seed) {
    model::SchedulerConfig config;
    if (chance(4)) config.algorithm = "spread";
    cluster.must(state::SetSchedulerConfig{.config = config});
    const uint64_t nodes = 1 + random_.below(14);
    for (uint64_t i = 0; i < nodes; ++i) cluster.add(random_node("n" + std::to_string(i)));
  }

  model::Job random_job(const std::string& id) {
    model::Job job = make_job(id)
                         .count(static_cast<int32_t>(random_.below(16)))
                         .cpu(pick({50, 300, 700}))
                         .memory(pick({50, 200, 900}))
                         .build();
    model::TaskGroup& group = job.task_groups[0];
    if (chance(2)) job.spreads.push_back(random_spread("${meta.rack}"));
    if (chance(3)) group.spreads.push_back(random_spread("${node.datacenter}"));
    if (chance(4)) group.spreads.push_back(random_spread("${node.unique.name}"));
    if (chance(3)) job.affinities.push_back({"${meta.rack}", "r1", "=", pick({-100, 30, 100})});
    if (chance(4)) group.affinities.push_back({"${node.unique.name}", "n1", "=", 50});
    if (chance(5)) group.constraints.push_back({"", "true", "distinct_hosts"});
    if (chance(4)) group.constraints.push_back({"${meta.rack}", std::to_string(pick({1, 3})), "distinct_property"});
    model::Resources& resources = group.tasks[0].resources;
    if (chance(4)) resources.cores = pick({1, 2});
    if (chance(3)) {
      model::RequestedDevice device{.name = "gpu", .count = pick({1, 2})};
      if (chance(2)) device.affinities = {{"${device.model}", "A", "=", 60}, {"${device.model}", "B", "=", -20}};
      resources.devices = {device};
    }
    job.datacenters = {"*"};
    return job;
  }

  TestCluster cluster;

 private:
  bool chance(uint64_t one_in) { return random_.below(one_in) == 0; }
  int32_t pick(std::vector<int32_t> from) { return from[random_.below(from.size())]; }

  model::Node random_node(const std::string& name) {
    auto builder = make_node(name).cpu(pick({1000, 2000, 4000})).memory(pick({1000, 2000, 8000}));
    builder.datacenter("dc" + std::to_string(random_.below(2)));
    if (!chance(6)) builder.meta("rack", "r" + std::to_string(random_.below(4)));
    model::Node node = builder.build();
    if (chance(2)) node.cores = {0, 1, 2, 3};
    for (const char* kind : {"A", "B"}) {
      if (!chance(2)) continue;
      model::NodeDeviceGroup group{.vendor = "v", .type = "gpu", .name = kind};
      for (int i = 0; i < pick({1, 3}); ++i) group.instances.push_back({.id = kind + std::to_string(i)});
      node.devices.push_back(group);
    }
    return node;
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

// The score of one more copy, from facts 5.5 alone.
class Reference {
 public:
  Reference(const state::Snapshot& snapshot, const model::Job& job)
      : snapshot_(snapshot),
        job_(job),
        group_(job.task_groups[0]),
        evenly_(snapshot.scheduler_config().algorithm == "spread") {
    for (const auto& entry : snapshot.allocs()) {
      if (!entry.value->terminal()) add(*entry.value);
    }
  }

  void add(const model::Allocation& alloc) {
    Load& load = loads_[alloc.node_id];
    const auto of = snapshot_.job_of(alloc);
    const model::Resources& resources = of->task_groups[0].tasks[0].resources;
    const auto node = snapshot_.node(alloc.node_id);
    load.cpu += resources.cores > 0 ? resources.cores * core_mhz(*node) : resources.cpu;
    load.memory += resources.memory_mb;
    for (const model::AllocatedPort& port : alloc.ports) hold(load, "port" + std::to_string(port.value));
    for (const model::AllocatedCores& cores : alloc.cores) {
      for (const int32_t core : cores.cores) hold(load, "core" + std::to_string(core));
    }
    for (const model::AllocatedDevice& device : alloc.devices) {
      for (const std::string& id : device.device_ids) hold(load, id);
    }
    EXPECT_LE(load.cpu, static_cast<double>(node->resources.cpu));
    EXPECT_LE(load.memory, static_cast<double>(node->resources.memory_mb));
    if (alloc.job_id == job_.id) ++load.copies;
  }

  std::optional<double> best() {
    std::optional<double> best;
    for (const auto& entry : snapshot_.nodes()) {
      const auto here = score(*entry.value);
      if (here && (!best || *here > *best)) best = here;
    }
    return best;
  }

  std::optional<double> score(const model::Node& node) {
    const Load& load = loads_[node.id];
    const model::Resources& resources = group_.tasks[0].resources;
    if (violates_distinct(node, load)) return std::nullopt;
    const auto liking = device_liking(node, load);
    if (!liking) return std::nullopt;
    int64_t free_cores = std::ssize(node.cores);
    for (const std::string& held : load.held) free_cores -= held.starts_with("core");
    if (resources.cores > free_cores) return std::nullopt;
    const double more = resources.cores > 0 ? resources.cores * core_mhz(node) : resources.cpu;
    const double cpu = (load.cpu + more) / static_cast<double>(node.resources.cpu);
    const double memory = (load.memory + resources.memory_mb) / static_cast<double>(node.resources.memory_mb);
    if (cpu > 1 || memory > 1) return std::nullopt;
    const double powers = std::pow(10, 1 - cpu) + std::pow(10, 1 - memory);
    std::vector<double> parts{(evenly_ ? powers - 2 : 20 - powers) / 18};
    if (load.copies > 0) parts.push_back(-std::min(1.0, (load.copies + 1.0) / group_.count));
    if (const double affinity = affinity_of(node); affinity != 0) parts.push_back(affinity);
    if (!resources.devices.empty() && !resources.devices[0].affinities.empty()) parts.push_back(*liking);
    if (const double spread = spread_of(node); spread != 0) parts.push_back(spread);
    double sum = 0;
    for (const double part : parts) sum += part;
    return sum / static_cast<double>(parts.size());
  }

 private:
  static void hold(Load& load, const std::string& thing) {
    EXPECT_TRUE(load.held.insert(thing).second) << thing << " is held twice";
  }
  static int64_t core_mhz(const model::Node& node) {
    return node.cores.empty() ? 0 : node.resources.cpu / std::ssize(node.cores);
  }
  static std::optional<std::string> value_of(const model::Node& node, const std::string& target) {
    if (target == "${node.datacenter}") return node.datacenter;
    if (target == "${node.unique.name}") return node.name;
    const auto found = node.meta.find("rack");
    return found == node.meta.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, int> copies_by(const std::string& target) {
    std::map<std::string, int> out;
    for (const auto& entry : snapshot_.nodes()) {
      const auto value = value_of(*entry.value, target);
      if (value && loads_[entry.key].copies > 0) out[*value] += loads_[entry.key].copies;
    }
    return out;
  }

  bool violates_distinct(const model::Node& node, const Load& load) {
    for (const model::Constraint& constraint : group_.constraints) {
      if (constraint.operand == "distinct_hosts" && load.copies > 0) return true;
      if (constraint.operand != "distinct_property") continue;
      const auto value = value_of(node, constraint.ltarget);
      if (!value || copies_by(constraint.ltarget)[*value] >= std::stoi(constraint.rtarget)) return true;
    }
    return false;
  }

  // Nothing: there are not enough.
  std::optional<double> device_liking(const model::Node& node, const Load& load) const {
    const auto& devices = group_.tasks[0].resources.devices;
    if (devices.empty()) return 0;
    std::optional<double> best;
    for (const model::NodeDeviceGroup& kind : node.devices) {
      const auto free =
          std::ranges::count_if(kind.instances, [&](const auto& instance) { return !load.held.contains(instance.id); });
      const double liking = devices[0].affinities.empty() ? 0 : (kind.name == "A" ? 60.0 : -20.0) / 80;
      if (free >= devices[0].count && (!best || liking > *best)) best = liking;
    }
    return best;
  }

  double affinity_of(const model::Node& node) const {
    double sum = 0, total = 0;
    for (const auto* affinities : {&job_.affinities, &group_.affinities}) {
      for (const model::Affinity& affinity : *affinities) {
        total += std::abs(affinity.weight);
        if (value_of(node, affinity.ltarget) == affinity.rtarget) sum += affinity.weight;
      }
    }
    return total == 0 ? 0 : sum / total;
  }

  double spread_of(const model::Node& node) {
    double total = 0, sum = 0;
    std::vector<model::Spread> spreads = group_.spreads;
    spreads.insert(spreads.end(), job_.spreads.begin(), job_.spreads.end());
    for (const model::Spread& spread : spreads) total += spread.weight;
    for (const model::Spread& spread : spreads) {
      sum += spread.weight / total * std::clamp(spread_part(node, spread), -1.0, 1.0);
    }
    return std::abs(sum) < 1e-12 ? 0 : sum;
  }

  double spread_part(const model::Node& node, const model::Spread& spread) {
    const auto value = value_of(node, spread.attribute);
    if (!value) return -1;
    const auto used = copies_by(spread.attribute);
    const double here = used.contains(*value) ? used.at(*value) : 0;
    if (!spread.targets.empty()) {
      double rest = group_.count;
      std::optional<double> desired;
      for (const model::SpreadTarget& target : spread.targets) {
        const double count = target.percent / 100.0 * group_.count;
        rest -= count;
        if (target.value == *value) desired = count;
      }
      if (!desired && rest > 0 && rest < group_.count) desired = rest;
      return desired && *desired > 0 ? (*desired - here - 1) / *desired : -1;
    }
    if (used.empty()) return 0;
    const auto [least, most] = std::ranges::minmax(used | std::views::values);
    if (here != least) return (least - here) / least;
    return least == most ? -1 : static_cast<double>(most - least) / least;
  }

  const state::Snapshot snapshot_;
  const model::Job& job_;
  const model::TaskGroup& group_;
  const bool evenly_;
  std::map<model::NodeId, Load> loads_;
};

TEST(PlacementProperty, EveryPlacementHasTheBestScoreAvailableAtItsTurn) {
  for (uint64_t seed = 1; seed <= 400 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomPlacement random(seed);
    TestCluster& cluster = random.cluster;
    cluster.add(random.random_job("other"));
    cluster.run("other");
    const auto job = cluster.add(random.random_job("web"));
    Reference reference(cluster.now(), *job);
    const Decision decision = cluster.run("web");
    for (const model::Allocation& alloc : decision.plan.placements) {
      const auto wanted = reference.best();
      const auto got = reference.score(*cluster.now().node(alloc.node_id));
      ASSERT_TRUE(wanted && got) << alloc.name;
      EXPECT_NEAR(*got, *wanted, 1e-9) << alloc.name;
      EXPECT_NEAR(alloc.metrics->score_meta_data.front().norm_score, *got, 1e-9) << alloc.name;
      reference.add(alloc);
    }
    const auto missing = job->task_groups[0].count - std::ssize(decision.plan.placements);
    if (missing > 0) {
      EXPECT_FALSE(reference.best()) << "a node was free";
      EXPECT_EQ(decision.queued.at("g"), missing);
    }
  }
}

// Jobs of all kinds and priorities come, change and stop, and may take room from each other; every plan fits as it is.
TEST(PlacementProperty, NothingIsEverHeldTwice) {
  for (uint64_t seed = 1; seed <= 60 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomPlacement random(seed);
    SeededRandom choices(seed);
    TestCluster& cluster = random.cluster;
    model::SchedulerConfig config;
    config.preemption = {.system = true, .sysbatch = true, .batch = true, .service = true};
    cluster.must(state::SetSchedulerConfig{.config = config});
    for (int step = 0; step < 15; ++step) {
      const uint64_t number = choices.below(4);
      model::Job job = random.random_job("job" + std::to_string(number));
      job.type = static_cast<model::JobType>(number);
      job.priority = static_cast<int32_t>(1 + choices.below(100));
      cluster.add(job);
      cluster.run(job.id);
      Reference(cluster.now(), job);
    }
  }
}

}  // namespace
}  // namespace drover::sched
