#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

// The examples of the four documents, as they stand there.
namespace drover::jobspec {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

TEST(Documents, TheJsonExampleOf001Runs) {
  const Outcome out = outcome_of(test_file("001_example.json"));
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_THAT(out.warnings, testing::IsEmpty());
  const model::TaskGroup& group = out.job.task_groups.at(0);
  EXPECT_EQ(group.restart->attempts, 10);
  EXPECT_EQ(group.restart->delay, seconds(25));
  EXPECT_EQ(group.update->healthy_deadline, minutes(3));
  EXPECT_EQ(group.update->health_check, "checks");
  const model::Task& task = group.tasks.at(0);
  const model::Service& service = task.services.at(0);
  EXPECT_EQ(service.name, "global-redis-check");
  EXPECT_EQ(service.address_mode, "auto");
  EXPECT_EQ(service.checks.at(0).check_restart->grace, seconds(30));
  EXPECT_EQ(service.checks.at(0).port_label, "db");
  EXPECT_EQ(task.resources.networks.at(0).dynamic_ports.at(0).label, "db");
  EXPECT_EQ(*task.config.find("port_map"), json(R"([{"db": 6379}])"));
}

TEST(Documents, TheJsonExampleKeepsItsTree) {
  EXPECT_EQ(tree_of(test_file("001_example.json")),
            codec::dump(sorted(*json(test_file("001_example.json")).find("Job"))));
}

TEST(Documents, TheHclExampleOf003Runs) {
  const Outcome out = outcome_of(test_file("003_example.nomad"));
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_THAT(out.warnings, testing::IsEmpty());
  EXPECT_EQ(out.job.id, "docs");
  EXPECT_EQ(out.job.region, "us");
  EXPECT_EQ(out.job.datacenters.size(), 2u);
  const model::TaskGroup& group = out.job.task_groups.at(0);
  EXPECT_EQ(group.count, 5);
  EXPECT_EQ(group.update->max_parallel, 1);
  EXPECT_EQ(group.update->min_healthy_time, seconds(30));
  EXPECT_EQ(group.restart->attempts, 2);
  EXPECT_EQ(group.restart->interval, minutes(1));
  const model::Task& task = group.tasks.at(0);
  EXPECT_EQ(task.services.at(0).name, "docs-webs-frontend");
  EXPECT_EQ(task.env.at("DB_HOST"), "db01.example.com");
  const model::Network& network = task.resources.networks.at(0);
  EXPECT_EQ(network.mbits, 100);
  EXPECT_EQ(network.dynamic_ports.at(0).label, "http");
  EXPECT_EQ(network.reserved_ports.at(0).value, 443);
}

TEST(Documents, TheHclExampleOf003BecomesThisTree) {
  EXPECT_EQ(tree_of(test_file("003_example.nomad")), same(test_file("003_example.golden.json")));
}

TEST(Documents, TheNosanaExampleOf000IsValid) {
  const Outcome out = outcome_of(test_file("000_pytorch.json"), Purpose::Validate, "pytorch.json");
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_EQ(out.job.id, "pytorch");
  const model::Task& task = out.job.task_groups.at(0).tasks.at(0);
  EXPECT_EQ(task.name, "Pytorch");
  EXPECT_EQ(*task.config.find("image"), codec::Value("docker.io/nosana/pytorch-jupyter:2.0.0"));
  EXPECT_EQ(*task.config.find("command"), codec::Value("jupyter"));
}

TEST(Documents, TheNosanaExamplesRun) {
  EXPECT_THAT(outcome_of(test_file("000_pytorch.json")).all, testing::Not(HasSubstr("is not supported")));
  EXPECT_THAT(outcome_of(test_file("002_resources.json")).all, testing::Not(HasSubstr("is not supported")));
}

TEST(Documents, TheNosanaExampleOf002IsValid) {
  const Outcome out = outcome_of(test_file("002_resources.json"), Purpose::Validate);
  EXPECT_TRUE(out.accepted) << out.all;
}

TEST(Documents, ADefaultBatchRestartPolicyIsThatOf003) {
  const Outcome out = outcome_of(R"(job "b" {
    type = "batch"
    datacenters = ["dc1"]
    group "g" { task "t" { driver = "docker" } }
  })");
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_EQ(out.job.task_groups[0].restart->attempts, 15);
  EXPECT_EQ(out.job.task_groups[0].restart->interval, std::chrono::hours(168));
}

}  // namespace
}  // namespace drover::jobspec
