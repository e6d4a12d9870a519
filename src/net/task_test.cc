#include "net/task.h"

#include "net/loop.h"
#include "net/testing.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace drover::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

struct TaskTest : testing::Test {
  Loop loop{"test"};
  void SetUp() override { loop.start(); }
};

Task<Result<int>> slow_answer(Duration delay) {
  co_await sleep_for(delay);
  co_return 42;
}

Task<Result<int>> failing_answer() {
  co_return err(ErrorCode::NotFound, "no answer");
}

Task<Result<int>> nested_timeouts() {
  const auto inner = co_await with_timeout(milliseconds(5), "inner", slow_answer(hours(1)));
  if (inner || inner.error().code() != ErrorCode::DeadlineExceeded) co_return err(ErrorCode::Internal, "inner");
  const auto outer =
      co_await with_timeout(milliseconds(5), "outer", with_timeout(hours(1), "inner", slow_answer(hours(1))));
  if (outer || outer.error().message() != "outer took longer than 5 ms") co_return err(ErrorCode::Internal, "outer");
  co_return 1;
}

TEST_F(TaskTest, WithTimeoutPassesTheResultOn) {
  EXPECT_EQ(run_to_end(loop, with_timeout(hours(1), "x", slow_answer(milliseconds(1))))->value(), 42);
  EXPECT_EQ(run_to_end(loop, with_timeout(kNoTimeout, "x", slow_answer(milliseconds(1))))->value(), 42);
  EXPECT_EQ(run_to_end(loop, with_timeout(hours(1), "x", failing_answer()))->error().message(), "no answer");
}

TEST_F(TaskTest, WithTimeoutCancelsWhatTakesTooLong) {
  const auto result = run_to_end(loop, with_timeout(milliseconds(5), "x", slow_answer(hours(1))));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->error().code(), ErrorCode::DeadlineExceeded);
  EXPECT_EQ(run_to_end(loop, nested_timeouts())->value(), 1);
}

Task<void> timeout_forever(std::shared_ptr<std::atomic<bool>> went_on) {
  const auto result = co_await with_timeout(hours(1), "x", slow_answer(hours(1)));
  if (!result) *went_on = true;
}

TEST_F(TaskTest, CancellationReachesThroughWithTimeout) {
  auto went_on = std::make_shared<std::atomic<bool>>(false);
  Spawned task = loop.spawn("x", timeout_forever(went_on));
  task.cancel();
  loop.stop();
  loop.join();
  EXPECT_EQ(went_on.use_count(), 1);
  EXPECT_FALSE(*went_on);
}

TEST_F(TaskTest, EventWakesItsWaiterFromAnotherThread) {
  const Event event;
  std::thread setter([event] { event.set(); });
  EXPECT_EQ(run_to_end(loop, event.wait(hours(1))), true);
  setter.join();
}

TEST_F(TaskTest, EventRemembersASetAndIsUnsetByTheWait) {
  const Event event;
  event.set();
  event.set();
  EXPECT_EQ(run_to_end(loop, event.wait(hours(1))), true);
  EXPECT_EQ(run_to_end(loop, event.wait(milliseconds(2))), false);
}

TEST_F(TaskTest, EventSetAfterTheLoopIsGoneIsHarmless) {
  const Event event;
  {
    Loop other("other");
    other.start();
    std::promise<void> waiting;
    struct Waiter {
      static Task<void> run(Event e, std::promise<void>* waiting) {
        waiting->set_value();
        co_await e.wait();
      }
    };
    other.spawn("waiter", Waiter::run(event, &waiting));
    waiting.get_future().wait();
  }
  event.set();
}

Task<void> ping_pong(Event mine, Event theirs, int rounds, std::shared_ptr<std::promise<void>> done) {
  for (int i = 0; i < rounds; ++i) {
    const bool set = co_await mine.wait(hours(1));
    if (!set) break;
    theirs.set();
  }
  done->set_value();
}

