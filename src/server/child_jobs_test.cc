#include "server/child_jobs.h"

#include "server/periodic_schedule.h"
#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;

constexpr WallTime kNow{1'600'000'000'500'000'000};

class DispatchTest : public ::testing::Test {
 protected:
  DispatchTest() {
    model::Job job = make_job("encode");
    job.type = model::JobType::Batch;
    job.meta = {{"quality", "low"}, {"owner", "ops"}};
    job.parameterized = model::Parameterized{.meta_required = {"input"}, .meta_optional = {"quality"}};
    cluster.must(state::RegisterJob{.job = job, .time = kNow});
    cluster.must(state::RegisterJob{.job = make_job("plain"), .time = kNow});
    request.parent = {"default", "encode"};
    request.meta = {{"input", "a.wav"}};
  }

  Result<ChildLaunch> make() { return dispatch(cluster.now(), request, ids, kNow); }
  // Dispatches, and the child.
  state::Row<model::Job> child() {
    const auto launch = make();
    EXPECT_TRUE(launch) << launch.error().message();
    return cluster.now().job({"default", cluster.apply(launch->command)->job_id});
  }
  std::string refusal() {
    const auto launch = make();
    return launch ? "" : launch.error().message();
  }

  state::testing::TestCluster cluster;
  SeededRandom ids{1};
  DispatchRequest request;
};

TEST_F(DispatchTest, TheChildHasItsPayloadAndBothMetas) {
  request.payload = "data";
  request.meta["quality"] = "high";
  const auto job = child();
  ASSERT_TRUE(job);
  EXPECT_TRUE(job->id.starts_with("encode/dispatch-1600000000-")) << job->id;
  EXPECT_EQ(job->id.size(), std::string("encode/dispatch-1600000000-").size() + 8);
  EXPECT_EQ(job->parent_id, "encode");
  EXPECT_TRUE(job->dispatched);
  EXPECT_EQ(job->payload.value, "data");
  EXPECT_EQ(job->meta.at("quality"), "high");
  EXPECT_EQ(job->meta.at("owner"), "ops");
  EXPECT_EQ(cluster.now().evals_of_job(job->key()).size(), 1u);
}

TEST_F(DispatchTest, RefusesWhatTheJobDoesNotTake) {
  request.meta["color"] = "red";
  EXPECT_EQ(refusal(), "Dispatch request included unpermitted metadata keys: color");
  request.meta = {};
  EXPECT_EQ(refusal(), "Dispatch did not provide required meta keys: input");
  request.meta = {{"input", "a"}};
  request.payload.assign(kDefaultMaxPayload, 'x');
  EXPECT_EQ(refusal(), "");
  request.payload.push_back('x');
  EXPECT_EQ(refusal(), "Payload exceeds maximum size; 16385 > 16384");
  request.max_payload = 20'000;
  EXPECT_EQ(refusal(), "");
  request.parent.id = "plain";
  EXPECT_EQ(make().error().code(), ErrorCode::InvalidArgument);
  request.parent.id = "none";
  EXPECT_EQ(make().error().code(), ErrorCode::NotFound);
}

TEST_F(DispatchTest, AStoppedJobLaunchesNothing) {
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = "encode", .time = kNow});
  EXPECT_EQ(make().error().code(), ErrorCode::Conflict);
}

TEST_F(DispatchTest, ThePayloadIsRequiredOrForbidden) {
  model::Job job = *cluster.now().job(request.parent);
  job.parameterized->payload = "required";
  cluster.must(state::RegisterJob{.job = job, .time = kNow});
  EXPECT_EQ(refusal(), "Payload is not provided but required by parameterized job");
  job.parameterized->payload = "forbidden";
  cluster.must(state::RegisterJob{.job = job, .time = kNow});
  request.payload = "x";
  EXPECT_EQ(refusal(), "Payload provided but forbidden by parameterized job");
}

// cases.md 27
TEST_F(DispatchTest, TheSameTokenMakesOneChild) {
  request.idempotency_token = "order 17";
  const auto first = child();
  const auto again = child();
  EXPECT_EQ(first->id, again->id);
  EXPECT_EQ(cluster.now().children_of(request.parent).size(), 1u);
  EXPECT_EQ(cluster.now().evals_of_job(first->key()).size(), 1u);
  EXPECT_EQ(again->version, 0u);
  EXPECT_EQ(again->dispatch_token, "order 17");
  request.idempotency_token = "order 18";
  EXPECT_NE(child()->id, first->id);
}

TEST(PeriodicLaunch, TheChildRunsOnceAndIsNamedAfterItsTime) {
  state::testing::TestCluster cluster;
  SeededRandom ids{1};
  model::Job job = make_job("backup");
  job.type = model::JobType::Batch;
  job.periodic = model::Periodic{.spec = "@daily"};
  cluster.must(state::RegisterJob{.job = job, .time = kNow});
  const WallTime due{1'600'041'600'000'000'000};
  const ChildLaunch launch = launch_child(*cluster.now().job(job.key()), due, ids, kNow);
  EXPECT_EQ(launch.job_id, "backup/periodic-1600041600");
  EXPECT_TRUE(cluster.apply(launch.command));
  EXPECT_TRUE(cluster.apply(launch_child(*cluster.now().job(job.key()), due, ids, kNow).command));
  const auto child = cluster.now().job({"default", launch.job_id});
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->periodic);
  EXPECT_EQ(cluster.now().evals_of_job(child->key()).size(), 1u);

  const auto forced = force_launch(cluster.now(), job.key(), ids, due);
  ASSERT_TRUE(forced);
  EXPECT_EQ(forced->job_id, "backup/periodic-1600041601") << "that second had its launch";
}

TEST(PeriodicSchedule, WhatWasMissedCountsAsOneLaunchOfTheLatestTime) {
  model::Job job = make_job("tick");
  job.periodic = model::Periodic{.spec = "*/15 * * * *"};
  const auto schedule = PeriodicSchedule::of(job);
  ASSERT_TRUE(schedule);
  const WallTime hour{1'600'041'600'000'000'000};
  const auto minutes = [&](int n) { return hour + std::chrono::minutes(n); };
  EXPECT_EQ(schedule->next(minutes(1)), minutes(15));
  EXPECT_EQ(schedule->latest(minutes(0), minutes(14)), std::nullopt);
  EXPECT_EQ(schedule->latest(minutes(0), minutes(15)), minutes(15));
  EXPECT_EQ(schedule->latest(minutes(0), minutes(100)), minutes(90));
  EXPECT_EQ(schedule->latest(minutes(0), minutes(60 * 24 * 400 + 7)), minutes(60 * 24 * 400));
  job.periodic->enabled = false;
  EXPECT_FALSE(PeriodicSchedule::of(job));
}

}  // namespace
}  // namespace drover::server
