#include "sched/score.h"

namespace drover::sched {

double Score::own_sum() const {
  return packing + anti_affinity.value_or(0) + affinity.value_or(0) + devices.value_or(0);
}

uint32_t Score::own_parts() const {
  return 1 + (anti_affinity ? 1 : 0) + (affinity ? 1 : 0) + (devices ? 1 : 0);
}

double Score::mean() const {
  const double sum = own_sum() + spread.value_or(0) + penalty.value_or(0) + preemption.value_or(0);
  return sum / (own_parts() + (spread ? 1 : 0) + (penalty ? 1 : 0) + (preemption ? 1 : 0));
}

model::NodeScore Score::to_model(model::NodeId node) const {
  model::NodeScore out{.node_id = node, .norm_score = mean(), .scores = {{"binpack", packing}}};
  const auto show = [&](const char* name, const std::optional<double>& part) {
    if (part) out.scores[name] = *part;
  };
  show("job-anti-affinity", anti_affinity);
  show("node-affinity", affinity);
  show("devices", devices);
  show("allocation-spread", spread);
  show("node-reschedule-penalty", penalty);
  show("preemption", preemption);
  return out;
}

}  // namespace drover::sched
