#include "api/outbox.h"

#include "net/loop.h"
#include "net/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::api {
namespace {

using ::testing::ElementsAre;

constexpr Duration kAtOnce{0};

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() { loop.start(); }
  ~OutboxTest() override {
    loop.stop();
    loop.join();
  }

  net::Loop loop{"test"};
  Outbox outbox;
};

net::Task<void> put_all(Outbox* outbox, size_t count, const std::string* message, size_t* put) {
  for (; *put < count; ++*put) co_await outbox->put(*message);
}

net::Task<void> take_all(Outbox* outbox, size_t count, const size_t* put, size_t* waiting) {
  for (int i = 0; i < 100; ++i) co_await net::yield_to_loop();
  *waiting = *put;
  for (size_t i = 0; i < count; ++i) EXPECT_TRUE(co_await outbox->take(net::kNoTimeout));
  co_await net::Event().wait();
}

net::Task<size_t> put_more_than_fits(Outbox* outbox) {
  const std::string message(Outbox::kMaxBytes / 4, 'x');
  size_t put = 0, waiting = 0;
  co_await net::run_either(put_all(outbox, 20, &message, &put), take_all(outbox, 20, &put, &waiting));
  EXPECT_EQ(put, 20u);
  co_return waiting;
}

TEST_F(OutboxTest, WhoPutsWaitsForRoom) {
  EXPECT_EQ(net::run_to_end(loop, put_more_than_fits(&outbox)), 4u);
}

net::Task<std::vector<std::string>> take_what_there_is(Outbox* outbox) {
  co_await outbox->put("one");
  co_await outbox->put("two");
  outbox->close(1000, "done");
  outbox->close(1011, "too late");
  co_await outbox->put("dropped");
  std::vector<std::string> out;
  while (auto message = co_await outbox->take(net::kNoTimeout)) out.push_back(std::move(*message));
  co_return out;
}

TEST_F(OutboxTest, WhatWasPutBeforeTheClosingIsTaken) {
  EXPECT_THAT(net::run_to_end(loop, take_what_there_is(&outbox)).value(), ElementsAre("one", "two"));
  ASSERT_TRUE(outbox.closed());
  EXPECT_EQ(outbox.closed()->code, 1000);
  EXPECT_EQ(outbox.closed()->reason, "done");
}

net::Task<bool> take_nothing(Outbox* outbox) {
  const auto message = co_await outbox->take(kAtOnce);
  co_return !message && !outbox->closed();
}

TEST_F(OutboxTest, PatienceEnds) {
  EXPECT_TRUE(net::run_to_end(loop, take_nothing(&outbox)).value());
}

}  // namespace
}  // namespace drover::api
