#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/job.h"

#include <cstdint>
#include <string>

// Whether and when a task is started again (facts 1.6). Pure.
namespace drover::client {

// What the policy counts; kept with the task, so that a restart of the agent forgives nothing.
struct RestartHistory {
  uint32_t count = 0;     // of failures in the window
  WallTime window_start;  // 0: no window yet
};
void describe(codec::StructBuilder& d, RestartHistory& r);

enum class RestartCause : uint8_t {
  Success,        // exit code 0
  Failure,        // any other end, a failing check, a start error that may pass
  Unrecoverable,  // a start error that somebody has to mend
  Triggered,      // asked for: costs no attempt and no delay
};

struct RestartDecision {
  bool restart = false;
  Duration delay{0};
  bool failed = false;  // without a restart: the task is a failed one
  std::string reason;   // for people
};

struct RestartRequest {
  RestartCause cause = RestartCause::Failure;
  bool batch = false;  // success is the end: tasks of batch jobs, lifecycle hooks
  WallTime now;
  double jitter = 0;  // uniform in [0, 1)
};

// The task's own policy, or its group's. REQUIRES a canonical job.
const model::RestartPolicy& restart_policy_of(const model::Task& task, const model::TaskGroup& group);

// REQUIRES a canonical policy.
RestartDecision decide_restart(const model::RestartPolicy& policy, RestartHistory& history,
                               const RestartRequest& request);

}  // namespace drover::client
