#include "expose/directory.h"

#include "base/strings.h"
#include "expose/proxy.h"
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

}  // namespace
}  // namespace drover::expose
