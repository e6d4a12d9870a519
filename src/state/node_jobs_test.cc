#include "state/node_jobs.h"

#include "state/test_cluster.h"

namespace drover::state::testing {
namespace {

// A node in "dc1" with an allocation of "web".
class NodeJobsTest : public ::testing::Test {
 protected:
  NodeJobsTest() {
    cluster.add_ready_node(1);
    cluster.must(RegisterJob{.job = make_job("web")});
    cluster.must(RegisterJob{.job = make_job("idle")});
    cluster.place("web", {make_alloc(1, "web", node_id(1)), make_alloc(2, "web", node_id(1))});
  }

  void add_system_job(const std::string& id, std::vector<std::string> datacenters,
                      const std::string& pool = "default") {
    model::Job job = make_job(id);
    job.type = model::JobType::System;
    job.datacenters = std::move(datacenters);
    job.node_pool = pool;
    cluster.must(RegisterJob{.job = job});
  }
  std::vector<std::string> jobs(NodeJobs which) {
    std::vector<std::string> out;
    const auto evals =
        evals_for_node(cluster.now(), node_id(1), which, [n = uint64_t{0}]() mutable { return eval_id(++n); });
    for (const auto& eval : evals) {
      EXPECT_EQ(eval.node_id, node_id(1));
      EXPECT_EQ(eval.triggered_by, model::trigger::kNodeUpdate);
      out.push_back(eval.job_id);
    }
    return out;
  }

  using Names = std::vector<std::string>;
  TestCluster cluster;
};

TEST_F(NodeJobsTest, AJobWithWorkIsNamedOnce) {
  add_system_job("logs", {"dc1"});
  EXPECT_EQ(jobs(NodeJobs::WithWork), Names{"web"});
}

TEST_F(NodeJobsTest, SystemJobsCountWhereTheyRun) {
  add_system_job("here", {"dc1"});
  add_system_job("all", {"other", "dc*"});
  add_system_job("elsewhere", {"eu-*"});
  add_system_job("gpu", {"*"}, "gpu");
  EXPECT_EQ(jobs(NodeJobs::WithWorkOrSystem), (Names{"all", "here", "web"}));
}

TEST_F(NodeJobsTest, WhatHasEndedIsNotNamed) {
  add_system_job("logs", {"dc1"});
  cluster.must(DeregisterJob{.ns = "default", .job_id = "logs"});
  model::Allocation first = make_alloc(1, "web", node_id(1)), second = make_alloc(2, "web", node_id(1));
  first.client_status = second.client_status = model::ClientStatus::Complete;
  cluster.must(UpdateAllocs{.allocs = {first, second}});
  EXPECT_EQ(jobs(NodeJobs::WithWorkOrSystem), Names{});
}

}  // namespace
}  // namespace drover::state::testing
