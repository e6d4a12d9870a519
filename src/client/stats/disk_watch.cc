#include "client/stats/disk_watch.h"

#include <algorithm>

#include <fmt/core.h>

namespace drover::client {
namespace {

constexpr uint64_t kWarnPercent = 90;
constexpr Duration kMinPause = std::chrono::seconds(5);
constexpr int kPauseFactor = 20;

}  // namespace

DiskWatch::Verdict DiskWatch::on_usage(uint64_t bytes, int32_t limit_mb) {
  const uint64_t limit = static_cast<uint64_t>(std::max(limit_mb, 0)) << 20;
  if (limit == 0) return Verdict::Fine;
  if (bytes > limit) return Verdict::Exceeded;
  const bool high = bytes >= limit / 100 * kWarnPercent;
  const bool news = high && !warned_;
  warned_ = high;
  return news ? Verdict::Warn : Verdict::Fine;
}

std::string disk_message(uint64_t bytes, int32_t limit_mb) {
  return fmt::format("the allocation uses {} MB of the {} MB of its ephemeral disk", bytes >> 20, limit_mb);
}

Duration measure_again_after(Duration took) {
  return std::max(kMinPause, took * kPauseFactor);
}

}  // namespace drover::client
