#include "client/hooks/artifacts.h"

#include "assets/wire.h"
#include "sys/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <future>

namespace drover::client {
namespace {

const drivers::TaskDirs kDirs = {
    .alloc = "/d/1/alloc", .task = "/d/1/web", .local = "/d/1/web/local", .secrets = "/d/1/web/secrets"};

std::string resolved(std::string_view destination) {
  const auto out = resolve_artifact_destination(kDirs, destination);
  return out ? out->root + " " + out->path : "refused";
}

TEST(ArtifactDestination, IsRelativeToTheTasksDirectory) {
  EXPECT_EQ(resolved("local/"), "/d/1/web local/");
  EXPECT_EQ(resolved("./local//a/./b"), "/d/1/web local/a/b");
  EXPECT_EQ(resolved("/local/a"), "/d/1/web local/a");
  EXPECT_EQ(resolved("local/../x"), "/d/1/web x");
  EXPECT_EQ(resolved(""), "/d/1/web ");
}

TEST(ArtifactDestination, MayBeBelowNomadsVariables) {
  EXPECT_EQ(resolved("/d/1/web/local/x"), "/d/1/web local/x");
  EXPECT_EQ(resolved("/d/1/web/secrets"), "/d/1/web secrets");
  EXPECT_EQ(resolved("/d/1/alloc/data/x"), "/d/1/alloc data/x");
  EXPECT_EQ(resolved("/alloc/data/x"), "/d/1/alloc data/x");
  EXPECT_EQ(resolved("/secrets/key"), "/d/1/web secrets/key");
  EXPECT_EQ(resolved("../alloc/data"), "/d/1/alloc data");
  EXPECT_EQ(resolved("../web/local"), "/d/1/web local");
}

// cases.md 53
TEST(ArtifactDestination, NeverLeavesTheAllocation) {
  for (const char* path : {"..", "../..", "../other/local", "../../etc/passwd", "local/../../../etc",
                           "/d/1/alloc/../other", "/d/1/web/../..", "../alloc/../../x"}) {
    EXPECT_EQ(resolved(path), "refused") << path;
  }
  EXPECT_EQ(resolved("/etc/passwd"), "/d/1/web etc/passwd");
  EXPECT_EQ(resolved("/d/1/webx/local"), "/d/1/web d/1/webx/local");
  EXPECT_EQ(resolved(std::string_view("local/\0x", 8)), "refused");
}

// With a shell script for the process that downloads: it counts its runs and brings a file, or fails.
class ArtifactsHookTest : public testing::Test {
 protected:
  ArtifactsHookTest() {
    std::string path = "/tmp/drover-artifacts-XXXXXX";
    root_ = ::mkdtemp(path.data());
    for (const char* part : {"/a/alloc", "/a/web/local"}) EXPECT_TRUE(sys::Directory::create(root_ + part));
    context_->alloc = std::make_shared<model::Allocation>();
    context_->task.name = "web";
    context_->dirs = {.alloc = root_ + "/a/alloc",
                      .task = root_ + "/a/web",
                      .local = root_ + "/a/web/local",
                      .secrets = root_ + "/a/web/secrets",
                      .state = root_ + "/state"};
    context_->interpolate = [](std::string_view text) { return std::string(text); };
    context_->emit_event = [this](const std::string& type, const std::string& message) {
      events_.push_back(type + ": " + message);
    };
    loop_.start();
  }
  ~ArtifactsHookTest() override {
    loop_.stop();
    loop_.join();
    pool_.stop();
    std::ignore = sys::Directory::open(root_).value().remove_tree("");
    ::rmdir(root_.c_str());
  }

  // What the helper says at its end.
  Status prestart(const assets::HelperMessage& message) {
    const std::string program = root_ + "/helper";
    EXPECT_TRUE(sys::write_file_atomic(root_ + "/message", assets::encode(message)));
    EXPECT_TRUE(sys::write_file_atomic(program,
                                       "#!/bin/sh\necho run >> " + root_ +
                                           "/runs\ncd /proc/self/fd/3 && echo bytes > out\n" + "cat " + root_ +
                                           "/message\n",
                                       0755));
    std::promise<Status> done;
    auto hook =
        std::make_shared<ArtifactsHook>(loop_, pool_, clock_, ArtifactsOptions{.fetcher = {.program = program}});
    const auto run = [](std::shared_ptr<ArtifactsHook> of, std::shared_ptr<TaskHookContext> context,
                        std::promise<Status>* out) -> net::Task<void> {
      auto status = co_await of->prestart(std::move(context));
      of.reset();
      out->set_value(std::move(status));
    };
    loop_.spawn("test", run(std::move(hook), context_, &done));
    return done.get_future().get();
  }
  std::string read(const std::string& path) { return sys::read_file(root_ + path).value_or("(none)"); }

  std::string root_;
  net::Loop loop_{"test"};
  net::BlockingPool pool_{"test", 1};
  SystemClock clock_;
  std::shared_ptr<TaskHookContext> context_ = std::make_shared<TaskHookContext>();
  std::vector<std::string> events_;
};

TEST_F(ArtifactsHookTest, WhatHasComeIsNotFetchedAgain) {
  context_->task.artifacts = {{.source = "http://127.0.0.1/x", .destination = "local/"}};
  const assets::Fetched brought{.name = "x", .bytes = 6};
  const auto first = prestart(brought);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(read("/a/web/local/x"), "bytes\n");
  EXPECT_EQ(events_, std::vector<std::string>{"Downloading Artifacts: Client is downloading artifacts"});
  ASSERT_TRUE(prestart(brought));
  EXPECT_EQ(read("/runs"), "run\n");
  context_->task.artifacts.push_back({.source = "http://127.0.0.1/x", .destination = "local/other"});
  ASSERT_TRUE(prestart(brought));
  EXPECT_EQ(read("/runs"), "run\nrun\n");
  EXPECT_EQ(read("/a/web/local/other/x"), "bytes\n");
}

TEST_F(ArtifactsHookTest, FailedDownloadsMayBeTriedAgain) {
  context_->task.artifacts = {{.source = "http://me:pw@127.0.0.1/x?token=t", .destination = "local/"}};
  const auto failed = prestart(Error(ErrorCode::NotFound, "404 Not Found"));
  ASSERT_FALSE(failed);
  EXPECT_TRUE(drivers::is_recoverable(failed.error()));
  EXPECT_EQ(failed.error().message(),
            "failed to download artifact \"http://me:redacted@127.0.0.1/x?token=redacted\": 404 Not Found");
  EXPECT_EQ(read("/state/artifacts"), "(none)");
}

TEST_F(ArtifactsHookTest, WhatCannotWorkFailsAtOnce) {
  const std::vector<model::Artifact> bad = {{.source = "file:///etc/shadow", .destination = "local/"},
                                            {.source = "http://h/x", .destination = "../../x"},
                                            {.source = "http://h/x", .mode = "both", .destination = "local/"}};
  for (const auto& artifact : bad) {
    context_->task.artifacts = {artifact};
    const auto failed = prestart(assets::Fetched{});
    ASSERT_FALSE(failed) << artifact.source;
    EXPECT_FALSE(drivers::is_recoverable(failed.error())) << failed.error().message();
  }
  EXPECT_EQ(read("/runs"), "(none)");
}

}  // namespace
}  // namespace drover::client
