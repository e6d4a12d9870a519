#include "drivers/qemu/qemu_driver.h"

#include "drivers/exec/container_test_support.h"
#include "drivers/qemu/qemu_command.h"

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using codec::Value;
using ::testing::Contains;
using ::testing::HasSubstr;

// A boot sector that enables the power button, prints "guest up" on the first serial port, waits for the button, prints
// "guest bye" and turns the machine off (PIIX4: events at 0x600, sleep control at 0x604).
constexpr std::string_view kBootCode =
    "McCO2I7QvAB8/LoCBrgAAe++PnzoGwD79LoABu32xAF09b5IfOgKALoEBrgAIO/06/26+AOshMB0A+7r+MNndWVzdCB1cAoAZ3Vlc3QgYnllCg==";

std::string boot_disk() {
  std::string sector = *base64_decode(kBootCode);
  sector.resize(510);
  return sector + "\x55\xaa";
}

class QemuTest : public testing::ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    if (IsSkipped()) return;
    if (const auto info = run(driver_->fingerprint()); !info.detected) GTEST_SKIP() << info.health_description;
  }
  void restart_driver(ExecOptions options, UserPolicy users = {}) override {
    driver_ = std::make_unique<QemuDriver>(shared(), std::move(options), std::move(users),
                                           QemuOptions{.image_paths = {root_ + "/images"}});
  }
  TaskConfig machine(Value::Object more = {}) {
    Value::Object config = {{"image_path", "local/disk.img"}};
    config.insert(config.end(), more.begin(), more.end());
    auto task = container_task("t", std::move(config));
    task.env.clear();  // The driver inherits nothing, not even a PATH.
    CHECK(sys::write_file_atomic(task.dirs.local + "/disk.img", boot_disk()), "the disk image");
    return task;
  }
  // A machine whose guest runs. On a starved host the BIOS may give up a disk that does not answer in its time.
  RunningTask& booted(const TaskConfig& config) {
    for (int tries = 1; tries < 3; tries++) {
      auto& task = started(config);
      if (printed("guest up")) return task;
      EXPECT_TRUE(run(task.destroy()));
    }
    auto& task = started(config);
    EXPECT_TRUE(printed("guest up"));
    return task;
  }
};

TaskConfig task_with_port() {
  TaskConfig task;
  task.task = "vm";
  task.memory_mb = 128;
  task.ports = {{.label = "ssh", .host_ip = "127.0.0.1", .host_port = 22000}};
  return task;
}

TEST(QemuCommand, ForwardsPortsIntoTheMachine) {
  const auto args =
      qemu_arguments(task_with_port(), {.image_path = "a,b.img", .port_map = {{"ssh", 22}}}, "/local/a,b.img", "raw");
  ASSERT_TRUE(args);
  EXPECT_THAT(*args, Contains("user,id=net0,hostfwd=tcp:127.0.0.1:22000-:22,hostfwd=udp:127.0.0.1:22000-:22"));
  EXPECT_THAT(*args, Contains("file=/local/a,,b.img,format=raw"));
  EXPECT_THAT(*args, Contains("128M"));
}

TEST(QemuCommand, SaysWhichPortIsMissing) {
  const auto args = qemu_arguments(task_with_port(), {.port_map = {{"http", 80}}}, "x", "raw");
  ASSERT_FALSE(args);
  EXPECT_THAT(args.error().message(), HasSubstr("port \"http\", which the task has not asked for"));
}

TEST(QemuCommand, TellsFormatsByTheirFirstBytes) {
  EXPECT_EQ(image_format(std::string_view("QFI\xfb\0\0\0\3", 8)), "qcow2");
  EXPECT_EQ(image_format("KDMV"), "vmdk");
  EXPECT_EQ(image_format(""), "raw");
}

TEST_F(QemuTest, IsFoundWithItsVersion) {
  EXPECT_FALSE(run(driver_->fingerprint()).attributes.at("driver.qemu.version").empty());
}

TEST_F(QemuTest, PressesThePowerButton) {
  auto& task = booted(machine({{"graceful_shutdown", true}}));
  EXPECT_TRUE(run(task.stop({.timeout = std::chrono::seconds(30)})));
  EXPECT_EQ(run(task.wait()).exit_code, 0);
  EXPECT_THAT(log_text("t", "stdout"), HasSubstr("guest bye"));
}

TEST_F(QemuTest, RunsOnWithoutTheAgentAndIsStoppedWithoutAMonitor) {
  auto& task = booted(machine());
  const auto handle = task.handle();
  restart_agent();
  const auto again = recover(handle);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_FALSE(run((*again)->exec({.argv = {"ls"}})));
  EXPECT_TRUE(run((*again)->stop({.timeout = std::chrono::seconds(30)})));
  EXPECT_EQ(run((*again)->wait()).signal, 0) << "QEMU ends by itself";
}

TEST_F(QemuTest, TakesImagesOfTheTaskAndOfTheOperatorOnly) {
  ASSERT_TRUE(sys::Directory::create(root_ + "/images"));
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/images/base.img", boot_disk(), 0666));
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/outside.img", boot_disk()));
  auto offered = machine();
  offered.config.set("image_path", root_ + "/images/base.img");
  auto& task = booted(offered);
  EXPECT_TRUE(run(task.destroy()));

  std::filesystem::create_symlink(root_ + "/outside.img", root_ + "/t/local/link.img");
  for (const auto& path : {root_ + "/outside.img", std::string("../outside.img"), std::string("local/link.img"),
                           root_ + "/images/../outside.img", std::string("/etc/passwd")}) {
    auto config = machine();
    config.config.set("image_path", path);
    EXPECT_FALSE(start(config)) << path;
  }
}

}  // namespace
}  // namespace drover::drivers
