#include "client/services/check_restart.h"

namespace drover::client {

bool CheckRestartTracker::on_result(std::string_view status, MonoTime now) {
  if (policy_.limit <= 0 || now < task_started_ + policy_.grace) return false;
  const bool healthy = status == "passing" || (status == "warning" && policy_.ignore_warnings);
  unhealthy_ = healthy ? 0 : unhealthy_ + 1;
  return unhealthy_ == policy_.limit;
}

}  // namespace drover::client
