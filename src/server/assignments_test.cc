#include "server/assignments.h"

#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;

// A node with two allocations of "web" and one of "db".
class AssignmentsTest : public ::testing::Test {
 protected:
  AssignmentsTest() {
    model::Node node = make_node(1, 1'000'000);
    node.resources.disk_mb = 1'000'000;
    cluster.must(state::RegisterNode{.node = node});
    cluster.must(state::UpdateNodeStatus{.node_id = node.id});
    cluster.must(state::RegisterJob{.job = make_job("web", 10, 0)});
    cluster.must(state::RegisterJob{.job = make_job("db", 10, 0)});
    cluster.place("web", {make_alloc(1, "web", node_id(1)), make_alloc(2, "web", node_id(1))});
    cluster.place("db", {make_alloc(3, "db", node_id(1))});
    seen = std::make_shared<const state::Snapshot>(cluster.now());
  }

  void follow(NodeAssignments& node) {
    auto now = std::make_shared<const state::Snapshot>(cluster.now());
    for (const auto& change : changes_between(*seen, now).allocs) node.note(change);
    seen = std::move(now);
  }
  std::optional<rpc::Assignments> next(NodeAssignments& node) { return node.next(cluster.now(), records); }
  void end(uint64_t n, const std::string& job) {
    model::Allocation alloc = make_alloc(n, job, node_id(1));
    alloc.client_status = model::ClientStatus::Complete;
    cluster.must(state::UpdateAllocs{.allocs = {alloc}});
  }

  state::testing::TestCluster cluster;
  std::shared_ptr<const state::Snapshot> seen;
  JobRecords records;
};

TEST_F(AssignmentsTest, AStreamBeginsWithEverything) {
  NodeAssignments node(cluster.now(), node_id(1));
  ASSERT_TRUE(node.waiting());
  const auto first = next(node);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->complete);
  EXPECT_EQ(first->known, (std::vector{alloc_id(1), alloc_id(2), alloc_id(3)}));
  EXPECT_EQ(first->changed.size(), 3u);
  EXPECT_EQ(first->jobs.size(), 2u);
  EXPECT_FALSE(node.waiting());
  EXPECT_FALSE(next(node));

  NodeAssignments empty(cluster.now(), node_id(2));
  ASSERT_TRUE(next(empty)) << "that there is nothing is worth saying once";
  EXPECT_FALSE(next(empty));
}

TEST_F(AssignmentsTest, ThenOnlyWhatTheServerChangesIsNamed) {
  NodeAssignments node(cluster.now(), node_id(1));
  next(node);
  cluster.place("web", {make_alloc(4, "web", node_id(1))});
  cluster.must(state::UpdateTransitions{.transitions = {{.alloc_id = alloc_id(3), .transition = {.migrate = true}}}});
  follow(node);
  const auto second = next(node);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->complete);
  EXPECT_TRUE(second->known.empty());
  EXPECT_TRUE(second->jobs.empty()) << "it has the job";
  ASSERT_GE(second->changed.size(), 1u);
  EXPECT_EQ(second->changed.back().alloc.id, cluster.now().alloc(alloc_id(4))->id);

  end(1, "web");
  follow(node);
  EXPECT_FALSE(node.waiting()) << "the node has said so itself";
}

TEST_F(AssignmentsTest, ThatADelayIsSkippedIsNamedAlsoWhileTheAllocationEnds) {
  NodeAssignments node(cluster.now(), node_id(1));
  next(node);
  cluster.must(state::UpdateTransitions{
      .transitions = {{.alloc_id = alloc_id(1), .transition = {.migrate = true, .no_shutdown_delay = true}}}});
  follow(node);
  const auto second = next(node);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->changed.size(), 1u);
  EXPECT_EQ(second->changed[0].alloc.desired_transition.no_shutdown_delay, true);
}

TEST_F(AssignmentsTest, WhatIsCollectedIsRemoved) {
  NodeAssignments node(cluster.now(), node_id(1));
  next(node);
  end(3, "db");
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = "db"});
  cluster.must(state::Collect{.allocs = {alloc_id(3)}});
  ASSERT_FALSE(cluster.now().alloc(alloc_id(3)));
  follow(node);
  const auto message = next(node);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->removed, std::vector{alloc_id(3)});
  EXPECT_TRUE(message->changed.empty());
}

TEST_F(AssignmentsTest, ManyAreSentInSeveralMessagesAndCompleteWithTheLast) {
  std::vector<model::Allocation> many;
  const size_t total = 2 * NodeAssignments::kMostInMessage + 5;
  for (uint64_t n = 4; n <= total; ++n) many.push_back(make_alloc(n, "web", node_id(1)));
  cluster.place("web", std::move(many));
  NodeAssignments node(cluster.now(), node_id(1));
  seen = std::make_shared<const state::Snapshot>(cluster.now());
  size_t sent = 0;
  for (int i = 0; i < 2; ++i) {
    const auto part = next(node);
    ASSERT_TRUE(part);
    EXPECT_EQ(part->changed.size(), NodeAssignments::kMostInMessage);
    EXPECT_FALSE(part->complete);
    EXPECT_TRUE(part->known.empty());
    sent += part->changed.size();
  }
  // What goes meanwhile is removed, and not among those that are known.
  end(1, "web");
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = "web"});
  cluster.must(state::Collect{.allocs = {alloc_id(1)}});
  follow(node);
  const auto last = next(node);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->complete);
  sent += last->changed.size();
  EXPECT_EQ(sent, total);
  EXPECT_EQ(last->removed, std::vector{alloc_id(1)});
  EXPECT_EQ(last->known.size(), total - 1);
}

TEST_F(AssignmentsTest, ChangesThatTheBeginningKnowsAreNotSentAgain) {
  cluster.place("web", {make_alloc(4, "web", node_id(1))});
  NodeAssignments node(cluster.now(), node_id(1));
  next(node);
  follow(node);
  EXPECT_FALSE(node.waiting());
}

}  // namespace
}  // namespace drover::server
