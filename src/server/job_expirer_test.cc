#include "server/job_expirer.h"

#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;
using namespace std::chrono_literals;

class JobExpirerTest : public ::testing::Test {
 protected:
  JobExpirerTest() {
    cluster.add_ready_node(1);
    model::Job job = make_job("web", 10);
    job.timeout = 1h;
    cluster.must(state::RegisterJob{.job = job, .time = now.wall});
  }
  void place() {
    model::Allocation alloc = make_alloc(1, "web", node_id(1));
    cluster.must(state::ApplyPlan{.plan = make_plan("web", {alloc}), .time = now.wall});
  }
  Decisions decide() {
    const auto after = std::make_shared<const state::Snapshot>(cluster.now());
    expirer.note(changes_between(*seen, after));
    seen = after;
    return expirer.decide(*seen, now);
  }
  void pass(Duration time) { now = {now.wall + time, now.mono + time}; }

  state::testing::TestCluster cluster;
  SeededRandom ids{1};
  JobExpirer expirer{ids};
  std::shared_ptr<const state::Snapshot> seen = std::make_shared<state::Snapshot>();
  Moment now{WallTime{1'000'000'000'000}, MonoTime{1}};
};

TEST_F(JobExpirerTest, StopsAJobWhenItsTimeIsOver) {
  EXPECT_FALSE(decide().look_again);  // it waits for a node
  pass(5h);
  place();
  EXPECT_EQ(decide().look_again, Duration(1h));
  pass(1h);
  const auto decisions = decide();
  ASSERT_EQ(decisions.actions.size(), 1u);
  ASSERT_TRUE(cluster.apply(decisions.actions[0].command));
  EXPECT_EQ(cluster.now().job({"default", "web"})->stop_reason, "expired");
  EXPECT_TRUE(decide().actions.empty());
}

TEST_F(JobExpirerTest, AJobThatAwaitsItsDefinitionUsesItsTimeUp) {
  model::Job job = make_confidential_job("secret");
  job.timeout = 10min;
  cluster.must(state::RegisterJob{.job = job, .time = now.wall});
  EXPECT_EQ(decide().look_again, Duration(10min));
  job.task_groups = make_job("secret").task_groups;
  cluster.must(state::RegisterJob{.job = job, .time = now.wall});
  EXPECT_FALSE(decide().look_again);
}

TEST_F(JobExpirerTest, WhatIsExtendedGoesOn) {
  place();
  decide();
  pass(59min);
  cluster.must(state::ExtendJob{.ns = "default", .job_id = "web", .timeout = 2h});
  EXPECT_EQ(decide().look_again, Duration(61min));
}

TEST_F(JobExpirerTest, WhatHasNothingRunningIsNotStoppedUntilItRunsAgain) {
  place();
  decide();
  model::Allocation alloc = *cluster.now().allocs_of_job({"default", "web"}).begin()->value;
  alloc.client_status = model::ClientStatus::Failed;
  cluster.must(state::UpdateAllocs{.allocs = {alloc}});
  pass(2h);
  EXPECT_TRUE(decide().actions.empty());
  cluster.must(state::ApplyPlan{.plan = make_plan("web", {make_alloc(2, "web", node_id(1))}), .time = now.wall});
  EXPECT_EQ(decide().actions.size(), 1u);
}

TEST_F(JobExpirerTest, AClockThatIsSetBackMakesNoJobRunLonger) {
  place();
  decide();
  now.wall = now.wall + -24h;
  pass(59min);
  EXPECT_EQ(decide().look_again, Duration(1min));
}

}  // namespace
}  // namespace drover::server
