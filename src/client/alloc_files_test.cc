#include "client/alloc_files.h"

#include "client/testing.h"
#include "sys/files.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace drover::client {
namespace {

namespace fs = std::filesystem;

struct Collector final : CallWriter {
  std::string type;
  std::string text;
  std::function<void(const std::string&)> on_write;

  net::Task<Status> begin(std::string content_type) override {
    type = std::move(content_type);
    co_return Ok{};
  }
  net::Task<Status> write(std::string bytes) override {
    text += bytes;
    if (on_write) on_write(text);
    co_return Ok{};
  }
  net::Task<Result<std::string>> read_input() override { co_return err(ErrorCode::Cancelled, "there is none"); }
};

class AllocFilesTest : public ::testing::Test {
 protected:
  AllocFilesTest() {
    fs::create_directories(root() + "/alloc/logs");
    fs::create_directories(root() + "/web/local");
    fs::create_directories(root() + "/web/secrets");
    put("alloc/logs/web.stdout.0", "one\n");
    put("alloc/logs/web.stdout.1", "two\n");
    put("web/local/data", "0123456789");
    put("web/secrets/token", "s3cret");
    loop.start();
    on_loop([&] { files.add(id, {.directory = root(), .tasks = {"web"}}); });
  }
  ~AllocFilesTest() override {
    loop.stop();
    loop.join();
  }

  std::string root() const { return dir.path() + "/" + id.str(); }
  void put(const std::string& path, const std::string& text) {
    ASSERT_TRUE(sys::append_file(root() + "/" + path, text));
  }
  void on_loop(std::function<void()> work) {
    struct Call {
      static net::Task<bool> run(std::function<void()> work) {
        work();
        co_return true;
      }
    };
    net::run_to_end(loop, Call::run(std::move(work)));
  }
  Result<std::string> call(rpc::CallRequest request) {
    request.alloc_id = id;
    Collector out;
    out.on_write = on_write;
    const auto done = net::run_to_end(loop, files.handle(std::move(request), out));
    if (!done || !*done) return err(done ? done->error() : Error(ErrorCode::Cancelled, "cancelled"));
    return out.text;
  }
  ErrorCode refusal(rpc::CallMethod method, const std::string& path) {
    const auto answer = call({.method = method, .path = path});
    EXPECT_FALSE(answer) << path;
    return answer ? ErrorCode::Internal : answer.error().code();
  }

