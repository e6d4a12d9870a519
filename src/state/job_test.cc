#include "state/test_cluster.h"

namespace drover::state::testing {
namespace {

const model::JobKey kWeb{"default", "web"};

RegisterJob registration(const model::Job& job, uint64_t eval) {
  return {.job = job, .eval = make_eval(eval, job.id), .time = {1000}};
}

std::vector<uint64_t> versions_of(const Snapshot& snapshot, const model::JobKey& key) {
  std::vector<uint64_t> versions;
  for (const auto& job : snapshot.versions_of_job(key)) versions.push_back(job->version);
  return versions;
}

TEST(RegisterJob, StartsWithVersionZeroAndCreatesTheEvaluationAtTheSameIndex) {
  TestCluster cluster;
  const Reply reply = cluster.must(registration(make_job("web"), 1));
  EXPECT_EQ(reply.index, 1u);
  EXPECT_EQ(reply.job_modify_index, 1u);
  EXPECT_EQ(reply.eval_create_index, 1u);
  EXPECT_EQ(cluster.now().job(kWeb)->version, 0u);
  EXPECT_EQ(cluster.now().job(kWeb)->status, model::JobStatus::Pending);
  EXPECT_EQ(cluster.now().eval(eval_id(1))->job_modify_index, 1u);
}

TEST(RegisterJob, MakesNoNewVersionOfAnUnchangedSpecification) {
  TestCluster cluster;
  cluster.must(registration(make_job("web"), 1));
  const Reply again = cluster.must(registration(make_job("web"), 2));
  EXPECT_EQ(again.job_version, 0u);
  EXPECT_EQ(again.job_modify_index, 1u);
  EXPECT_TRUE(cluster.now().eval(eval_id(2)));
  EXPECT_EQ(cluster.now().table_index(Table::JobVersions), 1u);
}

TEST(RegisterJob, EnforcesTheModifyIndexWithNomadsTexts) {
  TestCluster cluster;
  RegisterJob command = registration(make_job("web"), 1);
  command.enforce_modify_index = 5;
  EXPECT_EQ(cluster.apply(command).error().message(), "Enforcing job modify index 5: job does not exist");
  EXPECT_EQ(cluster.now().index(), 0u);
  command.enforce_modify_index = 0;
  cluster.must(command);
  EXPECT_EQ(cluster.apply(command).error().message(), "Enforcing job modify index 0: job already exists");
  command.enforce_modify_index = 7;
  EXPECT_EQ(cluster.apply(command).error().message(),
            "Enforcing job modify index 7: job exists with conflicting job modify index: 1");
  command.enforce_modify_index = 1;
  EXPECT_TRUE(cluster.apply(command));
}

TEST(RegisterJob, RefusesAnotherKindOfJob) {
  TestCluster cluster;
  cluster.must(registration(make_job("web"), 1));
  model::Job batch = make_job("web");
  batch.type = model::JobType::Batch;
  const auto refused = cluster.apply(registration(batch, 2));
  EXPECT_EQ(refused.error().code(), ErrorCode::Conflict);
  EXPECT_EQ(refused.error().message(), "cannot update job from type \"service\" to \"batch\"");
}

TEST(RegisterJob, KeepsSixVersionsAndTheNewestStableOne) {
  TestCluster cluster;
  for (int32_t i = 0; i < 10; ++i) {
    cluster.must(registration(make_job("web", 100 + i), 1));
    if (i == 1) cluster.must(SetJobStability{.ns = "default", .job_id = "web", .version = 1, .stable = true});
  }
  EXPECT_EQ(versions_of(cluster.now(), kWeb), (std::vector<uint64_t>{9, 8, 7, 6, 5, 4, 1}));
  EXPECT_EQ(dump(cluster.reloaded()), dump(cluster.now()));
}

TEST(RegisterJob, KeepsVersionsThatAllocationsRun) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  cluster.must(registration(make_job("web"), 1));
  cluster.place("web", {make_alloc(1, "web", node_id(1))});
  for (int32_t i = 1; i < 10; ++i) cluster.must(registration(make_job("web", 100 + i), 1));
  EXPECT_EQ(versions_of(cluster.now(), kWeb), (std::vector<uint64_t>{9, 8, 7, 6, 5, 4, 0}));
  EXPECT_TRUE(cluster.now().job_of(*cluster.now().alloc(alloc_id(1))));
}

TEST(DeregisterJob, StopsWithANewVersionOnce) {
  TestCluster cluster;
  cluster.must(registration(make_job("web"), 1));
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web", .eval = make_eval(2, "web")});
  EXPECT_TRUE(cluster.now().job(kWeb)->stop);
  EXPECT_EQ(cluster.now().job(kWeb)->version, 1u);
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web", .eval = make_eval(3, "web")});
  EXPECT_EQ(cluster.now().job(kWeb)->version, 1u);
  cluster.must(registration(make_job("web"), 4));
  EXPECT_FALSE(cluster.now().job(kWeb)->stop);
  EXPECT_EQ(cluster.now().job(kWeb)->version, 2u);
}

TEST(DeregisterJob, OfAnUnknownJobIsNotFound) {
  TestCluster cluster;
  const auto refused = cluster.apply(DeregisterJob{.ns = "default", .job_id = "nope"});
  EXPECT_EQ(refused.error().code(), ErrorCode::NotFound);
}

TEST(DeregisterJob, PurgeLeavesTheVersionsInUseUntilTheirAllocationsAreCollected) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  cluster.must(registration(make_job("web"), 1));
  cluster.must(registration(make_job("web", 200), 2));
  model::Allocation alloc = make_alloc(1, "web", node_id(1));
  alloc.job_version = 1;
  cluster.place("web", {alloc});
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web", .purge = true, .eval = make_eval(3, "web")});
  EXPECT_FALSE(cluster.now().job(kWeb));
  EXPECT_FALSE(cluster.now().eval(eval_id(1)));
  EXPECT_FALSE(cluster.now().summary(kWeb));
  EXPECT_EQ(versions_of(cluster.now(), kWeb), (std::vector<uint64_t>{1}));
  EXPECT_EQ(dump(cluster.reloaded()), dump(cluster.now()));

