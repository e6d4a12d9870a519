#include "sched/reconcile.h"
#include "sched/reschedule.h"

#include "sched/test_support.h"

namespace drover::sched {
namespace {

using model::ClientStatus;
using std::chrono::minutes;
using std::chrono::seconds;
using Names = std::vector<std::string>;

constexpr WallTime kStart{1'000'000'000'000};

// A job "web" with a group "g", on nodes a and b with room for everything.
class ReconcileTest : public ::testing::Test {
 protected:
  ReconcileTest() {
    cluster.add(make_node("a"));
    cluster.add(make_node("b"));
  }

  void start(const drover::testing::JobBuilder& job) {
    cluster.add(job);
    cluster.run("web", kStart);
  }
  GroupChanges changes(WallTime now = kStart, const std::string& group = "g") {
    const model::JobKey key{"default", "web"};
    job = cluster.now().job(key);
    return reconcile({cluster.now(), job.get(), key, now}).groups[group];
  }
  static Names placed(const GroupChanges& changes) {
    Names names;
    for (const WantedPlacement& placement : changes.place) names.push_back(placement.name);
    return names;
  }
  static Names stopped(const GroupChanges& changes) {
    Names names;
    for (const WantedStop& stop : changes.stop) names.push_back(stop.alloc->name);
    return names;
  }

