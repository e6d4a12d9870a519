#include "state/rollback.h"

#include "state/test_cluster.h"

namespace drover::state::testing {
namespace {

const model::JobKey kWeb{"default", "web"};

// A job with versions 0, 1 and 2, the last of which is being deployed.
class RollbackTest : public ::testing::Test {
 protected:
  RollbackTest() {
    for (const int32_t cpu : {100, 200, 300}) cluster.must(RegisterJob{.job = make_job("web", cpu)});
    const auto job = cluster.now().job(kWeb);
    deployment = make_deployment(1, "web");
    deployment.job_version = job->version;
    deployment.job_create_index = job->create_index;
    deployment.task_groups["web"].auto_revert = true;
  }

  void mark_stable(uint64_t version) {
    cluster.must(SetJobStability{.ns = "default", .job_id = "web", .version = version, .stable = true});
  }
  Rollback rollback() {
    return rollback_of(cluster.now(), deployment, [](const std::string&) { return true; });
  }

  TestCluster cluster;
  model::Deployment deployment;
};

TEST_F(RollbackTest, GoesToTheLatestStableVersion) {
  mark_stable(0);
  mark_stable(1);
  ASSERT_TRUE(rollback().job);
  EXPECT_EQ(rollback().job->version, 1u);
  EXPECT_EQ(rollback().note, " - rolling back to job version 1");
}

TEST_F(RollbackTest, NeedsAStableVersion) {
  EXPECT_FALSE(rollback().job);
  EXPECT_EQ(rollback().note, " - no stable job version to auto revert to");
}

TEST_F(RollbackTest, AStableVersionThatFailsIsKept) {
  mark_stable(0);
  mark_stable(2);
  EXPECT_FALSE(rollback().job);
  EXPECT_EQ(rollback().note, " - not rolling back to stable job version 2 as current job has same specification");
}

TEST_F(RollbackTest, NothingHappensUnlessAGroupThatIsConcernedAsks) {
  mark_stable(0);
  const Rollback other =
      rollback_of(cluster.now(), deployment, [](const std::string& group) { return group != "web"; });
  EXPECT_FALSE(other.job);
  EXPECT_EQ(other.note, "");
  deployment.task_groups["web"].auto_revert = false;
  EXPECT_FALSE(rollback().job);
  EXPECT_EQ(rollback().note, "");
}

TEST_F(RollbackTest, AJobThatHasChangedSinceIsLeftAlone) {
  mark_stable(0);
  cluster.must(RegisterJob{.job = make_job("web", 400)});
  EXPECT_FALSE(rollback().job);
  EXPECT_EQ(rollback().note, "");
}

}  // namespace
}  // namespace drover::state::testing
