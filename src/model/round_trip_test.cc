#include <gtest/gtest.h>

#include "codec/compare.h"
#include "codec/describe.h"
#include "codec/diff.h"
#include "codec/json.h"
#include "codec/random_instance.h"
#include "codec/storage.h"
#include "model/job.h"

// Whatever a job holds, it is the same after a way through each of its forms.
namespace drover::model {
namespace {

Job random_job(uint64_t seed) {
  SeededRandom random(seed);
  // Now and then deep, mostly small: most of what there is to find is in the fields, not in how many there are.
  const bool deep = seed % 10 == 0;
  return codec::random_instance<Job>(random, {.max_elements = 2, .max_string = 8, .max_depth = deep ? 5u : 3u});
}

constexpr uint64_t kSeeds = 250;

TEST(JobRoundTrip, ThroughJson) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Job job = random_job(seed);
    const std::string text = codec::to_json(job, {.pretty = seed % 2 == 0});
    const auto copy = codec::from_json<Job>(text, {.unknown_keys = codec::DecodeOptions::UnknownKeys::Refuse});
    ASSERT_TRUE(copy) << seed << " " << copy.error().message();
    ASSERT_TRUE(codec::equal(*copy, job)) << seed << "\n" << text;
  }
}

TEST(JobRoundTrip, ThroughATree) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Job job = random_job(seed);
    const auto copy = codec::from_value<Job>(codec::to_value(job));
    ASSERT_TRUE(copy) << seed << " " << copy.error().message();
    ASSERT_TRUE(codec::equal(*copy, job)) << seed;
  }
}

TEST(JobRoundTrip, ThroughTheStorageRecord) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Job job = random_job(seed);
    const std::string record = codec::encode_record(job);
    const auto copy = codec::decode_record<Job>(record);
    ASSERT_TRUE(copy) << seed << " " << copy.error().message();
    ASSERT_TRUE(codec::equal(*copy, job)) << seed;
    ASSERT_EQ(codec::encode_record(*copy), record) << seed;
  }
}

TEST(JobRoundTrip, AnyTwoJobsHaveADifferenceThatIsEmptyOnlyWithinOne) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Job a = random_job(seed), b = random_job(seed + 1);
    EXPECT_EQ(codec::diff("Job", &a, &a).type, codec::DiffType::None) << seed;
    EXPECT_EQ(codec::diff("Job", &a, &b).type, codec::DiffType::Edited) << seed;
    EXPECT_TRUE(codec::parse_json(codec::to_json(codec::diff("Job", &a, &b)), {.max_depth = 200}));
  }
}

}  // namespace
}  // namespace drover::model
