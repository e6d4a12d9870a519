#include "simulate/simulated_node.h"

#include "codec/describe.h"
#include "codec/storage.h"
#include "model/holdings.h"
#include "simulate/fleet.h"
#include "testutil/builders.h"

#include <gtest/gtest.h>

namespace drover::simulate {
namespace {

using model::ClientStatus;
using std::chrono::seconds;

class SimulatedNodeTest : public ::testing::Test {
 protected:
  rpc::Assignments assign(std::vector<model::Allocation> allocs) {
    rpc::Assignments out;
    for (model::Allocation& alloc : allocs) {
      out.changed.push_back({.alloc = std::move(alloc), .job = job_.key(), .job_version = job_.version});
    }
    out.jobs.push_back({.job = job_.key(),
                        .version = job_.version,
                        .create_index = job_.create_index,
                        .record = codec::encode_record(job_)});
    return out;
  }

  model::Allocation alloc(uint64_t number) {
    model::Allocation out;
    out.id = model::AllocId(SeededRandom(number).uuid());
    out.task_group = "g";
    return out;
  }

  // What the node reports by `at`, by client status.
  std::vector<ClientStatus> reports(Duration at) {
    node_.advance(MonoTime{} + at, WallTime{} + at);
    std::vector<ClientStatus> out;
    const auto taken = node_.take_reports();
    if (!taken) return out;
    sequence_ = taken->sequence;
    for (const auto& report : taken->allocs) {
      out.push_back(report.client_status);
      last_ = report;
    }
    return out;
  }

  model::Job job_ = testing::make_job("j").build();
  Behaviour behaviour_{.start_time = seconds(2), .run_time = seconds(5)};
  JobTable jobs_;
  SimulatedNode node_{make_node({}, 7), behaviour_, jobs_, 1};
  uint64_t sequence_ = 0;
  model::Allocation last_;
};

TEST_F(SimulatedNodeTest, AnAllocationRunsAfterItsStartTimeAndIsReportedOnce) {
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1)}), {}));
  EXPECT_TRUE(reports(seconds(1)).empty());
  EXPECT_EQ(node_.next_due(), MonoTime{} + seconds(2));
  EXPECT_EQ(reports(seconds(2)), std::vector{ClientStatus::Running});
  EXPECT_EQ(last_.task_states.at("t").state, model::TaskStateKind::Running);
  EXPECT_TRUE(reports(seconds(100)).empty());
  EXPECT_EQ(node_.census().running, 1u);
}

TEST_F(SimulatedNodeTest, WhatWasNotAcknowledgedIsReportedAgainOverANewStream) {
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1)}), {}));
  EXPECT_EQ(reports(seconds(2)).size(), 1u);
  node_.on_connected();
  EXPECT_EQ(reports(seconds(3)).size(), 1u);
  node_.on_ack(sequence_);
  EXPECT_FALSE(node_.has_reports());
  node_.on_connected();
  EXPECT_TRUE(reports(seconds(4)).empty());
}

TEST_F(SimulatedNodeTest, TasksOfBatchJobsEnd) {
  job_ = testing::make_job("j").batch().build();
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1)}), {}));
  EXPECT_EQ(reports(seconds(2)), std::vector{ClientStatus::Running});
  EXPECT_EQ(reports(seconds(7)), std::vector{ClientStatus::Complete});
  EXPECT_EQ(node_.census().complete, 1u);
}

TEST_F(SimulatedNodeTest, WhatShouldStopIsCompleteAndWhatTheServersForgetIsGone) {
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1)}), {}));
  EXPECT_EQ(reports(seconds(2)).size(), 1u);
  model::Allocation stopped = alloc(1);
  stopped.desired_status = model::DesiredStatus::Stop;
  ASSERT_TRUE(node_.on_assignments(assign({stopped}), MonoTime{} + seconds(3)));
  EXPECT_EQ(reports(seconds(3)), std::vector{ClientStatus::Complete});
  ASSERT_TRUE(node_.on_assignments({.removed = {stopped.id}}, MonoTime{} + seconds(4)));
  EXPECT_EQ(node_.census().complete, 0u);
}

TEST_F(SimulatedNodeTest, AFullListNamesWhatTheServersStillKnow) {
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1), alloc(2)}), {}));
  ASSERT_TRUE(node_.on_assignments({.known = {alloc(2).id}, .complete = true}, {}));
  EXPECT_EQ(node_.census().pending, 1u);
}

TEST_F(SimulatedNodeTest, TheShareThatShouldFailFails) {
  behaviour_.fail_share = 1;
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1), alloc(2)}), {}));
  EXPECT_EQ(reports(seconds(2)), (std::vector{ClientStatus::Failed, ClientStatus::Failed}));
  EXPECT_TRUE(last_.task_states.at("t").failed);
}

TEST_F(SimulatedNodeTest, AnAllocationOfADeploymentBecomesHealthy) {
  job_.task_groups[0].update = model::UpdateStrategy{.health_check = "task_states", .min_healthy_time = seconds(10)};
  model::Allocation deployed = alloc(1);
  deployed.deployment_id = model::DeploymentId(SeededRandom(9).uuid());
  ASSERT_TRUE(node_.on_assignments(assign({deployed}), {}));
  EXPECT_EQ(reports(seconds(2)).size(), 1u);
  EXPECT_FALSE(last_.deployment_status);
  EXPECT_EQ(reports(seconds(12)).size(), 1u);
  EXPECT_EQ(last_.deployment_status->healthy, true);
}

