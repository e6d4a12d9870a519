#include "client/allocs/alloc_health.h"

#include <algorithm>
#include <utility>

namespace drover::client {
namespace {

constexpr Duration kDefaultMinHealthyTime = std::chrono::seconds(10);
constexpr Duration kDefaultDeadline = std::chrono::minutes(5);

}  // namespace

AllocHealth::AllocHealth(model::UpdateStrategy policy, MonoTime start)
    : policy_(std::move(policy)), deadline_(start + policy_.healthy_deadline.value_or(kDefaultDeadline)) {}

AllocHealth::Outcome AllocHealth::update(const HealthInputs& inputs, MonoTime now) {
  const std::string mode = policy_.health_check.value_or("checks");
  if (mode == "manual") return {};
  if (inputs.any_failed) return {.healthy = false};

  const bool good = inputs.all_running && (mode == "task_states" || inputs.checks_passing);
  if (!good || inputs.restarts != restarts_) good_since_.reset();
  restarts_ = inputs.restarts;
  if (good && !good_since_) good_since_ = now;
  if (good) {
    const MonoTime ripe = *good_since_ + policy_.min_healthy_time.value_or(kDefaultMinHealthyTime);
    if (now >= ripe && ripe <= deadline_) return {.healthy = true};
    if (now < deadline_) return {.again = std::min(ripe, deadline_)};
  }
  if (now >= deadline_) return {.healthy = false};
  return {.again = deadline_};
}

}  // namespace drover::client
