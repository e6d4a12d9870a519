#include "client/devices/device_monitor.h"

#include "client/hooks/devices.h"
#include "net/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace drover::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// One GPU, "GPU-1", that can be lost.
class FakeSource final : public drivers::DeviceSource {
 public:
  std::string_view name() const override { return "fake"; }
  Duration period() const override { return std::chrono::milliseconds(1); }
  std::vector<model::NodeDeviceGroup> look() override {
    model::NodeDeviceGroup group{.vendor = "nvidia", .type = "gpu", .name = "T4"};
    group.instances = {{.id = "GPU-1", .healthy = !lost, .health_description = lost ? "lost" : ""}};
    return {group};
  }
  Result<std::vector<drivers::DeviceUse>> use() override {
    return std::vector<drivers::DeviceUse>{{.vendor = "nvidia", .type = "gpu", .name = "T4", .id = "GPU-1"}};
  }
  Result<drivers::DeviceReservation> reserve(const std::vector<std::string>& ids) override {
    if (lost) return err(ErrorCode::Unavailable, "lost");
    return drivers::DeviceReservation{.device = {.vendor = "nvidia", .type = "gpu", .ids = ids},
                                      .env = {{"VISIBLE", ids.at(0)}},
                                      .host_env = {{"HOST", "1"}}};
  }
  std::map<std::string, std::string> denial() const override { return {{"VISIBLE", "void"}}; }

  std::atomic<bool> lost = false;
};

class DeviceMonitorTest : public testing::Test {
 protected:
  DeviceMonitorTest() { loop_.start(); }
  ~DeviceMonitorTest() override {
    loop_.post("end", [this] { monitor_.reset(); });
    loop_.stop();
    loop_.join();
    pool_.stop();
  }

  void start() {
    const auto begin = [](std::shared_ptr<DeviceMonitor> monitor, std::atomic<int>* changes) -> net::Task<bool> {
      co_await monitor->start(std::chrono::seconds(20), [changes] { ++*changes; });
      co_return true;
    };
    ASSERT_TRUE(net::run_to_end(loop_, begin(monitor_, &changes_)));
  }

  // What the hook gives a task that was granted the GPU, or nothing.
  Status prepare(bool granted, drivers::FsIsolation isolation) {
    context_ = std::make_shared<TaskHookContext>();
    auto alloc = std::make_shared<model::Allocation>();
    if (granted) {
      alloc->devices = std::vector<model::AllocatedDevice>{
          {.task = "t", .vendor = "nvidia", .type = "gpu", .name = "T4", .device_ids = {"GPU-1"}}};
    }
    context_->alloc = alloc;
    context_->task.name = "t";
    context_->env = std::make_shared<std::map<std::string, std::string>>();
    context_->own_env = std::make_shared<std::map<std::string, std::string>>();
    context_->devices = std::make_shared<std::vector<drivers::TaskDevice>>();
    context_->fs_isolation = isolation;
    DevicesHook hook(monitor_);
    auto done = net::run_to_end(loop_, hook.prestart(context_));
    return done ? *done : Status(err(ErrorCode::Internal, "the loop ended"));
  }

  net::Loop loop_{"test"};
  net::BlockingPool pool_{"test", 2};
  std::shared_ptr<FakeSource> source_ = std::make_shared<FakeSource>();
  std::shared_ptr<DeviceMonitor> monitor_ =
      std::make_shared<DeviceMonitor>(loop_, pool_, DeviceMonitor::Sources{source_});
  std::shared_ptr<TaskHookContext> context_;
  std::atomic<int> changes_ = 0;
};

TEST_F(DeviceMonitorTest, TellsOfEachChangeOnce) {
  start();
  EXPECT_EQ(changes_, 1);
  source_->lost = true;
  while (changes_ < 2) std::this_thread::yield();
  EXPECT_EQ(changes_, 2);
}

TEST_F(DeviceMonitorTest, ATaskGetsWhatItWasGranted) {
  start();
  ASSERT_TRUE(prepare(true, drivers::FsIsolation::None));
  EXPECT_THAT(*context_->own_env, ElementsAre(Pair("HOST", "1"), Pair("VISIBLE", "GPU-1")));
  EXPECT_EQ(context_->env->at("VISIBLE"), "GPU-1");
  ASSERT_TRUE(prepare(true, drivers::FsIsolation::Image));
  EXPECT_THAT(*context_->own_env, ElementsAre(Pair("VISIBLE", "GPU-1")));
  ASSERT_EQ(context_->devices->size(), 1u);
  EXPECT_THAT(context_->devices->at(0).ids, ElementsAre("GPU-1"));
}

TEST_F(DeviceMonitorTest, AnImageWithoutAGrantSeesNone) {
  start();
  ASSERT_TRUE(prepare(false, drivers::FsIsolation::Image));
  EXPECT_THAT(*context_->own_env, ElementsAre(Pair("VISIBLE", "void")));
  ASSERT_TRUE(prepare(false, drivers::FsIsolation::None));
  EXPECT_THAT(*context_->own_env, IsEmpty());
}

TEST_F(DeviceMonitorTest, ALostDeviceIsNotGiven) {
  start();
  source_->lost = true;
  const auto status = prepare(true, drivers::FsIsolation::None);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message(), HasSubstr("lost"));
}

}  // namespace
}  // namespace drover::client