  // A job of the same name does not take over their numbers.
  cluster.must(registration(make_job("web", 300), 4));
  EXPECT_EQ(cluster.now().job(kWeb)->version, 2u);
  EXPECT_EQ(cluster.now().summary(kWeb)->summary.at("web").starting, 1);
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web", .purge = true});

  model::Allocation done = make_alloc(1, "web", node_id(1));
  done.client_status = model::ClientStatus::Complete;
  cluster.must(UpdateAllocs{.allocs = {done}});
  cluster.must(Collect{.allocs = {alloc_id(1)}});
  EXPECT_TRUE(cluster.now().job_versions().empty());
  EXPECT_EQ(dump(cluster.reloaded()), dump(cluster.now()));
}

TEST(JobStatus, FollowsAllocationsAndEvaluations) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  model::Job job = make_job("web");
  job.type = model::JobType::Batch;
  cluster.must(registration(job, 1));
  EXPECT_EQ(cluster.now().job(kWeb)->status, model::JobStatus::Pending);
  cluster.place("web", {make_alloc(1, "web", node_id(1))});
  EXPECT_EQ(cluster.now().job(kWeb)->status, model::JobStatus::Running);
  model::Evaluation eval = make_eval(1, "web");
  eval.status = model::EvalStatus::Complete;
  cluster.must(UpsertEvals{.evals = {eval}});
  model::Allocation done = make_alloc(1, "web", node_id(1));
  done.client_status = model::ClientStatus::Complete;
  cluster.must(UpdateAllocs{.allocs = {done}});
  EXPECT_EQ(cluster.now().job(kWeb)->status, model::JobStatus::Dead);
}

TEST(JobStatus, OfASystemJobIsRunningUntilItIsStopped) {
  TestCluster cluster;
  model::Job job = make_job("web");
  job.type = model::JobType::System;
  cluster.must(registration(job, 1));
  EXPECT_EQ(cluster.now().job(kWeb)->status, model::JobStatus::Running);
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web"});
  EXPECT_EQ(cluster.now().job(kWeb)->status, model::JobStatus::Dead);
}

