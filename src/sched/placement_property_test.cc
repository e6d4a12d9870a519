// Random clusters and jobs, against a reference that is slow and obvious: the score of every placement is the best
// available at its turn.

#include <algorithm>
#include <set>

#include "sched/alloc_texts.h"
#include "sched/placement_reference.h"
#include "sched/random_mix.h"

namespace drover::sched {
namespace {

constexpr WallTime kLater{int64_t{3600} * 1'000'000'000};

// A decision, retraced placement by placement.
class Retrace {
 public:
  Retrace(const state::Snapshot& before, const model::Job& job, const Decision& decision)
      : before_(before), job_(job), decision_(decision), reference_(before, job) {
    for (const model::PlannedStop& stop : decision.plan.stops) {
      const auto alloc = before.alloc(stop.alloc_id);
      if (alloc->terminal()) continue;
      if (stop.description == kUpdatingText) {
        replaced_.insert(alloc->id);
      } else {
        reference_.remove(*alloc);
      }
    }
  }

  int run() {
    int compared = 0;
    for (const model::Allocation& alloc : decision_.plan.placements) {
      if (const auto old = before_.alloc(alloc.id)) {  // updated where it is
        reference_.remove(*old);
      } else {
        check(alloc);
        ++compared;
      }
      reference_.add(alloc);
    }
    check_missing();
    return compared;
  }

 private:
  void check(const model::Allocation& alloc) {
    const auto previous = before_.alloc(alloc.previous_allocation);
    if (previous && replaced_.contains(previous->id)) reference_.remove(*previous);
    const bool failed = previous && previous->client_status == model::ClientStatus::Failed;
    const model::NodeId penalised = failed ? previous->node_id : model::NodeId();
    const model::TaskGroup& group = *job_.find_group(alloc.task_group);
    const auto wanted = reference_.best(group, penalised);
    const auto got = reference_.score(group, *before_.node(alloc.node_id), penalised);
    ASSERT_TRUE(wanted && got) << alloc.name;
    EXPECT_NEAR(*got, *wanted, 1e-9) << alloc.name;
    EXPECT_NEAR(model::own_score(alloc).norm_score, *got, 1e-9) << alloc.name;
  }

  // What found no room has none at the end, unless an update has made some meanwhile.
  void check_missing() {
    const bool updates = std::ranges::any_of(before_.allocs_of_job(job_.key()), [&](const auto& entry) {
      return !entry.value->terminal() && entry.value->job_version != job_.version;
    });
    for (const model::TaskGroup& group : job_.task_groups) {
      const auto queued = decision_.queued.find(group.name);
      const bool missing = queued != decision_.queued.end() && queued->second > 0;
      const auto placed = std::ranges::count_if(
          decision_.plan.placements, [&](const model::Allocation& alloc) { return alloc.task_group == group.name; });
      if (before_.allocs_of_job(job_.key()).empty()) {
        EXPECT_EQ(group.count, placed + (missing ? queued->second : 0));
      }
      if (missing && !updates) {
        EXPECT_FALSE(reference_.best(group, {})) << "a node was free for " << group.name;
      }
    }
  }

  const state::Snapshot before_;
  const model::Job& job_;
  const Decision& decision_;
  PlacementReference reference_;
  std::set<model::AllocId> replaced_;  // each when its successor is placed
};

// Evaluates the job and compares each placement. How many there were.
int compare(TestCluster& cluster, const model::Job& job, WallTime at = {1}) {
  const state::Snapshot before = cluster.now();
  const Decision decision = cluster.run(job.id, at);
  return Retrace(before, job, decision).run();
}

void lose_some(RandomMix& mix) {
  TestCluster& cluster = mix.cluster;
  std::vector<std::string> names;
  for (const auto& entry : cluster.now().allocs()) {
    if (!entry.value->terminal()) names.push_back(entry.value->name);
  }
  for (int i = 0; i < 3 && !names.empty(); ++i) {
    const std::string& name = names[mix.below(names.size())];
    if (!cluster.find(name)->terminal()) cluster.report(name, model::ClientStatus::Failed);
  }
  if (cluster.now().node(node_id("n2"))) cluster.set_status("n2", model::NodeStatus::Down);
}

// Jobs of several groups come one after the other; then allocations fail, a node is lost, and one job changes.
TEST(PlacementProperty, EveryPlacementHasTheBestScoreAvailableAtItsTurn) {
  int compared = 0;
  for (uint64_t seed = 1; seed <= 1000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomMix mix(seed);
    std::vector<state::Row<model::Job>> jobs;
    const uint64_t count = 2 + mix.below(3);
    for (uint64_t i = 0; i < count; ++i) {
      jobs.push_back(mix.cluster.add(mix.random_job("job" + std::to_string(i))));
      compared += compare(mix.cluster, *jobs.back());
    }
    lose_some(mix);
    for (const auto& job : jobs) compared += compare(mix.cluster, *job, kLater);
    compared += compare(mix.cluster, *mix.cluster.add(mix.random_job("job0")), kLater);
  }
  EXPECT_GT(compared, 20'000);
}

// Jobs of all kinds and priorities come, change and stop, and may take room from each other; every plan fits as it is.
TEST(PlacementProperty, NothingIsEverHeldTwice) {
  for (uint64_t seed = 1; seed <= 60 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomMix mix(seed);
    model::SchedulerConfig config;
    config.preemption = {.system = true, .sysbatch = true, .batch = true, .service = true};
    mix.cluster.must(state::SetSchedulerConfig{.config = config});
    for (int step = 0; step < 15; ++step) {
      const uint64_t number = mix.below(4);
      model::Job job = mix.random_job("job" + std::to_string(number));
      job.type = static_cast<model::JobType>(number);
      job.priority = static_cast<int32_t>(1 + mix.below(100));
      mix.cluster.add(job);
      mix.cluster.run(job.id);
      PlacementReference(mix.cluster.now(), job);
    }
  }
}

}  // namespace
}  // namespace drover::sched