  TestDir dir;
  model::AllocId id{Uuid{.hi = 1, .lo = 1}};
  net::Loop loop{"files"};
  net::BlockingPool pool{"files", 2};
  AllocFiles files{pool};
  std::function<void(const std::string&)> on_write;
};

TEST_F(AllocFilesTest, ListsADirectory) {
  const auto list = call({.method = rpc::CallMethod::FsList, .path = "web"});
  ASSERT_TRUE(list);
  EXPECT_NE(list->find("\"Name\":\"local\",\"IsDir\":true"), std::string::npos);
}

TEST_F(AllocFilesTest, DescribesAFile) {
  const auto stat = call({.method = rpc::CallMethod::FsStat, .path = "web/local/data"});
  ASSERT_TRUE(stat);
  EXPECT_NE(stat->find("\"Name\":\"data\",\"IsDir\":false,\"Size\":10,\"FileMode\":\"-rw-r--r--\""), std::string::npos);
}

TEST_F(AllocFilesTest, ReadsPartsOfAFile) {
  EXPECT_EQ(call({.method = rpc::CallMethod::FsCat, .path = "web/local/data"}).value_or(""), "0123456789");
  EXPECT_EQ(call({.method = rpc::CallMethod::FsReadAt, .path = "web/local/data", .offset = 3, .limit = 4}).value_or(""),
            "3456");
  EXPECT_EQ(call({.method = rpc::CallMethod::FsReadAt, .path = "/web/local/data", .offset = 99}).value_or("x"), "");
}

TEST_F(AllocFilesTest, SaysThatATasksOutputIsNotKept) {
  on_loop([&] { files.add(id, {.directory = root(), .tasks = {"web"}, .mute = {"web"}}); });
  const auto logs = call({.method = rpc::CallMethod::FsLogs, .task = "web", .follow = true});
  ASSERT_FALSE(logs);
  EXPECT_EQ(logs.error().code(), ErrorCode::NotFound);
  EXPECT_NE(logs.error().message().find("logs are disabled"), std::string::npos);
}

TEST_F(AllocFilesTest, StreamsFrames) {
  const auto frames =
      call({.method = rpc::CallMethod::FsStream, .path = "web/local/data", .origin = "end", .offset = 2});
  EXPECT_EQ(frames.value_or(""), "{\"Offset\":10,\"Data\":\"ODk=\",\"File\":\"web/local/data\"}\n");
}

// cases.md 51
TEST_F(AllocFilesTest, RefusesWhatLiesOutside) {
  ASSERT_NO_FATAL_FAILURE(fs::create_symlink("/etc/passwd", root() + "/web/local/link"));
  for (const char* path : {"../x", "../../../etc/passwd", "web/../../x", "web/local/link"}) {
    EXPECT_FALSE(call({.method = rpc::CallMethod::FsCat, .path = path})) << path;
  }
}

TEST_F(AllocFilesTest, RefusesSecretsHoweverTheyAreNamed) {
  fs::create_symlink("../secrets", root() + "/web/local/link");
  for (const char* path : {"web/secrets/token", "/web//secrets/token", "web/local/../secrets/token",
                           "web/local/link/token", "web/local/link"}) {
    const auto method = std::string_view(path).ends_with("token") ? rpc::CallMethod::FsCat : rpc::CallMethod::FsList;
    EXPECT_EQ(refusal(method, path), ErrorCode::PermissionDenied) << path;
  }
  EXPECT_EQ(refusal(rpc::CallMethod::FsStat, "web/secrets/token"), ErrorCode::PermissionDenied);
}

// cases.md 51
TEST_F(AllocFilesTest, DoesNotHangOnAFifo) {
  ASSERT_EQ(::system(("mkfifo " + root() + "/web/local/fifo").c_str()), 0);
  EXPECT_FALSE(call({.method = rpc::CallMethod::FsCat, .path = "web/local/fifo"}));
}

TEST_F(AllocFilesTest, ReadsLogsAcrossFiles) {
  rpc::CallRequest request{.method = rpc::CallMethod::FsLogs, .task = "web", .log_type = "stdout", .plain = true};
  EXPECT_EQ(call(request).value_or(""), "one\ntwo\n");
  request.origin = "end";
  request.offset = 6;
  EXPECT_EQ(call(request).value_or(""), "e\ntwo\n");
}

TEST_F(AllocFilesTest, GoesOnWithLogsWhereAFrameEnded) {
  rpc::CallRequest request{.method = rpc::CallMethod::FsLogs, .path = "alloc/logs/web.stdout.0", .task = "web"};
  request.offset = 2;
  request.plain = true;
  EXPECT_EQ(call(request).value_or(""), "e\ntwo\n");
  request.offset = 4;
  EXPECT_EQ(call(request).value_or(""), "two\n");
  request.path = "alloc/logs/web.stderr.0";
  EXPECT_EQ(call(request).error().code(), ErrorCode::InvalidArgument);
}

TEST_F(AllocFilesTest, FollowsLogsUntilTheAllocationGoes) {
  bool appended = false;
  on_write = [&](const std::string& text) {
    if (text.ends_with("two\n") && !appended) {
      appended = true;
      put("alloc/logs/web.stdout.2", "three\n");
    }
    if (text.ends_with("three\n")) files.remove(id);
  };
  const auto text = call({.method = rpc::CallMethod::FsLogs, .task = "web", .follow = true, .plain = true});
  EXPECT_EQ(text.value_or(""), "one\ntwo\nthree\n");
}

TEST_F(AllocFilesTest, ExplainsWhatIsNotThere) {
  EXPECT_EQ(call({.method = rpc::CallMethod::FsLogs, .task = "nope"}).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(call({.method = rpc::CallMethod::FsLogs, .task = "web", .log_type = "x"}).error().code(),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(call({.method = rpc::CallMethod::FsLogs, .task = "web", .log_type = "stderr"}).error().code(),
            ErrorCode::NotFound);
  EXPECT_EQ(refusal(rpc::CallMethod::FsCat, "nope"), ErrorCode::NotFound);
  EXPECT_EQ(call({.method = rpc::CallMethod::FsCat, .path = "web", .offset = -1}).error().code(),
            ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace drover::client
