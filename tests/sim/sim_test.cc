#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "sim/simulation.h"

namespace drover::sim {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kSeeds = 50;

class Seeds : public ::testing::TestWithParam<uint64_t> {};

TEST_P(Seeds, EveryInvariantHolds) {
  const Options options{.seed = GetParam()};
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.failure, "") << describe(outcome, options);
}

INSTANTIATE_TEST_SUITE_P(Simulation, Seeds, ::testing::Range<uint64_t>(1, kSeeds + 1));

TEST(Simulation, OneSeedGivesOneHistory) {
  const Outcome first = run({.seed = 7});
  const Outcome second = run({.seed = 7});
  EXPECT_EQ(first.trace_hash, second.trace_hash);
  EXPECT_EQ(first.index, second.index);
  EXPECT_NE(first.trace_hash, run({.seed = 8}).trace_hash);
}

// Planted faults: some of a few seeds have to find each, for what the fault is about.
std::string found_by_seeds(Options options) {
  for (options.seed = 1; options.seed <= 5; ++options.seed) {
    if (const Outcome outcome = run(options); !outcome.failure.empty()) return outcome.failure;
  }
  return "";
}

TEST(PlantedFaults, ANodeThatIgnoresStopsIsFound) {
  EXPECT_THAT(found_by_seeds({.node_faults = {.ignores_stops = true}}), HasSubstr("does not end"));
}

TEST(PlantedFaults, ANodeThatHidesHowTasksEndIsFound) {
  EXPECT_THAT(found_by_seeds({.node_faults = {.hides_ends = true}}), HasSubstr("does not"));
}

TEST(PlantedFaults, ADiskThatLiesIsFound) {
  EXPECT_THAT(found_by_seeds({.disk_lies = true}), HasSubstr("not durable"));
}

TEST(PlantedFaults, WorkersThatStopAreFound) {
  EXPECT_THAT(found_by_seeds({.workers_stop = true}), HasSubstr("is pending"));
}

}  // namespace
}  // namespace drover::sim

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  drover::log::set_level(drover::log::Level::Error);
  return RUN_ALL_TESTS();
}
