#include "server/state_writer.h"

#include "state/test_cluster.h"
#include "store/memory_engine.h"

#include <future>
#include <thread>

namespace drover::server {
namespace {

using state::Table;
using store::MemoryEngine;
using namespace state::testing;

constexpr int kEnough = 200;

state::Command job_command(const std::string& id) {
  return make_command(state::RegisterJob{.job = make_job(id)});
}

state::Snapshot load(store::Engine& engine) {
  state::SnapshotLoader loader;
  const auto index = engine.load([&](store::TableId table, std::string_view key, std::string_view value) {
    return loader.add(static_cast<Table>(table), key, value);
  });
  EXPECT_TRUE(index);
  auto snapshot = loader.finish(*index);
  EXPECT_TRUE(snapshot);
  return *snapshot;
}

class WriterTest : public ::testing::Test {
 protected:
  ~WriterTest() override {
    if (writer) writer->stop();
  }
  void start(StateWriterOptions options = {}) {
    writer = std::make_unique<StateWriter>(engine, load(engine), watch, clock, options);
    writer->start();
  }
  void restart() {
    writer->stop();
    engine.restart();
    start();
  }

  SystemClock clock;
  MemoryEngine engine{state::kTableCount};
  WatchIndex watch;
  std::unique_ptr<StateWriter> writer;
};

TEST_F(WriterTest, WhatItAnsweredIsVisibleAndSurvivesARestart) {
  start();
  const auto reply = writer->submit_and_wait(job_command("web"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->index, 1u);
  EXPECT_TRUE(writer->snapshot()->job({"default", "web"}));
  const std::string before = dump(*writer->snapshot());
  restart();
  EXPECT_EQ(dump(*writer->snapshot()), before);
}

TEST_F(WriterTest, AnswersAFailedCommandWithoutAWrite) {
  start();
  const auto reply = writer->submit_and_wait(make_command(state::DeregisterJob{.ns = "default", .job_id = "nope"}));
  EXPECT_EQ(reply.error().code(), ErrorCode::NotFound);
  EXPECT_EQ(engine.usage().writes, 0u);
  EXPECT_EQ(writer->counters().failed_commands, 1u);
}

TEST_F(WriterTest, WritesQueuedCommandsInOneBatch) {
  writer = std::make_unique<StateWriter>(engine, state::Snapshot(), watch, clock);
  std::atomic<int> answered = 0;
  for (int i = 0; i < kEnough; ++i) {
    writer->submit(job_command("job" + std::to_string(i)), [&](auto reply) { answered += reply ? 1 : 0; });
  }
  writer->start();
  ASSERT_TRUE(writer->submit_and_wait(job_command("last")));
  EXPECT_EQ(answered, kEnough);
  EXPECT_LE(engine.usage().writes, 2u);
  EXPECT_EQ(writer->snapshot()->index(), kEnough + 1u);
}

TEST_F(WriterTest, AFullDiskRefusesWritesKeepsTheStateAndRecovers) {  // cases.md 19
  start();
  ASSERT_TRUE(writer->submit_and_wait(job_command("a")));
  engine.fail_next_write(MemoryEngine::Fault::DiskFull, 2);
  for (int i = 0; i < 2; ++i) {
    const auto refused = writer->submit_and_wait(job_command("b"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::ResourceExhausted);
    EXPECT_FALSE(writer->snapshot()->job({"default", "b"}));
    EXPECT_EQ(writer->snapshot()->index(), 1u);
  }
  const auto reply = writer->submit_and_wait(job_command("b"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->index, 2u);
  EXPECT_EQ(writer->counters().refused_writes, 2u);
  const std::string before = dump(*writer->snapshot());
  restart();
  EXPECT_EQ(dump(*writer->snapshot()), before);
}

TEST_F(WriterTest, AnyOtherFailedWriteEndsTheProcess) {  // cases.md 20
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        engine.fail_next_write(MemoryEngine::Fault::WriteError);
        start();
        (void)writer->submit_and_wait(job_command("a"));
      },
      "durable write failed");
}

TEST_F(WriterTest, RefusesMoreThanItsQueueHolds) {
  writer = std::make_unique<StateWriter>(engine, state::Snapshot(), watch, clock, StateWriterOptions{.max_queued = 1});
  int cancelled = 0;
  writer->submit(job_command("a"), [&](auto reply) { cancelled += reply.error().code() == ErrorCode::Cancelled; });
  const auto refused = writer->submit_and_wait(job_command("b"));
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  writer->stop();
  EXPECT_EQ(cancelled, 1) << "never started: what waits is cancelled";
  EXPECT_EQ(writer->submit_and_wait(job_command("c")).error().code(), ErrorCode::Cancelled);
}

TEST(StateWriter, CutsBatchesToWhatTheEngineTakes) {
  // A registration changes 2 rows (job and table indexes): the engine takes at most 6 rows a write.
  MemoryEngine engine(state::kTableCount, {.changes = 6, .bytes = 1 << 20});
  SystemClock clock;
  WatchIndex watch;
  StateWriter writer(engine, state::Snapshot(), watch, clock);
  int answered = 0;
  for (int i = 0; i < 20; ++i) {
    writer.submit(job_command("job" + std::to_string(i)), [&](auto reply) { answered += reply ? 1 : 0; });
  }
  std::vector<model::Evaluation> evals;
  for (uint64_t n = 1; n <= 4; ++n) evals.push_back(make_eval(n, "job1"));
  bool fits = false, too_large = false;
  writer.submit(make_command(state::UpsertEvals{.evals = evals}), [&](auto reply) { fits = reply.has_value(); });
  for (uint64_t n = 5; n <= 9; ++n) evals.push_back(make_eval(n, "job1"));
  writer.submit(make_command(state::UpsertEvals{.evals = evals}),
                [&](auto reply) { too_large = !reply && reply.error().code() == ErrorCode::InvalidArgument; });
  writer.start();
  ASSERT_TRUE(writer.submit_and_wait(job_command("last")));
  writer.stop();
  EXPECT_EQ(answered, 20);
  EXPECT_TRUE(fits);
  EXPECT_TRUE(too_large);
  EXPECT_FALSE(writer.snapshot()->eval(eval_id(5)));
  engine.restart();
  EXPECT_EQ(dump(load(engine)), dump(*writer.snapshot()));
}

TEST_F(WriterTest, ManyThreadsSeeTheirOwnWritesWhileOthersRead) {
  start();
  std::vector<std::thread> threads;
  std::atomic<bool> done = false;
  std::atomic<int> woken = 0;
  std::thread reader([&] {
    uint64_t seen = 0;
    while (!done) {
      const auto snapshot = writer->snapshot();
      EXPECT_GE(snapshot->index(), seen);
      seen = snapshot->index();
      size_t rows = 0;
      for (const auto& entry : snapshot->jobs()) rows += entry.value->modify_index > 0 ? 1 : 0;
      EXPECT_EQ(rows, snapshot->jobs().size());
      const auto registration = watch.wait({Table::Jobs}, seen, [&] { ++woken; });
    }
  });
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEnough / 4; ++i) {
        const std::string id = "job-" + std::to_string(t) + "-" + std::to_string(i);
        const auto reply = writer->submit_and_wait(job_command(id));
        ASSERT_TRUE(reply);
        ASSERT_TRUE(writer->snapshot()->job({"default", id}));
        ASSERT_GE(writer->snapshot()->index(), reply->index);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  done = true;
  reader.join();
  EXPECT_EQ(writer->snapshot()->jobs().size(), static_cast<size_t>(kEnough));
}

TEST_F(WriterTest, AWaiterIsWokenWhenTheChangeIsVisible) {
  start();
  std::promise<bool> visible;
  const auto registration =
      watch.wait({Table::Jobs}, 0, [&] { visible.set_value(writer->snapshot()->job({"default", "web"}) != nullptr); });
  ASSERT_TRUE(writer->submit_and_wait(job_command("web")));
  EXPECT_TRUE(visible.get_future().get());
}

// cases.md 35: whoever wrote does not wait for those whom the change wakes.
TEST_F(WriterTest, AnswersBeforeItWakesFiveThousandWaiters) {
  start();
  std::atomic<int> woken = 0;
  std::vector<WatchIndex::Registration> registrations;
  for (int i = 0; i < 5000; ++i) registrations.push_back(watch.wait({Table::Jobs}, 0, [&] { ++woken; }));
  std::promise<int> woken_before_the_answer;
  writer->submit(job_command("web"), [&](auto) { woken_before_the_answer.set_value(woken); });
  EXPECT_EQ(woken_before_the_answer.get_future().get(), 0);
  EXPECT_TRUE(writer->submit_and_wait(job_command("next"))) << "all have been called when the next one is answered";
  EXPECT_EQ(woken, 5000);
}

TEST_F(WriterTest, StopAnswersEverySubmission) {
  for (int round = 0; round < 20; ++round) {
    WatchIndex own_watch;
    MemoryEngine own_engine(state::kTableCount);
    StateWriter own(own_engine, state::Snapshot(), own_watch, clock);
    own.start();
    std::atomic<int> answered = 0;
    std::thread feeder([&] {
      for (int i = 0; i < kEnough; ++i) own.submit(job_command("j" + std::to_string(i)), [&](auto) { ++answered; });
    });
    own.stop();
    feeder.join();
    EXPECT_EQ(answered, kEnough);
    own.stop();
  }
}

}  // namespace
}  // namespace drover::server
