#include "model/logistics.h"
#include "state/test_cluster.h"

namespace drover::state::testing {
namespace {

class LogisticsTest : public ::testing::Test {
 protected:
  LogisticsTest() { cluster.must(RegisterJob{.job = make_confidential_job("secret")}); }

  Row<model::Job> job() { return cluster.now().job({"default", "secret"}); }
  SettleLogistics settled(const std::string& outcome) {
    return {.ns = "default", .job_id = "secret", .job_modify_index = job()->job_modify_index, .outcome = outcome};
  }

  TestCluster cluster;
};

TEST_F(LogisticsTest, AJobWhoseDefinitionDidNotComeIsStopped) {
  EXPECT_EQ(job()->status, model::JobStatus::Pending);
  cluster.must(settled("GET https://x.example: 404 Not Found"));
  EXPECT_TRUE(job()->stop);
  EXPECT_EQ(job()->stop_reason, model::kLogisticsError);
  EXPECT_EQ(job()->logistics_outcome, "GET https://x.example: 404 Not Found");
  EXPECT_EQ(job()->status, model::JobStatus::Dead);
}

TEST_F(LogisticsTest, WhatBecameOfAResultIsNotedOnce) {
  model::Job delivered = make_confidential_job("secret");
  delivered.task_groups = make_job("secret").task_groups;
  cluster.must(RegisterJob{.job = delivered});
  const uint64_t version = job()->version;
  cluster.must(settled(model::kDelivered));
  EXPECT_FALSE(job()->stop);
  EXPECT_EQ(job()->version, version);
  EXPECT_EQ(cluster.apply(settled("too late")).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(job()->logistics_outcome, model::kDelivered);
}

TEST_F(LogisticsTest, AnotherSpecificationIsAnotherExchange) {
  const SettleLogistics old = settled("too late");
  model::Job other = make_confidential_job("secret");
  other.priority = 60;
  cluster.must(settled("no answer"));
  cluster.must(RegisterJob{.job = other});
  EXPECT_EQ(job()->logistics_outcome, "");
  EXPECT_EQ(job()->status, model::JobStatus::Pending);
  EXPECT_EQ(cluster.apply(old).error().code(), ErrorCode::Conflict);
}

}  // namespace
}  // namespace drover::state::testing
