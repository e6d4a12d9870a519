#include "drivers/docker/docker_test_support.h"
#include "drivers/docker/image_load.h"
#include "net/http_server.h"

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using ::testing::HasSubstr;
using testing::json;

// An archive of `docker save` with two images, neither of which the daemon has.
class LoadTest : public testing::DockerTest {
 protected:
  static constexpr const char* kWanted = "drover-test-loaded:1";
  static constexpr const char* kOther = "drover-test-other:1";

  void SetUp() override {
    DockerTest::SetUp();
    if (IsSkipped()) return;
    std::filesystem::create_directories(root_ + "/web/local");
    const std::string image = kImage;
    const auto saved = sys::run_command({"sh", "-c",
                                         "set -e; docker tag " + image + " " + kWanted + "; docker tag " + image + " " +
                                             kOther + "; docker save -o " + root_ + "/web/local/images.tar " + kWanted +
                                             " " + kOther + "; docker rmi " + kWanted + " " + kOther});
    ASSERT_TRUE(saved && saved->status.ok()) << (saved ? saved->err : saved.error().message());
  }
  ~LoadTest() override {
    if (api_) std::ignore = run(api_->remove(std::string("/images/") + kOther));
  }

  TaskConfig loading(const std::string& archive, const char* image = kWanted) {
    auto config = json(R"({"command": "/bin/true"})");
    config.set("image", image);
    config.set("load", archive);
    return task_config("web", config);
  }
  std::string id_of(const char* image) {
    const auto found = run(api_->get(std::string("/images/") + image + "/json"));
    return found ? text_at(*found, "Id") : std::string();
  }
};

TEST_F(LoadTest, TakesItsImageFromAnArchiveAndNoOther) {
  restart_driver({.gc_image_delay = std::chrono::milliseconds(1)});
  const auto task = start(loading("images.tar"));
  ASSERT_TRUE(task) << task.error().message();
  EXPECT_EQ(events_.front().message, "Loading image");
  EXPECT_EQ(run((*task)->wait()).exit_code, 0);
  EXPECT_EQ(id_of(kOther), "");
  EXPECT_TRUE(run((*task)->destroy()));
  EXPECT_TRUE(eventually([&] { return id_of(kWanted).empty(); }));
}

TEST_F(LoadTest, LeavesTheNamesOfOthersWhereTheyWere) {
  const auto made = sys::run_command({"sh", "-c", "tar -c -T /dev/null | docker import - drover-test-other:1"});
  ASSERT_TRUE(made && made->status.ok());
  const std::string before = id_of(kOther);
  const auto task = start(loading("local/images.tar"));
  ASSERT_TRUE(task) << task.error().message();
  EXPECT_EQ(id_of(kOther), before);
}

TEST_F(LoadTest, SaysWhatIsWrongWithAnArchive) {
  EXPECT_THAT(start(loading("none.tar")).error().message(), HasSubstr("load \"none.tar\""));
  EXPECT_THAT(start(loading("images.tar", "drover-test-absent:1")).error().message(),
              HasSubstr("the archive has no image drover-test-absent:1"));
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/web/local/bad.tar", std::string(100'000, 'x')));
  const auto bad = start(loading("bad.tar"));
  ASSERT_FALSE(bad);
  EXPECT_FALSE(is_recoverable(bad.error())) << bad.error().message();
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/web/local/empty.tar", ""));
  EXPECT_THAT(start(loading("empty.tar")).error().message(), HasSubstr("the archive is empty"));
  std::filesystem::create_symlink("/etc/passwd", root_ + "/web/local/link.tar");
  EXPECT_FALSE(start(loading("link.tar")));
  EXPECT_FALSE(start(loading("../../../etc/passwd")));
}

class HungDaemonTest : public testing::DriverTest {};

TEST_F(HungDaemonTest, IsGivenUpWhenNothingMovesAnyMore) {
  net::Loop loop{"daemon"};
  loop.start();
  net::HttpServer daemon({.stream_bodies = true}, {&loop},
                         [](net::HttpRequest request) -> net::Task<net::HttpResponse> {
                           if (request.path == "/images/load") co_await net::sleep_for(std::chrono::hours(1));
                           co_return net::HttpResponse{.status = 200, .body = "[]"};
                         });
  const auto port = daemon.listen("127.0.0.1", 0);
  ASSERT_TRUE(port);
  const auto config = task_config("web", {});
  ASSERT_TRUE(sys::write_file_atomic(config.dirs.task + "/images.tar", std::string(32 << 20, 'x')));
  const auto api = *DockerApi::create(fmt::format("http://127.0.0.1:{}", *port));
  const auto loaded = run(load_image(context(), api, *parse_image_ref("busybox:1"), "images.tar", config.dirs.task,
                                     std::chrono::milliseconds(50)));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), ErrorCode::DeadlineExceeded);
  daemon.stop();
  loop.stop();
  loop.join();
}

}  // namespace
}  // namespace drover::drivers