TEST(JobSummary, CountsTheChildrenOfATemplate) {
  TestCluster cluster;
  model::Job parent = make_job("tpl");
  parent.type = model::JobType::Batch;
  parent.parameterized = model::Parameterized{};
  cluster.must(RegisterJob{.job = parent});
  model::Job child = make_job("tpl/dispatch-1");
  child.type = model::JobType::Batch;
  child.parameterized = model::Parameterized{};
  child.dispatched = true;
  child.parent_id = "tpl";
  cluster.must(registration(child, 1));
  EXPECT_EQ(cluster.now().summary({"default", "tpl"})->children.pending, 1);
  cluster.must(DeregisterJob{.ns = "default", .job_id = "tpl/dispatch-1"});
  model::Evaluation eval = make_eval(1, child.id);
  eval.status = model::EvalStatus::Complete;
  cluster.must(UpsertEvals{.evals = {eval}});
  EXPECT_EQ(cluster.now().summary({"default", "tpl"})->children.dead, 1);
  EXPECT_EQ(cluster.now().summary({"default", "tpl"})->children.pending, 0);
  EXPECT_EQ(dump(cluster.reloaded()), dump(cluster.now()));
}

TEST(UpsertEvals, KeepsTheNewestBlockedEvaluationOfAJob) {
  TestCluster cluster;
  cluster.must(registration(make_job("web"), 1));
  for (uint64_t n = 2; n <= 3; ++n) {
    model::Evaluation blocked = make_eval(n, "web");
    blocked.status = model::EvalStatus::Blocked;
    cluster.must(UpsertEvals{.evals = {blocked}});
  }
  EXPECT_EQ(cluster.now().eval(eval_id(2))->status, model::EvalStatus::Cancelled);
  EXPECT_EQ(cluster.now().eval(eval_id(3))->status, model::EvalStatus::Blocked);

  model::Evaluation done = make_eval(1, "web");
  done.status = model::EvalStatus::Complete;
  cluster.must(UpsertEvals{.evals = {done}});
  EXPECT_EQ(cluster.now().eval(eval_id(3))->status, model::EvalStatus::Cancelled);
}

// cases.md 27: the answer to a registration was lost.
TEST(RegisterJob, ARetryWithACheckIndexMakesOneVersionAndOneEvaluation) {
  TestCluster cluster;
  RegisterJob first{.job = make_job("web"), .enforce_modify_index = 0, .eval = make_eval(1, "web")};
  cluster.must(first);
  first.eval = make_eval(2, "web");
  EXPECT_EQ(cluster.apply(first).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(cluster.now().versions_of_job(kWeb).size(), 1u);
  EXPECT_EQ(cluster.now().evals_of_job(kWeb).size(), 1u);
}

TEST(UpsertEvals, NeverRevivesAnEndedEvaluation) {  // cases.md 30
  TestCluster cluster;
  cluster.must(registration(make_job("web"), 1));
  model::Evaluation done = make_eval(1, "web");
  done.status = model::EvalStatus::Complete;
  cluster.must(UpsertEvals{.evals = {done}});
  const uint64_t index = cluster.now().index();
  cluster.must(UpsertEvals{.evals = {make_eval(1, "web")}});
  EXPECT_EQ(cluster.now().eval(eval_id(1))->status, model::EvalStatus::Complete);
  EXPECT_EQ(cluster.now().index(), index);
}

TEST(JobSummary, ShowsWhatTheNewestEvaluationQueued) {
  TestCluster cluster;
  cluster.must(registration(make_job("web"), 1));
  model::Evaluation eval = make_eval(1, "web");
  eval.queued_allocations = {{"web", 3}};
  cluster.must(UpsertEvals{.evals = {eval}});
  EXPECT_EQ(cluster.now().summary(kWeb)->summary.at("web").queued, 3);
  model::Evaluation later = make_eval(2, "web");
  later.queued_allocations = {{"web", 0}};
  cluster.must(UpsertEvals{.evals = {later}});
  EXPECT_EQ(cluster.now().summary(kWeb)->summary.at("web").queued, 0);
}

}  // namespace
}  // namespace drover::state::testing
