#include "net/loop.h"

#include "net/testing.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace drover::net {
namespace {

using std::chrono::milliseconds;

struct LoopTest : testing::Test {
  Loop loop{"test"};
  void SetUp() override { loop.start(); }
};

Task<int> answer_after_sleep() {
  co_await sleep_for(milliseconds(1));
  co_return 42;
}

Task<void> wait_forever(std::shared_ptr<std::promise<void>> started, std::shared_ptr<std::atomic<int>> ended) {
  struct Count {
    std::atomic<int>& n;
    ~Count() { ++n; }
  };
  const Count count{*ended};
  started->set_value();
  while (true) co_await sleep_for(std::chrono::hours(1));
}

TEST_F(LoopTest, RunsPostedFunctionsInOrderOnItsThread) {
  std::promise<std::vector<int>> done;
  auto seen = std::make_shared<std::vector<int>>();
  for (int i = 0; i < 3; ++i) {
    loop.post("count", [&, seen, i] {
      EXPECT_TRUE(loop.on_thread());
      seen->push_back(i);
      if (i == 2) done.set_value(*seen);
    });
  }
  EXPECT_EQ(done.get_future().get(), (std::vector<int>{0, 1, 2}));
  EXPECT_FALSE(loop.on_thread());
}

TEST_F(LoopTest, CountsHandlersByName) {
  std::promise<void> done;
  loop.post("named", [] {});
  loop.post("named", [] {});
  loop.post("last", [&] { done.set_value(); });
  done.get_future().wait();
  const auto stats = loop.stats();
  const auto named = std::find_if(stats.begin(), stats.end(), [](const auto& s) { return s.name == "named"; });
  ASSERT_NE(named, stats.end());
  EXPECT_EQ(named->count, 2u);
}

TEST_F(LoopTest, FiresTimersInOrder) {
  std::promise<std::string> done;
  auto seen = std::make_shared<std::string>();
  loop.after(milliseconds(20), "b", [&, seen] { done.set_value(*seen + "b"); });
  loop.after(milliseconds(1), "a", [seen] { *seen += "a"; });
  EXPECT_EQ(done.get_future().get(), "ab");
}

TEST_F(LoopTest, DoesNotFireACancelledTimer) {
  std::promise<void> done;
  std::atomic<bool> fired = false;
  Timer timer = loop.after(milliseconds(10), "never", [&] { fired = true; });
  timer.cancel();
  timer.cancel();
  loop.after(milliseconds(30), "end", [&] { done.set_value(); });
  done.get_future().wait();
  EXPECT_FALSE(fired);
}

TEST_F(LoopTest, RunsTasks) {
  EXPECT_EQ(run_to_end(loop, answer_after_sleep()), 42);
}

TEST_F(LoopTest, UnwindsACancelledTask) {
  auto started = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::atomic<int>>(0);
  Spawned task = loop.spawn("forever", wait_forever(started, ended));
  started->get_future().wait();
  task.cancel();
  loop.stop();
  loop.join();
  EXPECT_EQ(*ended, 1);
  task.cancel();
}

TEST_F(LoopTest, StopCancelsTasksAndTimers) {
  auto started = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::atomic<int>>(0);
  std::atomic<bool> fired = false;
  loop.spawn("forever", wait_forever(started, ended));
  Timer timer = loop.after(std::chrono::hours(1), "never", [&] { fired = true; });
  started->get_future().wait();
  loop.stop();
  loop.stop();
  loop.join();
  EXPECT_EQ(*ended, 1);
  EXPECT_FALSE(fired);
  timer.cancel();
  loop.post("late", [&] { fired = true; });
  EXPECT_FALSE(fired);
}

TEST(Loop, StartsAndStopsAHundredTimes) {
  BlockingPool pool("pool", 2);
  for (int i = 0; i < 100; ++i) {
    auto started = std::make_shared<std::promise<void>>();
    auto ended = std::make_shared<std::atomic<int>>(0);
    Timer timer;
    Spawned spawned;
    {
      Loop loop("loop");
      if (i % 3 != 0) loop.start();
      spawned = loop.spawn("forever", wait_forever(started, ended));
      timer = loop.after(std::chrono::hours(1), "never", [] {});
      loop.post("nothing", [] {});
      if (i % 3 == 1) started->get_future().wait();
    }
    timer.cancel();
    spawned.cancel();
    if (i % 3 == 1) EXPECT_EQ(*ended, 1);
  }
}

TEST(Loop, DropsWhatIsPostedAfterItsEnd) {
  auto token = std::make_shared<int>(1);
  Loop loop("loop");
  loop.start();
  loop.stop();
  loop.join();
  loop.post("late", [token] {});
  auto started = std::make_shared<std::promise<void>>();
  loop.spawn("late", wait_forever(started, std::make_shared<std::atomic<int>>(0)));
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(started.use_count(), 1);
}

TEST(Loop, DestroysWhatNeverRan) {
  auto token = std::make_shared<int>(1);
  {
    Loop loop("never started");
    loop.post("x", [token] {});
    loop.after(milliseconds(1), "y", [token] {});
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace drover::net
