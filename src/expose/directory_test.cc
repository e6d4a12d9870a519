#include "expose/directory.h"

#include "base/strings.h"
#include "expose/proxy.h"
#include "jobspec/nosana_endpoint.h"
#include "state/test_cluster.h"

namespace drover::expose {
namespace {

using namespace state::testing;

constexpr const char* kJobId = "3EwUexRdXedDk2EL72py5FQd9fG2aVR9trD3EqEbGCDu";
const std::string kId = to_lower("LUyn6L6ahWz8SnBze4vC4BMwaYmYaor2zCLVt49wn1SQ");  // facts 2.8: 0:3000

class DirectoryTest : public ::testing::Test {
 protected:
  DirectoryTest() {
    cluster.add_ready_node(1);
    cluster.add_ready_node(2);
    register_job();
  }
  void register_job(bool stop = false) {
    model::Job job = make_job(kJobId, 10);
    job.task_groups[0].tasks[0].endpoints = {{.port = "3000"}};
    job.stop = stop;
    cluster.must(state::RegisterJob{.job = job});
  }
  void place(model::TaskStateKind state = model::TaskStateKind::Pending, const char* event = "Task Setup") {
    model::Allocation alloc = make_alloc(1, kJobId, node_id(1));
    cluster.place(kJobId, {alloc});
    alloc.client_status = model::ClientStatus::Pending;
    model::TaskState task{.state = state};
    task.events.push_back({.type = event});
    alloc.task_states[task_name()] = task;
    cluster.must(state::UpdateAllocs{.allocs = {alloc}});
  }
  std::string task_name() { return make_job(kJobId).task_groups[0].tasks[0].name; }
  void offer(const std::string& health, const char* reach = "") {
    model::ServiceRegistration service{.id = "s1", .service_name = service_name(kId), .node_id = node_id(1)};
    service.job_id = kJobId;
    service.alloc_id = alloc_id(1);
    service.address = "10.0.0.1";
    service.port = 3000;
    service.health = health;
    if (*reach) service.meta[kMetaReach] = reach;
    cluster.must(state::SetServices{.alloc_id = alloc_id(1), .services = {service}});
  }
  Route find(std::optional<uint64_t> own = std::nullopt) {
    return directory.find(std::make_shared<const state::Snapshot>(cluster.now()), kId,
                          own ? std::optional(node_id(*own)) : std::nullopt);
  }

  TestCluster cluster;
  Directory directory;
};

TEST_F(DirectoryTest, KnowsJobsByNosanasIds) {
  EXPECT_EQ(find().status, 503);
  EXPECT_EQ(find().reason, reason::kQueued);
  EXPECT_EQ(find().job, kJobId);
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = kJobId, .purge = true});
  EXPECT_EQ(find().status, 404);
}

TEST_F(DirectoryTest, SaysWhatATaskIsAt) {
  place();
  EXPECT_EQ(find().reason, reason::kPending);
  place(model::TaskStateKind::Pending, "Driver");
  EXPECT_EQ(find().reason, reason::kPulling);
  place(model::TaskStateKind::Running, "Started");
  EXPECT_EQ(find().reason, reason::kStarting);
}

TEST_F(DirectoryTest, LeadsToHealthyTasksOnly) {
  place(model::TaskStateKind::Running, "Started");
  offer("critical");
  EXPECT_EQ(find().reason, reason::kStarting);
  offer("passing");
  ASSERT_EQ(find().status, 200);
  EXPECT_EQ(find().targets[0].url, "http://10.0.0.1:3000");
  EXPECT_FALSE(find().targets[0].is_proxy);
}

TEST_F(DirectoryTest, GoesThroughTheProxyOfTheNodeWhereAnAddressMeansNothingElsewhere) {
  place(model::TaskStateKind::Running, "Started");
  offer("passing", kNodeReach);
  EXPECT_EQ(find(1).targets[0].url, "http://10.0.0.1:3000");
  EXPECT_EQ(find(2).reason, reason::kUnreachable);
  model::Node node = make_node(1);
  node.attributes[kProxyAttribute] = "http://10.0.0.1:4650";
  cluster.must(state::RegisterNode{.node = node});
  EXPECT_EQ(find(2).targets[0].url, "http://10.0.0.1:4650");
  EXPECT_TRUE(find(2).targets[0].is_proxy);
  EXPECT_EQ(find(1).targets[0].url, "http://10.0.0.1:3000");
}

TEST_F(DirectoryTest, WhatWasStoppedIsGone) {
  place();
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = kJobId});
  EXPECT_EQ(find().status, 410);
  EXPECT_EQ(find().reason, reason::kStopped);
}

TEST(ExposeProxy, ReadsTheIdFromTheHostName) {
  EXPECT_EQ(id_of_host("AbC1.node.example.org:4650", "node.example.org"), "abc1");
  EXPECT_EQ(id_of_host("abc1.localhost", ""), "abc1");
  EXPECT_EQ(id_of_host("abc1.evil.org", "node.example.org"), "");
  EXPECT_EQ(id_of_host("node.example.org", "node.example.org"), "");
  EXPECT_EQ(id_of_host("localhost:80", ""), "");
  EXPECT_EQ(id_of_host("a_b.localhost", ""), "");
  EXPECT_EQ(id_of_host("[::1]:80", ""), "");
}

// Several jobs, of which each is a replica.
TEST_F(DirectoryTest, ADeploymentsIdLeadsToAllItsJobs) {
  const auto job_of = [](const char* name, const char* deployment) {
    model::Job job = make_job(name, 10);
    job.meta["nosana.deployment_id"] = deployment;
    job.task_groups[0].tasks[0].endpoints = {{.port = "3000"}, {.port = "3001"}};
    return job;
  };
  const auto offer_of = [&](uint64_t n, const char* name, const std::string& port, const char* address) {
    const std::string id = jobspec::nosana_endpoint_id(0, port, name);
    model::ServiceRegistration service{.id = id, .service_name = service_name(id), .node_id = node_id(1)};
    service.job_id = name;
    service.alloc_id = alloc_id(n);
    service.address = address;
    service.port = 3000;
    cluster.must(state::SetServices{.alloc_id = alloc_id(n), .services = {service}});
  };
  const auto found = [&](const std::string& id) {
    return directory.find(std::make_shared<const state::Snapshot>(cluster.now()), id, std::nullopt);
  };
  const auto first = job_of("one", "d");
  const std::string id = to_lower(jobspec::deployment_endpoint_id(first, first.task_groups[0].tasks[0]));
  EXPECT_EQ(found(id).status, 404);
  cluster.must(state::RegisterJob{.job = first});
  EXPECT_EQ(found(id).reason, reason::kQueued);
  cluster.must(state::RegisterJob{.job = job_of("two", "d")});
  cluster.must(state::RegisterJob{.job = job_of("other", "e")});
  cluster.place("one", {make_alloc(1, "one", node_id(1))});
  cluster.place("two", {make_alloc(2, "two", node_id(1))});
  offer_of(1, "one", "3000", "10.0.0.1");
  EXPECT_EQ(found(id).targets.size(), 1u);
  offer_of(2, "two", "3000", "10.0.0.2");
  ASSERT_EQ(found(id).targets.size(), 2u);
  EXPECT_EQ(found(id).status, 200);
  cluster.must(state::RegisterJob{.job = job_of("one", "e")});
  ASSERT_EQ(found(id).targets.size(), 1u);
  EXPECT_EQ(found(id).targets[0].url, "http://10.0.0.2:3000");
}

}  // namespace
}  // namespace drover::expose
