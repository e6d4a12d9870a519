#include "server/node_evals.h"

#include "server/node_watcher.h"
#include "server/room.h"
#include "server/work_window.h"
#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;
using model::ClientStatus;
using model::NodeStatus;

class NodeEvalsTest : public ::testing::Test {
 protected:
  NodeEvalsTest() {
    cluster.add_ready_node(1);
    cluster.must(state::RegisterJob{.job = make_job("web", 10)});
    cluster.must(state::RegisterJob{.job = make_job("db", 10)});
    cluster.place("web", {make_alloc(1, "web", node_id(1)), make_alloc(2, "web", node_id(1))});
    cluster.place("db", {make_alloc(3, "db", node_id(1))});
  }

  static model::Allocation report(uint64_t n, ClientStatus status) {
    model::Allocation alloc{.id = alloc_id(n)};
    alloc.client_status = status;
    return alloc;
  }
  std::vector<std::string> triggers(const std::vector<model::Allocation>& reports) {
    std::vector<std::string> out;
    for (const auto& eval : evals_for_reports(cluster.now(), reports, ids)) {
      out.push_back(eval.job_id + " " + eval.triggered_by);
    }
    return out;
  }

  using Texts = std::vector<std::string>;
  state::testing::TestCluster cluster;
  SeededRandom ids{1};
};

TEST_F(NodeEvalsTest, EachJobOnANodeIsLookedAtOnce) {
  const auto evals = evals_for_jobs_on(cluster.now(), node_id(1), ids);
  ASSERT_EQ(evals.size(), 2u);
  EXPECT_EQ(evals[0].job_id, "db");
  EXPECT_EQ(evals[1].job_id, "web");
  EXPECT_EQ(evals[1].triggered_by, model::trigger::kNodeUpdate);
  EXPECT_EQ(evals[1].node_id, node_id(1));
}

TEST_F(NodeEvalsTest, FailuresAndReturnsMakeTheirJobsWorthALook) {
  EXPECT_EQ(triggers({report(1, ClientStatus::Running), report(3, ClientStatus::Complete)}), Texts{});
  EXPECT_EQ(triggers({report(1, ClientStatus::Failed), report(2, ClientStatus::Failed)}), Texts{"web alloc-failure"});
  model::Plan plan = make_plan("web", {});
  plan.stops.push_back({.alloc_id = alloc_id(1),
                        .node_id = node_id(1),
                        .desired_status = model::DesiredStatus::Run,
                        .client_status = ClientStatus::Unknown});
  cluster.must(state::ApplyPlan{.plan = plan});
  EXPECT_EQ(triggers({report(1, ClientStatus::Running)}), Texts{"web reconnect"});
  EXPECT_EQ(triggers({report(9, ClientStatus::Failed)}), Texts{});
}

TEST_F(NodeEvalsTest, ANodeIsDisconnectedAsLongAsSomethingOnItIsWaitedFor) {
  EXPECT_EQ(status_when_lost(cluster.now(), *cluster.now().node(node_id(1))), NodeStatus::Down);
  model::Job patient = make_job("patient", 10);
  patient.task_groups[0].disconnect = model::DisconnectStrategy{.lost_after = std::chrono::minutes(1)};
  cluster.must(state::RegisterJob{.job = patient});
  cluster.place("patient", {make_alloc(4, "patient", node_id(1))});
  EXPECT_EQ(status_when_lost(cluster.now(), *cluster.now().node(node_id(1))), NodeStatus::Disconnected);
}

TEST_F(NodeEvalsTest, ANodeThatJoinsMakesSystemJobsWorthALookOnce) {
  model::Job logs = make_job("logs", 10);
  logs.type = model::JobType::System;
  cluster.must(state::RegisterJob{.job = logs});
  NodeWatcher watcher(ids);
  const auto first = std::make_shared<const state::Snapshot>(cluster.now());
  watcher.note(changes_between(state::Snapshot(), first));
  EXPECT_EQ(watcher.decide(*first, {}).actions.size(), 1u);
  EXPECT_TRUE(watcher.decide(*first, {}).actions.empty());
  cluster.must(state::UpdateNodeEligibility{.node_id = node_id(1), .eligibility = model::NodeEligibility::Ineligible});
  const auto second = std::make_shared<const state::Snapshot>(cluster.now());
  watcher.note(changes_between(*first, second));
  EXPECT_TRUE(watcher.decide(*second, {}).actions.empty());
  cluster.must(state::UpdateNodeEligibility{.node_id = node_id(1)});
  const auto third = std::make_shared<const state::Snapshot>(cluster.now());
  const auto changes = changes_between(*second, third);
  EXPECT_EQ(classes_with_room(changes).size(), 1u);
  watcher.note(changes);
  EXPECT_EQ(watcher.decide(*third, {}).actions.size(), 1u);
}

TEST(WorkWindow, GrowsWhilePlansFitAndHalvesWhenTheyCollide) {
  WorkWindow window(2, 64);
  EXPECT_EQ(window.size(), 64u);
  for (int i = 0; i < 9; ++i) window.collided();
  EXPECT_EQ(window.size(), 2u);
  for (int i = 0; i < 3; ++i) window.fitted();
  EXPECT_EQ(window.size(), 5u);
  for (int i = 0; i < 99; ++i) window.fitted();
  EXPECT_EQ(window.size(), 64u);
}

}  // namespace
}  // namespace drover::server
