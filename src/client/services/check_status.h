#pragma once

#include "model/service.h"

#include <string>

namespace drover::client {

// How the results of a check become its status: so many in a row of one kind before it changes (facts 1.10,
// success_before_passing, failures_before_warning, failures_before_critical). A warning is a success that changes it to
// "warning". Pure.
class CheckStatus {
 public:
  explicit CheckStatus(const model::Check& check);

  const std::string& status() const { return status_; }

  // `result`: "passing", "warning" or "critical".
  const std::string& on_result(const std::string& result);

 private:
  int32_t successes_needed_;
  int32_t failures_for_warning_;
  int32_t failures_for_critical_;
  std::string status_;
  int32_t successes_ = 0;
  int32_t failures_ = 0;
};

}  // namespace drover::client
