// Random histories of clusters and jobs: every plan fits, and one plan finishes the work.

#include <set>

#include "codec/compare.h"
#include "codec/describe.h"
#include "sched/test_support.h"

namespace drover::sched {
namespace {

using drover::testing::JobBuilder;

// What a node holds, counted from the rows.
struct NodeLoad {
  int64_t cpu = 0, memory = 0, disk = 0;
  std::set<int32_t> ports;
};

class RandomCluster {
 public:
  explicit RandomCluster(uint64_t seed) : random_(seed) {
    const uint64_t nodes = 1 + random_.below(12);
    for (uint64_t i = 0; i < nodes; ++i) {
      auto node = make_node("n" + std::to_string(i)).cpu(pick({1000, 2000, 4000})).memory(pick({1000, 2000, 8000}));
      node.meta("rack", "r" + std::to_string(random_.below(3)));
      if (random_.below(5) == 0) node.reserved_port(8080);
      cluster.add(node);
    }
  }

  JobBuilder random_job(const std::string& id) {
    JobBuilder job = make_job(id);
    job.count(static_cast<int32_t>(random_.below(15))).cpu(pick({50, 300, 700})).memory(pick({50, 200, 900}));
    if (random_.below(4) == 0) job.static_port("http", pick({8080, 8081}));
    if (random_.below(3) == 0) job.dynamic_port("admin").dynamic_port("debug");
    if (random_.below(4) == 0) job.job_constraint("${meta.rack}", "=", "r1");
    return job;
  }
  int32_t pick(std::vector<int32_t> from) { return from[random_.below(from.size())]; }
  SeededRandom& random() { return random_; }

  TestCluster cluster;

 private:
  SeededRandom random_;
};

void add_load(NodeLoad& load, const state::GroupAsk& ask, const SlimVector<model::AllocatedPort>& ports) {
  load.cpu += ask.cpu;
  load.memory += ask.memory_mb;
  load.disk += ask.disk_mb;
  for (const model::AllocatedPort& port : ports) {
    EXPECT_TRUE(load.ports.insert(port.value).second) << "port " << port.value << " is used twice";
  }
}

std::map<model::NodeId, NodeLoad> loads(const state::Snapshot& snapshot) {
  std::map<model::NodeId, NodeLoad> out;
  for (const auto& entry : snapshot.nodes()) {
    for (const int32_t port : entry.value->reserved.ports) out[entry.key].ports.insert(port);
  }
  for (const auto& entry : snapshot.allocs()) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.terminal()) continue;
    const auto job = snapshot.job_of(alloc);
    NodeLoad& load = out[alloc.node_id];
    add_load(load, state::group_ask(*job->find_group(alloc.task_group)), alloc.ports);
  }
  return out;
}

void expect_not_overcommitted(const state::Snapshot& snapshot) {
  for (const auto& [id, load] : loads(snapshot)) {
    const auto node = snapshot.node(id);
    EXPECT_LE(load.cpu, node->resources.cpu);
    EXPECT_LE(load.memory, node->resources.memory_mb);
    EXPECT_LE(load.disk, node->resources.disk_mb);
  }
}

// Jobs come, change, grow and stop, nodes come and go; every plan fits as it is.
TEST(SchedulerProperty, NoPlanEverOvercommitsOrCollides) {
  for (uint64_t seed = 1; seed <= 60 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomCluster random(seed);
    TestCluster& cluster = random.cluster;
    for (int step = 0; step < 25; ++step) {
      const std::string id = "job" + std::to_string(random.random().below(3));
      const std::string node = "n" + std::to_string(random.random().below(12));
      const uint64_t action = random.random().below(10);
      if (action == 0 && cluster.now().job({"default", id})) {
        cluster.must(state::DeregisterJob{.ns = "default", .job_id = id});
      } else if (action <= 2 && cluster.now().node(node_id(node))) {
        cluster.set_status(node, action == 1 ? model::NodeStatus::Down : model::NodeStatus::Ready);
      } else {
        cluster.add(random.random_job(id));
      }
      EXPECT_TRUE(codec::equal(cluster.decide(id, seed).plan, cluster.decide(id, seed).plan));
      const Decision decision = cluster.run(id);
      expect_not_overcommitted(cluster.now());
      if (decision.failed.empty()) {
        EXPECT_TRUE(cluster.decide(id, seed).plan.is_no_op()) << "one plan did not finish it";
      }
    }
  }
}

}  // namespace
}  // namespace drover::sched
