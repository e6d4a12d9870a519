#include "client/tasks/restart_tracker.h"

#include <algorithm>

namespace drover::client {
namespace {

constexpr double kJitter = 0.25;  // of the delay, on top of it

RestartDecision end(bool failed, const char* reason) {
  return {.failed = failed, .reason = reason};
}

}  // namespace

const model::RestartPolicy& restart_policy_of(const model::Task& task, const model::TaskGroup& group) {
  return task.restart ? *task.restart : *group.restart;
}

RestartDecision decide_restart(const model::RestartPolicy& policy, RestartHistory& history,
                               const RestartRequest& request) {
  if (request.cause == RestartCause::Triggered) return {.restart = true, .reason = "Restart was requested"};
  if (request.cause == RestartCause::Unrecoverable) return end(true, "Error was unrecoverable");
  const bool success = request.cause == RestartCause::Success;
  if (success && request.batch) return end(false, "Task completed successfully");

  const auto attempts = static_cast<uint32_t>(std::max(0, policy.attempts.value_or(0)));
  const Duration interval = policy.interval.value_or(Duration(0));
  const bool fail_mode = policy.mode.value_or("fail") == "fail";
  if (attempts == 0) return end(!success, "Policy allows no restarts");

  // A clock that was set back starts a new window, too: better than waiting until it has caught up.
  const Duration age = request.now - history.window_start;
  if (history.window_start.unix_nanos == 0 || age > interval || age < Duration(0)) {
    history = {.count = 0, .window_start = request.now};
  }
  history.count++;
  if (history.count <= attempts) {
    const auto delay = policy.delay.value_or(Duration(0));
    const auto jitter = Duration(static_cast<int64_t>(static_cast<double>(delay.count()) * kJitter * request.jitter));
    return {.restart = true, .delay = delay + jitter, .reason = "Restart within policy"};
  }
  if (fail_mode) return end(true, "Exceeded allowed attempts");
  return {.restart = true,
          .delay = history.window_start + interval - request.now,
          .reason = "Exceeded allowed attempts, applying a delay"};
}

}  // namespace drover::client
