#include "server/collectable.h"

#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;
using model::ClientStatus;

constexpr WallTime kStart{1'000'000'000'000'000};

class CollectableTest : public ::testing::Test {
 protected:
  CollectableTest() { cluster.add_ready_node(1); }

  void add_job(const std::string& id, model::JobType type = model::JobType::Service) {
    model::Job job = make_job(id, 10);
    job.type = type;
    cluster.must(state::RegisterJob{.job = job, .time = kStart});
  }
  void end_eval(uint64_t n, const std::string& job) {
    model::Evaluation eval = make_eval(n, job);
    eval.status = model::EvalStatus::Complete;
    cluster.must(state::UpsertEvals{.evals = {eval}, .time = kStart});
  }
  void place(uint64_t n, const std::string& job, uint64_t eval, ClientStatus status) {
    model::Allocation alloc = make_alloc(n, job, node_id(1));
    alloc.eval_id = eval_id(eval);
    cluster.must(state::ApplyPlan{.plan = make_plan(job, {alloc}), .time = kStart});
    alloc.client_status = status;
    cluster.must(state::UpdateAllocs{.allocs = {alloc}, .time = kStart});
  }
  state::Collect found(Duration later, const GcThresholds& thresholds = {}) {
    return collectable(cluster.now(), kStart + later, thresholds);
  }
  void collect(Duration later, const GcThresholds& thresholds = {}) {
    for (auto& batch : in_batches(found(later, thresholds), 1)) cluster.must(std::move(batch));
  }

  state::testing::TestCluster cluster;
};

using std::chrono::hours;

TEST_F(CollectableTest, EvaluationsAndAllocationsOfARunningServiceGoAfterAnHour) {
  add_job("web");
  end_eval(1, "web");
  end_eval(2, "web");
  place(1, "web", 1, ClientStatus::Complete);
  place(2, "web", 2, ClientStatus::Running);
  EXPECT_TRUE(found(hours(0)).evals.empty());
  const auto old = found(hours(1));
  EXPECT_EQ(old.allocs, std::vector{alloc_id(1)});
  EXPECT_EQ(old.evals, std::vector{eval_id(1)}) << "the other one has an allocation that runs";
  EXPECT_TRUE(old.jobs.empty());
}

TEST_F(CollectableTest, WhatABatchJobHasDoneIsKnownAsLongAsTheJob) {
  add_job("sum", model::JobType::Batch);
  end_eval(1, "sum");
  place(1, "sum", 1, ClientStatus::Complete);
  EXPECT_TRUE(found(hours(3)).allocs.empty());
  const auto old = found(hours(4));
  EXPECT_EQ(old.allocs.size(), 1u);
  EXPECT_EQ(old.evals.size(), 1u);
  EXPECT_EQ(old.jobs.size(), 1u);
  collect(hours(4));
  EXPECT_TRUE(cluster.now().jobs().empty());
  EXPECT_TRUE(cluster.now().allocs().empty());
  EXPECT_TRUE(cluster.now().evals().empty());
}

TEST_F(CollectableTest, AFailedAllocationThatWasNotReplacedIsKept) {
  add_job("web");
  end_eval(1, "web");
  end_eval(2, "web");
  place(1, "web", 1, ClientStatus::Failed);
  place(2, "web", 2, ClientStatus::Running);
  EXPECT_TRUE(found(hours(9)).allocs.empty());
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = "web", .time = kStart});
  EXPECT_EQ(found(hours(9)).allocs, std::vector{alloc_id(1)});
}

TEST_F(CollectableTest, TheFailedDeploymentOfAVersionIsKeptUntilThereIsAnother) {
  model::Job job = make_job("web", 10);
  job.update = model::UpdateStrategy{.max_parallel = 1};
  job.task_groups[0].update = job.update;
  cluster.must(state::RegisterJob{.job = job, .time = kStart});
  model::Plan plan = make_plan("web", {make_alloc(1, "web", node_id(1))});
  plan.deployment = model::Deployment{.id = model::DeploymentId(Uuid{.hi = 9, .lo = 1}), .job_id = "web"};
  const auto current = cluster.now().job({"default", "web"});
  plan.deployment->job_version = current->version;
  plan.deployment->job_create_index = current->create_index;
  cluster.must(state::ApplyPlan{.plan = std::move(plan), .time = kStart});
  const auto made = cluster.now().latest_deployment({"default", "web"});
  ASSERT_TRUE(made);
  cluster.must(state::UpdateDeployment{.update = {.deployment_id = made->id, .status = model::DeploymentState::Failed},
                                       .time = kStart});
  auto alloc = *cluster.now().alloc(alloc_id(1));
  alloc.client_status = ClientStatus::Failed;
  cluster.must(state::UpdateAllocs{.allocs = {alloc}, .time = kStart});
  EXPECT_TRUE(found(hours(0), kForcedGc).deployments.empty());
  job.task_groups[0].tasks[0].env["VERSION"] = "2";
  cluster.must(state::RegisterJob{.job = job, .time = kStart});
  EXPECT_EQ(found(hours(0), kForcedGc).deployments.size(), 1u);
}

TEST_F(CollectableTest, JobsThatLaunchOthersStayUntilTheyAreStopped) {
  model::Job job = make_job("encode");
  job.type = model::JobType::Batch;
  job.parameterized.emplace();
  cluster.must(state::RegisterJob{.job = job, .time = kStart});
  EXPECT_TRUE(found(hours(999), kForcedGc).jobs.empty());
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = "encode", .time = kStart});
  EXPECT_EQ(found(hours(5)).jobs.size(), 1u);
}

TEST_F(CollectableTest, NodesGoADayAfterTheyWereLostOnceNothingIsKnownOfThem) {
  add_job("web");
  place(1, "web", 1, ClientStatus::Running);
  cluster.must(state::UpdateNodeStatus{.node_id = node_id(1), .status = model::NodeStatus::Down, .time = kStart});
  EXPECT_TRUE(found(hours(25)).nodes.empty());
  place(1, "web", 1, ClientStatus::Complete);
  EXPECT_TRUE(found(hours(23)).nodes.empty());
  EXPECT_EQ(found(hours(25)).nodes.size(), 1u);
  collect(hours(25));
  EXPECT_TRUE(cluster.now().nodes().empty());
}

TEST_F(CollectableTest, AForcedCollectionDoesNotWait) {
  add_job("sum", model::JobType::Batch);
  end_eval(1, "sum");
  place(1, "sum", 1, ClientStatus::Complete);
  EXPECT_EQ(found(hours(0), kForcedGc).jobs.size(), 1u);
}

TEST(InBatches, NoCommandIsLargerThanItMayBe) {
  state::Collect all;
  for (uint64_t n = 0; n < 5; ++n) all.allocs.push_back(alloc_id(n));
  all.evals.push_back(eval_id(1));
  const auto batches = in_batches(all, 2);
  ASSERT_EQ(batches.size(), 4u);
  EXPECT_EQ(batches[2].allocs.size(), 1u);
  EXPECT_EQ(batches[3].evals.size(), 1u);
}

}  // namespace
}  // namespace drover::server
