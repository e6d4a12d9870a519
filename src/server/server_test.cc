#include "server/server.h"

#include "net/testing.h"
#include "state/test_cluster.h"
#include "store/memory_engine.h"

#include <functional>

namespace drover::server {
namespace {

using namespace state::testing;
using model::EvalStatus;

// A whole server on an engine in memory, without nodes that are connected.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    ServerOptions options{.name = "s1", .rpc_bind = "127.0.0.1", .rpc_port = 0};
    options.schedulers.threads = 2;
    auto opened = Server::open(std::move(options), std::make_unique<store::MemoryEngine>(state::kTableCount), clock,
                               [] { return std::make_unique<SystemRandom>(); });
    EXPECT_TRUE(opened);
    server = std::move(*opened);
    EXPECT_TRUE(server->start());
    loop.start();
  }
  ~ServerTest() override {
    server->stop();
    loop.stop();
    loop.join();
  }

  Result<state::Reply> submit(state::Command command) {
    return *net::run_to_end(loop, server->submit(std::move(command)));
  }
  template <class Body>
  void must(Body body) {
    const auto reply = submit(state::make_command(std::move(body)));
    EXPECT_TRUE(reply) << reply.error().message();
  }
  void add_ready_node(uint64_t n, int64_t cpu = 100'000) {
    model::Node node = make_node(n, cpu, 1 << 20);
    node.drivers["exec"] = {.detected = true, .healthy = true};
    must(state::RegisterNode{.node = node, .time = clock.now()});
    must(state::UpdateNodeStatus{.node_id = node_id(n), .time = clock.now()});
  }
  // Waits until it is true of the state; false after a minute.
  bool wait_until(const std::function<bool(const state::Snapshot&)>& holds) {
    const MonoTime end = clock.mono() + std::chrono::minutes(1);
    for (auto now = server->snapshot(); !holds(*now); now = server->snapshot()) {
      if (clock.mono() > end) return false;
      auto wait = server->wait_for_change({state::Table::Evaluations, state::Table::Allocations, state::Table::Nodes},
                                          now->index(), std::chrono::seconds(1));
      net::run_to_end(loop, done_after(std::move(wait)));
    }
    return true;
  }
  static net::Task<bool> done_after(net::Task<void> wait) {
    co_await std::move(wait);
    co_return true;
  }
  bool all_evals_end() {
    return wait_until([](const state::Snapshot& now) {
      for (const auto& entry : now.evals()) {
        if (!entry.value->terminal()) return false;
      }
      return true;
    });
  }

  SystemClock clock;
  net::Loop loop{"test"};
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, PlacesManyJobsOfOneAllocationOnceEach) {
  constexpr uint64_t kJobs = 300;
  for (uint64_t n = 1; n <= 3; ++n) add_ready_node(n);
  for (uint64_t n = 1; n <= kJobs; ++n) {
    const std::string id = "job" + std::to_string(n);
    must(state::RegisterJob{.job = make_job(id), .eval = make_eval(n, id), .time = clock.now()});
  }
  ASSERT_TRUE(all_evals_end());
  EXPECT_EQ(server->snapshot()->allocs().size(), kJobs);
}

// cases.md 32
TEST_F(ServerTest, AJobThatIsSpreadWidelyAndSmallOnesAreAllPlaced) {
  constexpr int32_t kCopies = 500;
  constexpr uint64_t kJobs = 50;
  for (uint64_t n = 1; n <= 100; ++n) add_ready_node(n);
  model::Job wide = make_job("wide", 10, 10);
  wide.task_groups[0].count = kCopies;
  wide.spreads = {{.attribute = "${node.unique.name}", .weight = 100}};
  must(state::RegisterJob{.job = wide, .eval = make_eval(1000, "wide"), .time = clock.now()});
  for (uint64_t n = 1; n <= kJobs; ++n) {
    const std::string id = "job" + std::to_string(n);
    must(state::RegisterJob{.job = make_job(id, 10, 10), .eval = make_eval(n, id), .time = clock.now()});
  }
  ASSERT_TRUE(all_evals_end());
  const auto now = server->snapshot();
  EXPECT_EQ(now->allocs().size(), kCopies + kJobs);
  for (uint64_t n = 1; n <= 100; ++n) {
    int64_t copies = 0;
    for (const auto& entry : now->allocs_of_node(node_id(n))) copies += entry.value->job_id == "wide" ? 1 : 0;
    EXPECT_EQ(copies, 5) << "node " << n;
  }
}

TEST_F(ServerTest, WhatFindsNoRoomIsPlacedWhenANodeJoins) {
  must(state::RegisterJob{.job = make_job("web"), .eval = make_eval(1, "web"), .time = clock.now()});
  EXPECT_TRUE(wait_until(
      [](const state::Snapshot& now) { return now.activity_of_job({"default", "web"}).blocked_evals == 1; }));
  add_ready_node(1);
  EXPECT_TRUE(wait_until([](const state::Snapshot& now) { return now.allocs().size() == 1; }));
}

TEST_F(ServerTest, PlansThatCollideArePlannedAgain) {
  // Room for 40 of 60, so that all of them want the same node at the same time.
  add_ready_node(1, 4000);
  for (uint64_t n = 1; n <= 60; ++n) {
    const std::string id = "job" + std::to_string(n);
    must(state::RegisterJob{.job = make_job(id), .eval = make_eval(n, id), .time = clock.now()});
  }
  EXPECT_TRUE(wait_until([](const state::Snapshot& now) {
    int64_t blocked = 0;
    for (const auto& entry : now.jobs()) blocked += now.activity_of_job(entry.key).blocked_evals;
    return now.allocs().size() == 40 && blocked == 20;
  }));
}

TEST_F(ServerTest, AnEmptyNodeIsDrainedAtOnce) {
  add_ready_node(1);
  must(state::UpdateNodeDrain{.node_id = node_id(1), .drain = model::DrainStrategy{}, .time = clock.now()});
  EXPECT_TRUE(wait_until([](const state::Snapshot& now) {
    const auto node = now.node(node_id(1));
    return !node->drain && node->last_drain->status == "complete";
  }));
}

TEST_F(ServerTest, AForcedCollectionRemovesADeadJob) {
  model::Job job = make_job("sum");
  job.type = model::JobType::Batch;
  must(state::RegisterJob{.job = job, .time = clock.now()});
  must(state::DeregisterJob{.ns = "default", .job_id = "sum", .eval = make_eval(1, "sum"), .time = clock.now()});
  ASSERT_TRUE(all_evals_end());
  EXPECT_TRUE(*net::run_to_end(loop, server->collect_garbage()));
  EXPECT_TRUE(server->snapshot()->jobs().empty());
}

TEST_F(ServerTest, APreviewSaysWhatWouldHappenAndWhen) {
  add_ready_node(1);
  model::Job job = make_job("web");
  const auto preview = server->preview(job);
  ASSERT_TRUE(preview);
  EXPECT_EQ(preview->desired_updates.at("web").place, 1u);
  EXPECT_FALSE(preview->next_periodic_launch);
  job.type = model::JobType::Batch;
  job.periodic = model::Periodic{.spec = "@hourly"};
  EXPECT_GT(server->preview(job)->next_periodic_launch, clock.now());
  EXPECT_TRUE(server->snapshot()->jobs().empty());
}

}  // namespace
}  // namespace drover::server
