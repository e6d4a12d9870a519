#pragma once

#include "base/clock.h"
#include "model/service.h"

#include <string_view>

namespace drover::client {

// Whether the results of one check ask for a restart of its task (facts 1.10): `limit` unhealthy ones in a row after
// the grace period. Pure; one object for each run of the task.
class CheckRestartTracker {
 public:
  CheckRestartTracker(model::CheckRestart policy, MonoTime task_started)
      : policy_(policy), task_started_(task_started) {}

  // True once: for the result that is too many. `status`: "passing", "warning" or "critical".
  bool on_result(std::string_view status, MonoTime now);

 private:
  model::CheckRestart policy_;
  MonoTime task_started_;
  int32_t unhealthy_ = 0;
};

}  // namespace drover::client
