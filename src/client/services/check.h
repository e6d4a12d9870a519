#pragma once

#include "client/services/registration.h"
#include "drivers/driver.h"
#include "model/service.h"
#include "net/task.h"

#include <memory>
#include <string>

namespace drover::client {

inline constexpr size_t kMaxCheckOutput = 4 << 10;

struct CheckTarget {
  model::Check check;
  Endpoint endpoint;                              // http, tcp
  std::shared_ptr<drivers::RunningTask> running;  // script
};

struct CheckResult {
  std::string status;  // "passing", "warning" or "critical"
  std::string output;  // valid UTF-8, at most kMaxCheckOutput bytes
};

// Runs the check once; takes no longer than its timeout.
net::Task<CheckResult> perform_check(std::shared_ptr<const CheckTarget> target);

// Why a check of this kind can never pass on this agent; success if it can.
Status check_is_supported(const model::Check& check);

}  // namespace drover::client
