#include "client/services/check_status.h"

#include <algorithm>

namespace drover::client {

CheckStatus::CheckStatus(const model::Check& check)
    : successes_needed_(std::max(1, check.success_before_passing)),
      failures_for_warning_(check.failures_before_warning),
      failures_for_critical_(std::max(1, check.failures_before_critical)),
      status_(check.initial_status.empty() ? "critical" : check.initial_status) {}

const std::string& CheckStatus::on_result(const std::string& result) {
  if (result == "critical") {
    successes_ = 0;
    failures_++;
    if (failures_ >= failures_for_critical_) {
      status_ = "critical";
    } else if (failures_for_warning_ > 0 && failures_ >= failures_for_warning_) {
      status_ = "warning";
    }
  } else {
    failures_ = 0;
    successes_++;
    if (successes_ >= successes_needed_) status_ = result;
  }
  return status_;
}

}  // namespace drover::client
