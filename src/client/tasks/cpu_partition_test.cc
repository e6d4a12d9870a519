#include "client/tasks/cpu_partition.h"

#include "net/testing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace drover::client {
namespace {

using namespace std::chrono_literals;
using Places = std::vector<std::string>;

// Remembers where it was moved.
class FakeTask final : public drivers::RunningTask {
 public:
  const drivers::TaskHandle& handle() const override { return handle_; }
  net::Task<drivers::ExitResult> wait() override { co_return drivers::ExitResult(); }
  net::Task<Status> stop(drivers::StopOptions) override { co_return Ok{}; }
  net::Task<Status> signal(std::string) override { co_return Ok{}; }
  net::Task<Result<drivers::TaskStats>> stats() override { co_return drivers::TaskStats(); }
  net::Task<Result<drivers::ExecResult>> exec(drivers::ExecRequest) override { co_return drivers::ExecResult(); }
  net::Task<Status> destroy() override { co_return Ok{}; }

  net::Task<Status> confine(std::string cpus) override {
    co_await net::sleep_for(0ms);
    places.push_back(std::move(cpus));
    moved.notify();
    if (places.size() <= failures) co_return err(ErrorCode::Unavailable, "the daemon is away");
    co_return Ok{};
  }

  Places places;
  size_t failures = 0;
  net::Notifier moved;

 private:
  const drivers::TaskHandle handle_;
};

class CpuPartitionTest : public testing::Test {
 protected:
  CpuPartitionTest() { loop.start(); }
  ~CpuPartitionTest() override {
    loop.stop();
    loop.join();
  }

  void on_loop(std::function<void()> action) {
    const auto run = [](std::function<void()> what) -> net::Task<bool> {
      what();
      co_return true;
    };
    ASSERT_TRUE(net::run_to_end(loop, run(std::move(action))));
  }

  // Where the task was moved, once that has happened so often.
  Places places(size_t count) {
    const auto wait = [](FakeTask* task, size_t wanted) -> net::Task<Places> {
      while (task->places.size() < wanted) {
        const uint64_t seen = task->moved.version();
        if (!co_await task->moved.wait(seen, 30s)) break;
      }
      co_return task->places;
    };
    return net::run_to_end(loop, wait(task.get(), count)).value_or(Places());
  }

  net::Loop loop{"cpus"};
  CpuPartition partition{loop, {0, 1, 2, 3}};
  const std::shared_ptr<FakeTask> task = std::make_shared<FakeTask>();
};

TEST_F(CpuPartitionTest, SharesWhatNoTaskHasForItself) {
  on_loop([this] {
    const auto other = partition.take({});
    EXPECT_EQ(other->shared(), "");
    auto one = partition.take({1});
    EXPECT_EQ(other->shared(), "0,2-3");
    EXPECT_EQ(one->shared(), "");
    // The stages of an allocation have the same cores, one after the other.
    const auto next = partition.take({1});
    one.reset();
    EXPECT_EQ(other->shared(), "0,2-3");
    const auto rest = partition.take({0, 2});
    EXPECT_EQ(other->shared(), "3");
  });
}

TEST_F(CpuPartitionTest, LeavesNobodyWithoutCpus) {
  on_loop([this] {
    const auto all = partition.take({0, 1, 2, 3});
    EXPECT_EQ(partition.take({})->shared(), "");
  });
}

TEST_F(CpuPartitionTest, MovesTasksThatRun) {
  std::shared_ptr<CpuPartition::Place> other, own;
  on_loop([&] {
    other = partition.take({});
    other->follow(task, "");
    own = partition.take({2, 3});
  });
  EXPECT_EQ(places(1), Places{"0-1"});
  on_loop([&] { own.reset(); });
  EXPECT_EQ(places(2), (Places{"0-1", ""}));
  on_loop([&] { other.reset(); });
}

TEST_F(CpuPartitionTest, PutsATaskThatWasFoundAgainWhereItBelongs) {
  on_loop([&] {
    const auto other = partition.take({});
    other->follow(task, std::nullopt);
  });
  EXPECT_EQ(places(1), Places{""});
}

TEST_F(CpuPartitionTest, TriesAgainWhenTheDriverWasAway) {
  std::shared_ptr<CpuPartition::Place> other, own;
  on_loop([&] {
    task->failures = 2;
    other = partition.take({});
    own = partition.take({2, 3});
    other->follow(task, "");
  });
  EXPECT_EQ(places(3), (Places{"0-1", "0-1", "0-1"}));
  on_loop([&] { own.reset(); });
  EXPECT_EQ(places(4).back(), "");
}

TEST_F(CpuPartitionTest, LeavesAllWhereTheyAreWhenTheAgentGoes) {
  on_loop([this] {
    const auto other = partition.take({});
    auto own = partition.take({2, 3});
    other->follow(task, other->shared());
    partition.stop();
    own.reset();
  });
  EXPECT_EQ(places(0), Places());
}

}  // namespace
}  // namespace drover::client