TEST_F(SimulatedNodeTest, AnAllocationThatRanBeforeTheSimulationBeganGoesOn) {
  model::Allocation running = alloc(1);
  running.client_status = ClientStatus::Running;
  ASSERT_TRUE(node_.on_assignments(assign({running}), {}));
  EXPECT_TRUE(reports(seconds(100)).empty());
  EXPECT_EQ(node_.census().running, 1u);
}

TEST_F(SimulatedNodeTest, AnAllocationWhoseJobWasNeverSentNeedsANewStream) {
  rpc::Assignments assignments = assign({alloc(1)});
  assignments.jobs.clear();
  EXPECT_FALSE(node_.on_assignments(assignments, {}));
}

class AssetFetchTest : public SimulatedNodeTest {
 protected:
  static model::Asset model_named(const std::string& repo) { return {.type = "HF", .repo = repo}; }
  void needs(const std::string& repo) {
    ++job_.version;
    job_.task_groups[0].tasks[0].assets = {model_named(repo)};
  }
  // What the node tells by `at` that it holds.
  std::vector<uint64_t> told(Duration at) {
    std::vector<uint64_t> out;
    const auto news = node_.take_news(MonoTime{} + at);
    if (!news || !news->held) return out;
    for (const model::HeldItem& item : news->held->changed) out.push_back(item.key);
    return out;
  }
  static rpc::Welcome requiring(std::string id, std::vector<std::string> images) {
    return {.requirements = rpc::Requirements{.id = std::move(id), .images = std::move(images)}};
  }

  AssetFetchTest() { behaviour_.fetch = {.time_per_gib = seconds(5), .asset_bytes = uint64_t{2} << 30}; }
  const uint64_t a_ = model::asset_key(model_named("org/a"));
  const uint64_t b_ = model::asset_key(model_named("org/b"));
};

TEST_F(AssetFetchTest, AnAssetComesOnceAndIsToldOfWhenItIsHere) {
  needs("org/a");
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1), alloc(2)}), {}));
  EXPECT_TRUE(told(seconds(9)).empty());
  EXPECT_EQ(node_.next_due(), MonoTime{} + seconds(10));
  EXPECT_EQ(told(seconds(10)), std::vector{a_});
  EXPECT_TRUE(reports(seconds(11)).empty());
  EXPECT_EQ(reports(seconds(12)).size(), 2u);
  ASSERT_TRUE(node_.on_assignments(assign({alloc(3)}), MonoTime{} + seconds(20)));
  EXPECT_EQ(reports(seconds(22)).size(), 1u);
  EXPECT_EQ(node_.fetches(), 1u);
}

TEST_F(AssetFetchTest, OneAssetComesAfterTheOther) {
  needs("org/a");
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1)}), {}));
  needs("org/b");
  ASSERT_TRUE(node_.on_assignments(assign({alloc(2)}), {}));
  EXPECT_EQ(reports(seconds(12)).size(), 1u);
  EXPECT_TRUE(reports(seconds(21)).empty());
  EXPECT_EQ(reports(seconds(22)).size(), 1u);
}

TEST_F(AssetFetchTest, ANewStreamHearsOfEverythingAgain) {
  needs("org/a");
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1)}), {}));
  EXPECT_EQ(told(seconds(10)), std::vector{a_});
  EXPECT_TRUE(told(seconds(11)).empty());
  node_.on_connected();
  EXPECT_EQ(told(seconds(12)), std::vector{a_});
}

TEST_F(AssetFetchTest, NodesCanKeepToThemselvesWhatTheyHold) {
  behaviour_.fetch.tells = false;
  needs("org/a");
  ASSERT_TRUE(node_.on_assignments(assign({alloc(1)}), {}));
  EXPECT_TRUE(told(seconds(10)).empty());
}

TEST_F(AssetFetchTest, WhatAMarketRequiresIsReportedWhenItIsHere) {
  node_.on_welcome(requiring("v1", {"busybox", "redis"}), {});
  EXPECT_FALSE(node_.take_news(MonoTime{} + seconds(9)));
  EXPECT_EQ(told(seconds(10)), std::vector{model::image_key("busybox")});
  EXPECT_EQ(node_.node().prefetched, "");
  EXPECT_EQ(node_.take_news(MonoTime{} + seconds(20))->node->prefetched, "v1");
  node_.on_welcome(requiring("v1", {"busybox", "redis"}), MonoTime{} + seconds(21));
  EXPECT_FALSE(node_.take_news(MonoTime{} + seconds(100)));
  node_.on_welcome({}, MonoTime{} + seconds(101));
  EXPECT_EQ(node_.take_news(MonoTime{} + seconds(101))->node->prefetched, "");
}

TEST(MakeNodeTest, NodesOfAFleetAreTheSameForASeedAndAllDifferent) {
  const FleetOptions options{.seed = 3};
  EXPECT_EQ(make_node(options, 1).id, make_node(options, 1).id);
  EXPECT_NE(make_node(options, 1).id, make_node(options, 2).id);
  EXPECT_NE(make_node(options, 1).id, make_node({.seed = 4}, 1).id);
  EXPECT_NE(make_node(options, 1).http_addr, make_node(options, 257).http_addr);
  EXPECT_EQ(make_node(options, 0).computed_class, make_node(options, 50).computed_class);
}

}  // namespace
}  // namespace drover::simulate
