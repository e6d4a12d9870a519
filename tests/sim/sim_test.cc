#include <gtest/gtest.h>

#include "base/log.h"
#include "sim/simulation.h"

namespace drover::sim {
namespace {

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

}  // namespace
}  // namespace drover::sim

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  drover::log::set_level(drover::log::Level::Error);
  return RUN_ALL_TESTS();
}
