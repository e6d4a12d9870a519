#include "model/deployment.h"

#include <algorithm>

namespace drover::model {
namespace {

bool awaits_promotion(const DeploymentGroup& group) {
  return group.desired_canaries > 0 && !group.promoted;
}

}  // namespace

bool Deployment::requires_promotion() const {
  return active() && std::ranges::any_of(task_groups, [](const auto& entry) { return awaits_promotion(entry.second); });
}

bool Deployment::has_auto_promote() const {
  const auto manual = [](const auto& entry) { return awaits_promotion(entry.second) && !entry.second.auto_promote; };
  return requires_promotion() && std::ranges::none_of(task_groups, manual);
}

}  // namespace drover::model
