#include "drivers/devices/nvidia.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace drover::drivers {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* kFirst =
    "gpu uuid=GPU-1 name=Tesla_T4 memory_mib=15360 used_mib=1024 bus=00000000:01:00.0 minor=0 compute=7.5 "
    "limit_mw=70000 power_mw=30500 temperature=41 busy=17\n";
constexpr const char* kSecond = "gpu uuid=GPU-2 name=Tesla_T4 memory_mib=15360 bus=00000000:02:00.0 minor=1\n";

// With a library built by the tests in the place of NVIDIA's: tests/fake_nvml.
class NvidiaTest : public ::testing::Test {
 protected:
  NvidiaTest() {
    ::setenv("DROVER_FAKE_NVML", path_.c_str(), 1);
    describe("driver 535.183.01 12020\n" + std::string(kFirst) + kSecond);
  }
  ~NvidiaTest() override {
    ::unlink(path_.c_str());
    ::unsetenv("DROVER_FAKE_NVML");
  }

  void describe(const std::string& text) const { std::ofstream(path_) << text; }
  static NvidiaSource source(NvidiaOptions options = {}) {
    options.library = DROVER_FAKE_NVML_LIBRARY;
    return NvidiaSource(std::move(options));
  }
  static std::vector<std::string> ids_of(const model::NodeDeviceGroup& group) {
    std::vector<std::string> ids;
    for (const auto& instance : group.instances) ids.push_back(instance.id);
    return ids;
  }

  const std::string path_ = ::testing::TempDir() + "drover-fake-nvml-" + std::to_string(::getpid());
};

TEST_F(NvidiaTest, TellsWhatJobsCanAskFor) {
  NvidiaSource nvidia = source();
  const auto groups = nvidia.look();
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].vendor + "/" + groups[0].type + "/" + groups[0].name, "nvidia/gpu/Tesla T4");
  EXPECT_THAT(ids_of(groups[0]), ElementsAre("GPU-1", "GPU-2"));
  EXPECT_EQ(groups[0].instances[0].pci_bus_id, "00000000:01:00.0");
  EXPECT_TRUE(groups[0].instances[0].healthy);
  EXPECT_THAT(groups[0].attributes,
              ElementsAre(Pair("compute_capability", "7.5"), Pair("cuda_version", "12.2"),
                          Pair("driver_version", "535.183.01"), Pair("memory", "15360 MiB"), Pair("power", "70 W")));
}

TEST_F(NvidiaTest, AMachineWithoutTheLibraryHasNone) {
  NvidiaSource nvidia({.library = "libdrover-there-is-no-such-library.so"});
  EXPECT_THAT(nvidia.look(), IsEmpty());
  EXPECT_THAT(nvidia.denial(), IsEmpty());
  EXPECT_TRUE(nvidia.use());
}

TEST_F(NvidiaTest, ALostGpuStaysWithTheReason) {
  NvidiaSource nvidia = source();
  std::ignore = nvidia.look();
  describe("driver 535.183.01 12020\n" + std::string(kSecond));
  const auto after = nvidia.look();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_FALSE(after[0].instances[0].healthy);
  EXPECT_EQ(after[0].instances[0].health_description, "the driver does not list the GPU any more");
  EXPECT_TRUE(after[0].instances[1].healthy);
  EXPECT_THAT(nvidia.reserve({"GPU-1"}).error().message(), HasSubstr("GPU-1: the driver does not list"));

  describe("driver 535.183.01 12020\n" + std::string(kFirst).insert(4, "lost=1 ") + kSecond);
  EXPECT_EQ(nvidia.look()[0].instances[0].health_description, "the GPU has fallen off the bus");

  ::unlink(path_.c_str());
  EXPECT_THAT(nvidia.look()[0].instances[1].health_description, HasSubstr("Driver Not Loaded"));

  describe("driver 550.1 12040\n" + std::string(kFirst) + kSecond);
  const auto back = nvidia.look();
  EXPECT_TRUE(back[0].instances[0].healthy);
  EXPECT_EQ(back[0].attributes.at("driver_version"), "550.1");
}

TEST_F(NvidiaTest, IgnoresWhatTheOperatorKeeps) {
  NvidiaSource nvidia = source({.ignored = {"GPU-1"}});
  EXPECT_THAT(ids_of(nvidia.look().at(0)), ElementsAre("GPU-2"));
  EXPECT_FALSE(nvidia.reserve({"GPU-1"}));
}

TEST_F(NvidiaTest, SharesGpusWhereTheOperatorSaysSo) {
  NvidiaSource nvidia = source({.tasks_per_gpu = 2});
  const auto groups = nvidia.look();
  EXPECT_THAT(ids_of(groups.at(0)), ElementsAre("GPU-1::0", "GPU-2::0", "GPU-1::1", "GPU-2::1"));
  EXPECT_EQ(groups[0].attributes.at("tasks_per_gpu"), "2");
  const auto reserved = nvidia.reserve({"GPU-1::1"});
  ASSERT_TRUE(reserved) << reserved.error().message();
  EXPECT_THAT(reserved->device.ids, ElementsAre("GPU-1"));
  EXPECT_EQ(nvidia.use()->size(), 4u);
}

TEST_F(NvidiaTest, GivesTasksWhatTheyNeed) {
  NvidiaSource nvidia = source();
  std::ignore = nvidia.look();
  const auto reserved = nvidia.reserve({"GPU-2", "GPU-1"});
  ASSERT_TRUE(reserved) << reserved.error().message();
  EXPECT_THAT(reserved->env, ElementsAre(Pair("NVIDIA_VISIBLE_DEVICES", "GPU-2,GPU-1")));
  EXPECT_THAT(reserved->host_env, ElementsAre(Pair("CUDA_VISIBLE_DEVICES", "GPU-2,GPU-1")));
  EXPECT_THAT(nvidia.denial(), Contains(Pair("NVIDIA_VISIBLE_DEVICES", "void")));
}

TEST_F(NvidiaTest, MeasuresWhatTheCardTells) {
  NvidiaSource nvidia = source();
  std::ignore = nvidia.look();
  const auto uses = nvidia.use();
  ASSERT_TRUE(uses) << uses.error().message();
  ASSERT_EQ(uses->size(), 2u);
  const DeviceUse& first = uses->at(0);
  EXPECT_EQ(first.id, "GPU-1");
  EXPECT_EQ(first.summary.value, 1024);
  EXPECT_EQ(first.summary.of, 15360);
  const auto value = [&](const std::string& name) {
    const auto found = std::ranges::find(first.measures, name, &DeviceMeasure::name);
    return found == first.measures.end() ? -1 : found->value.value_or(-1);
  };
  EXPECT_EQ(value("Temperature"), 41);
  EXPECT_EQ(value("GPU utilization"), 17);
  EXPECT_EQ(value("Power usage"), 30);
  EXPECT_EQ(value("Encoder utilization"), -1);
}

}  // namespace
}  // namespace drover::drivers
