#include "client/hooks/volumes.h"

#include "client/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

namespace drover::client {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A task "t" of a group "g" with the volumes and mounts of the test.
class VolumesHookTest : public testing::Test {
 protected:
  VolumesHookTest() {
    fs::create_directories(dir_.path() + "/data");
    fs::create_directory_symlink(dir_.path() + "/data", dir_.path() + "/link");
    offered_["data"] = {.path = dir_.path() + "/link"};
    offered_["fixed"] = {.path = dir_.path() + "/data", .read_only = true};
    offered_["gone"] = {.path = dir_.path() + "/gone"};
    offered_["shard[2]"] = {.path = dir_.path() + "/data"};
    alloc_.id = *model::AllocId::parse("11111111-1111-1111-1111-111111111111");
    alloc_.task_group = "g";
    alloc_.name = "job.g[2]";
    job_.task_groups.push_back({.name = "g"});
    loop_.start();
  }
  ~VolumesHookTest() override {
    loop_.stop();
    loop_.join();
    pool_.stop();
  }

  void volume(model::VolumeRequest request) { job_.task_groups[0].volumes[request.name] = std::move(request); }

  // The one mount of the task, or why there is none.
  Result<drivers::TaskMount> mount(model::VolumeMount mount) {
    auto context = std::make_shared<TaskHookContext>();
    context->alloc = std::make_shared<model::Allocation>(alloc_);
    context->job = std::make_shared<model::Job>(job_);
    context->task.volume_mounts = {std::move(mount)};
    context->mounts = std::make_shared<std::vector<drivers::TaskMount>>();
    context->interpolate = [](std::string_view text) { return std::string(text == "${dest}" ? "/x/../etc" : text); };
    VolumesHook hook(pool_, dir_.path() + "/allocs", offered_);
    std::promise<Status> done;
    loop_.spawn("test", deliver(hook.prestart(context), &done));
    TRY(done.get_future().get());
    return context->mounts->at(0);
  }

  static net::Task<void> deliver(net::Task<Status> task, std::promise<Status>* promise) {
    auto status = co_await std::move(task);
    promise->set_value(std::move(status));
  }

  std::string error_of(model::VolumeMount wanted) {
    const auto found = mount(std::move(wanted));
    return found ? "none" : found.error().message();
  }

  TestDir dir_;
  VolumesHook::HostVolumes offered_;
  model::Allocation alloc_;
  model::Job job_;
  net::Loop loop_{"test"};
  net::BlockingPool pool_{"test", 1};
};

TEST_F(VolumesHookTest, FindsTheDirectoryBehindAHostVolume) {
  volume({.name = "d", .type = "host", .source = "data"});
  const auto found = mount({.volume = "d", .destination = "/srv", .propagation_mode = "host-to-task"});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->source, fs::canonical(dir_.path()).string() + "/data");
  EXPECT_EQ(found->destination, "/srv");
  EXPECT_EQ(found->propagation, "host-to-task");
  EXPECT_FALSE(found->read_only);
}

TEST_F(VolumesHookTest, ReadsOnlyWhereTheGroupOrTheTaskSaysSo) {
  volume({.name = "d", .type = "host", .source = "data"});
  volume({.name = "f", .type = "host", .source = "fixed", .read_only = true});
  EXPECT_TRUE(mount({.volume = "d", .destination = "/srv", .read_only = true})->read_only);
  EXPECT_TRUE(mount({.volume = "f", .destination = "/srv"})->read_only);
}

TEST_F(VolumesHookTest, AnAllocationsOwnVolumeHasAnyName) {
  volume({.name = "../my data", .type = "alloc"});
  const auto found = mount({.volume = "../my data", .destination = "/data"});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->source, dir_.path() + "/allocs/" + alloc_.id.str() + "/.volumes/%2E%2E%2Fmy%20data");
}

TEST_F(VolumesHookTest, TakesTheVolumeOfTheAllocationsIndex) {
  volume({.name = "s", .type = "host", .source = "shard", .per_alloc = true});
  EXPECT_TRUE(mount({.volume = "s", .destination = "/data"}));
}

TEST_F(VolumesHookTest, SaysWhyThereIsNone) {
  volume({.name = "unknown", .type = "host", .source = "other"});
  volume({.name = "fixed", .type = "host", .source = "fixed"});
  volume({.name = "gone", .type = "host", .source = "gone"});
  volume({.name = "d", .type = "host", .source = "data"});
  EXPECT_THAT(error_of({.volume = "unknown", .destination = "/x"}), HasSubstr("no host volume \"other\""));
  EXPECT_THAT(error_of({.volume = "fixed", .destination = "/x"}), HasSubstr("read-only on this node"));
  EXPECT_THAT(error_of({.volume = "gone", .destination = "/x"}), HasSubstr("No such file or directory"));
  EXPECT_THAT(error_of({.volume = "d", .destination = "${dest}"}), HasSubstr("not a plain path"));
  EXPECT_THAT(error_of({.volume = "d", .destination = "/"}), HasSubstr("not a plain path"));
}

}  // namespace
}  // namespace drover::client