TEST_F(TaskTest, EventsNeverLoseASetBetweenLoops) {
  Loop other("other");
  other.start();
  const Event a;
  const Event b;
  auto done_a = std::make_shared<std::promise<void>>();
  auto done_b = std::make_shared<std::promise<void>>();
  loop.spawn("a", ping_pong(a, b, 2000, done_a));
  other.spawn("b", ping_pong(b, a, 2000, done_b));
  a.set();
  done_a->get_future().wait();
  done_b->get_future().wait();
}

Task<bool> wait_on(Notifier* notifier, uint64_t seen, Duration timeout) {
  const bool notified = co_await notifier->wait(seen, timeout);
  co_return notified;
}

Task<void> count_wakes(Notifier* notifier, std::shared_ptr<std::atomic<int>> ready, std::shared_ptr<std::atomic<int>> n,
                       Event all) {
  ++*ready;
  const bool notified = co_await notifier->wait(0, hours(1));
  if (notified && ++*n == 5000) all.set();
}

TEST_F(TaskTest, NotifierWakesFiveThousandWaitersOnTwoLoops) {
  Loop other("other");
  other.start();
  Notifier notifier;
  const Event all;
  auto ready = std::make_shared<std::atomic<int>>(0);
  auto woken = std::make_shared<std::atomic<int>>(0);
  for (int i = 0; i < 5000; ++i) {
    (i % 2 ? loop : other).spawn("waiter", count_wakes(&notifier, ready, woken, all));
  }
  notifier.notify();
  EXPECT_EQ(run_to_end(loop, all.wait(hours(1))), true);
  EXPECT_EQ(*woken, 5000);
}

TEST_F(TaskTest, NotifierMissesNothingAndTimesOut) {
  Notifier notifier;
  EXPECT_EQ(notifier.version(), 0u);
  notifier.notify();
  EXPECT_EQ(run_to_end(loop, wait_on(&notifier, 0, hours(1))), true);
  EXPECT_EQ(run_to_end(loop, wait_on(&notifier, 1, milliseconds(2))), false);
}

Task<std::string> read_blocking(BlockingPool* pool, Loop* loop) {
  const auto here = std::this_thread::get_id();
  std::function<std::string()> work = [here] { return std::this_thread::get_id() == here ? "loop" : "pool"; };
  std::string where = co_await run_blocking(*pool, work);
  co_return loop->on_thread() ? where : "lost";
}

TEST_F(TaskTest, RunBlockingLeavesAndComesBack) {
  BlockingPool pool("pool", 2);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(run_to_end(loop, read_blocking(&pool, &loop)), "pool");
  pool.stop();
  EXPECT_EQ(run_to_end(loop, read_blocking(&pool, &loop)), "loop");
}

TEST_F(TaskTest, ALoopThatStopsWaitsForBlockingWork) {
  BlockingPool pool("pool", 1);
  std::promise<void> started;
  std::promise<void> go_on;
  std::atomic<bool> finished = false;
  struct Runner {
    static Task<void> run(BlockingPool* pool, std::function<void()> work) { co_await pool->run(work); }
  };
  loop.spawn("blocking", Runner::run(&pool, [&] {
               started.set_value();
               go_on.get_future().wait();
               finished = true;
             }));
  started.get_future().wait();
  loop.stop();
  go_on.set_value();
  loop.join();
  EXPECT_TRUE(finished);
}

Task<Result<int>> two_hundred_thousand_awaits() {
  int sum = 0;
  for (int i = 0; i < 200'000; ++i) {
    const Result<int> one = co_await failing_answer();
    sum += one ? 0 : 1;
  }
  co_return sum;
}

TEST_F(TaskTest, AwaitsInALoopDoNotGrowTheStack) {
  EXPECT_EQ(run_to_end(loop, two_hundred_thousand_awaits())->value(), 200'000);
}

}  // namespace
}  // namespace drover::net
