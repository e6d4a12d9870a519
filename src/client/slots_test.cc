#include "client/slots.h"

#include "net/loop.h"
#include "net/testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace drover::client {
namespace {

using namespace std::chrono_literals;

struct Counts {
  size_t now = 0;
  size_t most = 0;
  size_t done = 0;
  net::Event all_done;
};

net::Task<void> use_slot(Slots* slots, Counts* counts, size_t expected) {
  {
    const auto slot = co_await slots->take();
    counts->most = std::max(counts->most, ++counts->now);
    co_await net::sleep_for(1ms);
    counts->now--;
  }
  if (++counts->done == expected) counts->all_done.set();
}

net::Task<bool> wait_for(net::Event event) {
  co_return co_await event.wait(10s);
}

TEST(Slots, LetsSoManyInAtOnceAndAllInTheEnd) {
  net::Loop loop("slots");
  loop.start();
  Slots slots(3);
  Counts counts;
  for (int i = 0; i < 20; i++) loop.spawn("user", use_slot(&slots, &counts, 20));
  EXPECT_TRUE(net::run_to_end(loop, wait_for(counts.all_done)).value_or(false));
  EXPECT_EQ(counts.most, 3u);
  loop.stop();
  loop.join();
}

TEST(Slots, LosesNoneToThoseWhoGiveUpWaiting) {
  net::Loop loop("slots");
  loop.start();
  Slots slots(1);
  Counts counts;
  std::vector<net::Spawned> users;
  for (int i = 0; i < 10; i++) users.push_back(loop.spawn("user", use_slot(&slots, &counts, 100)));
  for (size_t i = 1; i < 10; i += 2) users[i].cancel();
  Counts after;
  loop.spawn("user", use_slot(&slots, &after, 1));
  EXPECT_TRUE(net::run_to_end(loop, wait_for(after.all_done)).value_or(false));
  loop.stop();
  loop.join();
}

}  // namespace
}  // namespace drover::client
