#include "client/prefetch.h"

#include "net/testing.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace drover::client {
namespace {

class MarketPrefetchTest : public ::testing::Test {
 protected:
  MarketPrefetchTest() { loop.start(); }
  ~MarketPrefetchTest() override {
    on_loop([&] { prefetch.reset(); });
    loop.stop();
    loop.join();
  }
  void on_loop(std::function<void()> work) {
    std::promise<void> done;
    loop.post("test", [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  void begin(FetchRequirements fetch) {
    on_loop([&] {
      prefetch =
          std::make_unique<MarketPrefetch>(loop, std::move(fetch), [&](const std::string& id, const std::string& note) {
            reports.push_back(id + "|" + note);
            if (!id.empty()) here.set_value(id);
          });
    });
  }

  net::Loop loop{"prefetch"};
  std::unique_ptr<MarketPrefetch> prefetch;
  std::vector<std::string> reports;
  std::promise<std::string> here;
};

TEST_F(MarketPrefetchTest, TriesAgainUntilEverythingIsHereAndThenSaysSo) {
  int tries = 0;
  begin([&](rpc::Requirements) -> net::Task<Status> {
    if (++tries == 1) co_return err(ErrorCode::Unavailable, "the registry is away");
    co_return Ok{};
  });
  on_loop([&] { prefetch->require(rpc::Requirements{.id = "a", .images = {"busybox"}}); });
  EXPECT_EQ(here.get_future().get(), "a");
  on_loop([&] {
    EXPECT_EQ(reports, (std::vector<std::string>{"|fetching 1 images and 0 resources", "|the registry is away", "a|"}));
    prefetch->require(rpc::Requirements{.id = "a"});  // nothing new
    EXPECT_EQ(reports.size(), 3u);
    prefetch->require(std::nullopt);
    EXPECT_EQ(reports.back(), "|");
  });
}

TEST_F(MarketPrefetchTest, WhatIsRequiredNoLongerIsLetGo) {
  std::vector<std::string> fetched;
  std::promise<void> let_go;
  begin([&](rpc::Requirements requirements) -> net::Task<Status> {
    fetched.push_back(requirements.id);
    if (fetched.size() == 2) let_go.set_value();
    co_return Ok{};
  });
  on_loop([&] { prefetch->require(rpc::Requirements{.id = "a", .images = {"busybox"}}); });
  here.get_future().wait();
  on_loop([&] { prefetch->require(std::nullopt); });
  let_go.get_future().wait();
  EXPECT_EQ(fetched, (std::vector<std::string>{"a", ""}));
}

// The node may have left its market while the agent did not run.
TEST_F(MarketPrefetchTest, ANodeWithoutRequirementsLetsGoOfOldOnesOnceAndReportsNothing) {
  int let_go = 0;
  std::promise<void> done;
  begin([&](rpc::Requirements) -> net::Task<Status> {
    if (++let_go == 1) done.set_value();
    co_return Ok{};
  });
  on_loop([&] { prefetch->require(std::nullopt); });
  done.get_future().wait();
  on_loop([&] {
    prefetch->require(std::nullopt);
    EXPECT_TRUE(reports.empty());
  });
  EXPECT_EQ(let_go, 1);
}

}  // namespace
}  // namespace drover::client
