#include "server/drain_step.h"

#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;
using model::ClientStatus;

constexpr WallTime kNow{1'000'000'000'000};

class DrainStepTest : public ::testing::Test {
 protected:
  DrainStepTest() {
    cluster.add_ready_node(1);
    cluster.add_ready_node(2);
  }

  void add_job(const std::string& id, model::JobType type, int32_t count = 1, int32_t max_parallel = 1) {
    model::Job job = make_job(id, 10);
    job.type = type;
    job.task_groups[0].count = count;
    job.task_groups[0].migrate = model::MigrateStrategy{.max_parallel = max_parallel};
    cluster.must(state::RegisterJob{.job = job, .time = kNow});
  }
  void place(uint64_t n, const std::string& job, uint64_t node, ClientStatus status = ClientStatus::Running) {
    model::Allocation alloc = make_alloc(n, job, node_id(node));
    cluster.place(job, {alloc});
    alloc.client_status = status;
    cluster.must(state::UpdateAllocs{.allocs = {alloc}, .time = kNow});
  }
  void drain(uint64_t node, bool ignore_system = false) {
    cluster.must(state::UpdateNodeDrain{
        .node_id = node_id(node), .drain = model::DrainStrategy{.ignore_system_jobs = ignore_system}, .time = kNow});
  }
  // The allocations that leave, as their numbers; what was decided is done.
  std::vector<uint64_t> step(bool expired = false) {
    std::vector<DrainingNode> nodes;
    for (const auto& entry : cluster.now().nodes()) {
      if (entry.value->drain) nodes.push_back({entry.value, expired});
    }
    last = drain_step(cluster.now(), nodes, kNow, ids);
    std::vector<uint64_t> leaving;
    if (!last.migrate) return leaving;
    for (const auto& transition : last.migrate->transitions) leaving.push_back(transition.alloc_id.value.lo);
    cluster.must(*last.migrate);
    return leaving;
  }

  using Ids = std::vector<uint64_t>;
  state::testing::TestCluster cluster;
  SeededRandom ids{1};
  DrainStep last;
};

TEST_F(DrainStepTest, SoManyOfAGroupLeaveAtATimeAsItsMigrateBlockSays) {
  add_job("web", model::JobType::Service, 3, 2);
  for (uint64_t n = 1; n <= 3; ++n) place(n, "web", 1);
  drain(1);
  EXPECT_EQ(step(), (Ids{1, 2}));
  ASSERT_EQ(last.migrate->evals.size(), 1u);
  EXPECT_EQ(last.migrate->evals[0].triggered_by, model::trigger::kNodeDrain);
  EXPECT_EQ(step(), Ids{});
  place(4, "web", 2, ClientStatus::Pending);
  EXPECT_EQ(step(), Ids{}) << "the replacement is not healthy yet";
  place(5, "web", 2);
  EXPECT_EQ(step(), Ids{3});
}

TEST_F(DrainStepTest, TwoDrainingNodesShareTheLimitOfAGroup) {
  add_job("web", model::JobType::Service, 2);
  place(1, "web", 1);
  place(2, "web", 2);
  drain(1);
  drain(2);
  EXPECT_EQ(step().size(), 1u);
  EXPECT_EQ(step(), Ids{});
}

TEST_F(DrainStepTest, BatchWorkStaysUntilTheDeadline) {
  add_job("sum", model::JobType::Batch);
  place(1, "sum", 1);
  drain(1);
  EXPECT_EQ(step(), Ids{});
  EXPECT_EQ(step(true), Ids{1});
}

TEST_F(DrainStepTest, SystemJobsLeaveLastUnlessTheyAreIgnored) {
  add_job("logs", model::JobType::System);
  add_job("web", model::JobType::Service);
  place(1, "logs", 1);
  place(2, "web", 1);
  drain(1);
  EXPECT_EQ(step(), Ids{2});
  place(2, "web", 1, ClientStatus::Complete);
  EXPECT_EQ(step(), Ids{1});
  EXPECT_TRUE(last.complete.empty());
  place(1, "logs", 1, ClientStatus::Complete);
  EXPECT_EQ(step(), Ids{});
  ASSERT_EQ(last.complete.size(), 1u);
  EXPECT_TRUE(last.complete[0].complete);

  place(3, "logs", 2);
  drain(2, true);
  EXPECT_EQ(step(), Ids{});
  EXPECT_EQ(last.complete.size(), 2u);
}

TEST_F(DrainStepTest, ANodeIsDrainedOnceNothingRunsThereAnyMore) {
  add_job("web", model::JobType::Service);
  place(1, "web", 1);
  drain(1);
  EXPECT_EQ(step(), Ids{1});
  EXPECT_TRUE(last.complete.empty());
  place(1, "web", 1, ClientStatus::Complete);
  step();
  EXPECT_EQ(last.complete.size(), 1u);
}

TEST(DrainDeadline, IsWhenItWasSetOrAtOnceOrNever) {
  const WallTime start{5};
  EXPECT_FALSE(drain_deadline({.started_at = start}));
  EXPECT_EQ(drain_deadline({.deadline = Duration(-1), .started_at = start}), start);
  EXPECT_EQ(drain_deadline({.deadline = Duration(10), .started_at = start}), WallTime{15});
  EXPECT_EQ(drain_deadline({.deadline = Duration(10), .force_deadline = WallTime{12}, .started_at = start}),
            WallTime{12});
}

}  // namespace
}  // namespace drover::server