  TestCluster cluster;
  state::Row<model::Job> job;
};

TEST_F(ReconcileTest, ANewJobIsPlacedWithTheLowestIndexes) {
  cluster.add(make_job("web").count(3));
  const GroupChanges result = changes();
  EXPECT_EQ(placed(result), (Names{"web.g[0]", "web.g[1]", "web.g[2]"}));
  EXPECT_EQ(result.updates.place, 3u);
}

TEST_F(ReconcileTest, NothingIsDoneToWhatIsAsItShouldBe) {
  start(make_job("web").count(3));
  const GroupChanges result = changes();
  EXPECT_TRUE(result.place.empty() && result.stop.empty() && result.in_place.empty() && result.destructive.empty());
  EXPECT_EQ(result.updates.ignore, 3u);
}

TEST_F(ReconcileTest, FewerCopiesStopTheHighestIndexes) {
  start(make_job("web").count(4));
  cluster.add(make_job("web").count(1));
  const GroupChanges result = changes();
  EXPECT_EQ(stopped(result), (Names{"web.g[3]", "web.g[2]", "web.g[1]"}));
  EXPECT_EQ(result.stop[0].description, "alloc not needed due to job update");
  EXPECT_EQ(result.updates.stop, 3u);
  EXPECT_EQ(result.in_place.size(), 1u);
}

TEST_F(ReconcileTest, GapsAreFilledFirst) {
  start(make_job("web").count(3));
  cluster.report("web.g[1]", ClientStatus::Lost);
  EXPECT_EQ(placed(changes()), (Names{"web.g[1]"}));
}

TEST_F(ReconcileTest, AGroupThatIsGoneStops) {
  start(make_job("web").group("g", 1).task("t").group("old", 2).task("t"));
  cluster.add(make_job("web").group("g", 1).task("t"));
  const GroupChanges result = changes(kStart, "old");
  EXPECT_EQ(result.group, nullptr);
  EXPECT_EQ(result.stop.size(), 2u);
}

TEST_F(ReconcileTest, AStoppedOrPurgedJobStopsEverything) {
  for (const bool purge : {false, true}) {
    start(make_job("web").count(2));
    cluster.must(state::DeregisterJob{.ns = "default", .job_id = "web", .purge = purge});
    EXPECT_EQ(changes().stop.size(), 2u);
    EXPECT_EQ(changes().group, nullptr);
    cluster.run("web");
    EXPECT_TRUE(changes().stop.empty());
  }
}

TEST_F(ReconcileTest, WhatRunsOnANodeThatIsGoneIsLostAndReplacedUnderItsName) {
  start(make_job("web").count(2));
  const auto first = cluster.find("web.g[0]");
  cluster.set_status(first->node_name, model::NodeStatus::Down);
  const GroupChanges result = changes();
  ASSERT_EQ(stopped(result), (Names{"web.g[0]"}));
  EXPECT_EQ(result.stop[0].client_status, ClientStatus::Lost);
  ASSERT_EQ(placed(result), (Names{"web.g[0]"}));
  EXPECT_EQ(result.place[0].previous->id, first->id);
  EXPECT_FALSE(result.place[0].rescheduled);
}

TEST_F(ReconcileTest, ANewVersionIsInPlaceOrDestructive) {
  start(make_job("web").count(2));
  cluster.add(make_job("web").count(2).priority(70));
  EXPECT_EQ(changes().in_place.size(), 2u);
  EXPECT_EQ(changes().updates.in_place_update, 2u);
  cluster.add(make_job("web").count(2).priority(70).env("A", "1"));
  EXPECT_EQ(changes().destructive.size(), 2u);
  EXPECT_EQ(changes().updates.destructive_update, 2u);
}

TEST_F(ReconcileTest, AFailedServiceIsReplacedWhenItsDelayHasPassed) {
  start(make_job("web"));
  cluster.report("web.g[0]", ClientStatus::Failed, kStart + seconds(100));
  const GroupChanges early = changes(kStart + seconds(129));
  EXPECT_TRUE(early.place.empty());
  ASSERT_EQ(early.later.size(), 1u);
  EXPECT_EQ(early.later[0].when, kStart + seconds(130));
  const GroupChanges due = changes(kStart + seconds(130));
  ASSERT_EQ(placed(due), (Names{"web.g[0]"}));
  EXPECT_TRUE(due.place[0].rescheduled);
}

TEST_F(ReconcileTest, AFailedOneWhoseNameAnotherBearsTakesNoPlaceAndWaitsForNone) {
  start(make_job("web").count(2));
  model::Allocation twin = *cluster.find("web.g[0]");
  twin.id = state::testing::alloc_id(77);
  model::Plan plan = cluster.decide("web").plan;
  plan.placements = {twin};
  cluster.must(state::ApplyPlan{.plan = plan});
  cluster.report("web.g[0]", ClientStatus::Failed, kStart);
  const GroupChanges result = changes(kStart + seconds(1));
  EXPECT_TRUE(result.later.empty());
  EXPECT_TRUE(result.stop.empty());
  EXPECT_TRUE(result.place.empty());
}

TEST_F(ReconcileTest, AFailedAllocationOfAnOldVersionIsReplacedAtOnce) {
  start(make_job("web"));
  cluster.report("web.g[0]", ClientStatus::Failed, kStart);
  cluster.add(make_job("web").env("A", "1"));
  EXPECT_EQ(placed(changes()), (Names{"web.g[0]"}));
}

TEST_F(ReconcileTest, WhatWasReplacedAlreadyIsNotLookedAtAgain) {
  start(make_job("web"));
  cluster.report("web.g[0]", ClientStatus::Failed, kStart);
  cluster.run("web", kStart + seconds(30));
  const GroupChanges result = changes(kStart + minutes(10));
  EXPECT_TRUE(result.place.empty());
  EXPECT_TRUE(result.later.empty());
  EXPECT_EQ(result.updates.ignore, 1u);
}

TEST_F(ReconcileTest, ACompleteBatchAllocationKeepsItsPlaceWithinItsVersion) {
  start(make_job("web").batch().count(2));
  cluster.report("web.g[0]", ClientStatus::Complete);
  EXPECT_TRUE(placed(changes()).empty());
  cluster.add(make_job("web").batch().count(2).env("A", "1"));
  EXPECT_EQ(placed(changes()), (Names{"web.g[0]"}));
}

TEST_F(ReconcileTest, AServiceThatEndedIsReplaced) {
  start(make_job("web").count(2));
  cluster.report("web.g[1]", ClientStatus::Complete);
  EXPECT_EQ(placed(changes()), (Names{"web.g[1]"}));
}

model::ReschedulePolicy policy(const std::string& function, bool unlimited, int32_t attempts = 0) {
  return {.attempts = attempts,
          .interval = minutes(60),
          .delay = seconds(10),
          .delay_function = function,
          .max_delay = seconds(100),
          .unlimited = unlimited};
}

model::Allocation failed_at(WallTime end, std::vector<model::RescheduleEvent> before) {
  model::Allocation alloc;
  alloc.task_states["t"].finished_at = end;
  alloc.reschedules = std::move(before);
  return alloc;
}

// The delays of replacements that fail at once, one after the other.
std::vector<int64_t> delays(const model::ReschedulePolicy& policy, size_t count) {
  std::vector<int64_t> out;
  model::Allocation alloc = failed_at(kStart, {});
  while (out.size() < count) {
    const auto delay = replacement_delay(policy, alloc);
    if (!delay) break;
    out.push_back(*delay / seconds(1));
    const WallTime when = ended_at(alloc) + *delay;
    alloc = failed_at(when, reschedules_of_successor(policy, alloc, when));
  }
  return out;
}

TEST(ReplacementDelay, GrowsAsTheDelayFunctionSays) {
  EXPECT_EQ(delays(policy("constant", true), 4), (std::vector<int64_t>{10, 10, 10, 10}));
  EXPECT_EQ(delays(policy("exponential", true), 7), (std::vector<int64_t>{10, 20, 40, 80, 100, 100, 100}));
  EXPECT_EQ(delays(policy("fibonacci", true), 8), (std::vector<int64_t>{10, 10, 20, 30, 50, 80, 100, 100}));
}

TEST(ReplacementDelay, EndsAfterTheAttemptsOfTheInterval) {
  EXPECT_EQ(delays(policy("constant", false, 2), 9), (std::vector<int64_t>{10, 10}));
  EXPECT_EQ(delays(policy("constant", false, 0), 9), (std::vector<int64_t>{}));
}

TEST(ReplacementDelay, AttemptsBeforeTheIntervalDoNotCount) {
  const auto limited = policy("constant", false, 1);
  const std::vector<model::RescheduleEvent> before{{.reschedule_time = kStart, .delay = seconds(10)}};
  EXPECT_FALSE(replacement_delay(limited, failed_at(kStart + minutes(59), before)));
  EXPECT_TRUE(replacement_delay(limited, failed_at(kStart + minutes(60), before)));
}

TEST(ReplacementDelay, OneThatRanLongStartsWithTheShortestDelayAgain) {
  const WallTime late = kStart + minutes(10);
  const auto alloc = failed_at(late, {{.reschedule_time = kStart + seconds(20), .delay = seconds(10)},
                                      {.reschedule_time = kStart + seconds(50), .delay = seconds(20)}});
  EXPECT_EQ(replacement_delay(policy("exponential", true), alloc), seconds(10));
}

TEST(ReplacementDelay, UnlimitedPoliciesRememberFive) {
  const auto unlimited = policy("exponential", true);
  model::Allocation alloc = failed_at(kStart, {});
  for (int i = 0; i < 9; ++i) alloc = failed_at(kStart, reschedules_of_successor(unlimited, alloc, kStart));
  ASSERT_EQ(alloc.reschedules.size(), 5u);
  EXPECT_EQ(alloc.reschedules.back().delay, seconds(100));
}

}  // namespace
}  // namespace drover::sched
