#include "server/watch.h"

#include "state/test_cluster.h"

namespace drover::server {
namespace {

using state::Table;
using state::TableSet;
using namespace state::testing;

class WatchTest : public ::testing::Test {
 protected:
  void change_jobs() {
    cluster.must(state::RegisterJob{.job = make_job("job" + std::to_string(++jobs))});
    watch.publish(cluster.now());
  }
  void change_nodes() {
    cluster.must(state::RegisterNode{.node = make_node(++nodes)});
    watch.publish(cluster.now());
  }
  auto count() {
    return [this] { ++calls; };
  }

  TestCluster cluster;
  WatchIndex watch;
  int calls = 0;
  uint64_t jobs = 0;
  uint64_t nodes = 0;
};

TEST_F(WatchTest, CallsBackOnceWhenAWatchedTableChanges) {
  const auto registration = watch.wait({Table::Jobs}, 0, count());
  EXPECT_EQ(calls, 0);
  change_nodes();
  EXPECT_EQ(calls, 0);
  change_jobs();
  EXPECT_EQ(calls, 1);
  change_jobs();
  EXPECT_EQ(calls, 1);
}

TEST_F(WatchTest, CallsBackAtOnceIfTheTableIsAlreadyNewer) {
  change_jobs();
  const auto registration = watch.wait({Table::Jobs, Table::Nodes}, 0, count());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(watch.waiting(), 0u);
}

TEST_F(WatchTest, WaitsForAnIndexBeyondTheNextChange) {
  const auto registration = watch.wait({Table::Jobs}, 2, count());
  change_jobs();
  change_jobs();
  EXPECT_EQ(calls, 0);
  change_jobs();
  EXPECT_EQ(calls, 1);
}

TEST_F(WatchTest, ForgetsACancelledWait) {
  {
    auto registration = watch.wait({Table::Jobs}, 0, count());
    EXPECT_TRUE(registration.cancel());
    EXPECT_FALSE(registration.cancel());
    const auto moved = std::move(registration);
    const auto dropped = watch.wait({Table::Jobs}, 0, count());
    EXPECT_EQ(watch.waiting(), 1u);
  }
  EXPECT_EQ(watch.waiting(), 0u);
  change_jobs();
  EXPECT_EQ(calls, 0);
}

TEST_F(WatchTest, ACallbackMayWaitAgain) {
  WatchIndex::Registration second;
  const auto first = watch.wait({Table::Jobs}, 0, [&] { second = watch.wait({Table::Jobs}, 1, count()); });
  change_jobs();
  EXPECT_EQ(watch.waiting(), 1u);
  change_jobs();
  EXPECT_EQ(calls, 1);
}

TEST_F(WatchTest, WakesFiveThousandAtOnce) {  // cases.md 35
  std::vector<WatchIndex::Registration> registrations;
  for (int i = 0; i < 5000; ++i) registrations.push_back(watch.wait({Table::Jobs}, 0, count()));
  change_jobs();
  EXPECT_EQ(calls, 5000);
}

TEST_F(WatchTest, CloseCallsEverybodyBack) {
  const auto registration = watch.wait({Table::Jobs}, 7, count());
  watch.close();
  EXPECT_EQ(calls, 1);
  const auto late = watch.wait({Table::Jobs}, 7, count());
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace drover::server
