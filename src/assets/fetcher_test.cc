#include "assets/fetcher.h"

#include "assets/helper.h"
#include "assets/scripted_server.h"
#include "sys/users.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <future>

namespace drover::assets {
namespace {

// With real helper processes: this program, see main() below.
class FetcherTest : public testing::Test {
 protected:
  FetcherTest() {
    std::string path = "/tmp/drover-fetcher-XXXXXX";
    root_ = ::mkdtemp(path.data());  // 0700: nobody reaches what is in it
    loop_.start();
    fetcher_ = std::make_unique<Fetcher>(loop_, FetcherOptions{});
    EXPECT_TRUE(sys::Directory::create(root_ + "/task"));
  }
  ~FetcherTest() override {
    std::promise<void> gone;
    loop_.post("test end", [&] {
      fetcher_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
    loop_.stop();
    loop_.join();
    std::ignore = sys::Directory::open(root_).value().remove_tree("");
    ::rmdir(root_.c_str());
  }

  net::Spawned start(FetchRequest request, std::promise<Status>& done) {
    const auto run = [](Fetcher* fetcher, FetchRequest what, FetchPlace place,
                        std::promise<Status>* out) -> net::Task<void> {
      auto status = co_await fetcher->fetch(std::move(what), std::move(place), [](const Progress&) {});
      out->set_value(std::move(status));
    };
    FetchPlace place{
        .work = root_ + "/.fetch.t", .root = root_ + "/task", .root_label = "task directory", .destination = "local/"};
    return loop_.spawn("test fetch", run(fetcher_.get(), std::move(request), std::move(place), &done));
  }
  Status fetch(FetchRequest request) {
    std::promise<Status> done;
    start(std::move(request), done);
    return done.get_future().get();
  }
  std::string read(const std::string& path) {
    return sys::Directory::open(root_).value().read(path).value_or("(none)");
  }
  bool work_is_gone() { return !sys::Directory::open(root_).value().exists(".fetch.t"); }

  std::string root_;
  net::Loop loop_{"test"};
  std::unique_ptr<Fetcher> fetcher_;
};

TEST_F(FetcherTest, BringsAFileToItsDestination) {
  const ScriptedServer server([](const std::string&) { return reply("200 OK", "bytes"); });
  const auto fetched = fetch({.source = server.url() + "/app"});
  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(read("task/local/app"), "bytes");
  EXPECT_TRUE(work_is_gone());
  const auto info = sys::Directory::open(root_)->stat("task/local/app").value();
  EXPECT_EQ(info.uid, sys::current_uid());
  EXPECT_EQ(info.mode, 0644U);
}

TEST_F(FetcherTest, TellsWhatTheHelperMet) {
  const ScriptedServer server([](const std::string&) { return reply("404 Not Found", ""); });
  const auto fetched = fetch({.source = server.url() + "/app"});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().message(), "404 Not Found");
  EXPECT_TRUE(work_is_gone());
}

TEST_F(FetcherTest, CancelledDownloadsAreKilled) {
  std::promise<void> asked;
  const ScriptedServer server([&](const std::string&) {
    asked.set_value();
    return std::string("HTTP/1.1 200 OK\r\n\r\n") + ScriptedServer::kEndless;
  });
  std::promise<Status> done;
  auto download = start({.source = server.url() + "/app"}, done);
  asked.get_future().wait();
  download.cancel();
  std::promise<void> gone;
  loop_.post("test", [&] {
    fetcher_.reset();  // joins the thread that kills the helper
    gone.set_value();
  });
  gone.get_future().wait();
  EXPECT_TRUE(work_is_gone());
}

}  // namespace
}  // namespace drover::assets

// This program is the helper, too, as the agent's is.
int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == drover::assets::kHelperArgument) return drover::assets::run_helper();
  if (argc == 2 && argv[1] == drover::assets::kAssetHelperArgument) return drover::assets::run_asset_helper();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
