#include "sched/score.h"

namespace drover::sched {

double Score::own_sum() const {
  return packing + anti_affinity.value_or(0) + affinity.value_or(0) + locality.value_or(0) + devices.value_or(0);
}

uint32_t Score::own_parts() const {
  return 1 + (anti_affinity ? 1 : 0) + (affinity ? 1 : 0) + (locality ? 1 : 0) + (devices ? 1 : 0);
}

double Score::mean() const {
  const double sum = own_sum() + spread.value_or(0) + penalty.value_or(0) + preemption.value_or(0);
  return sum / (own_parts() + (spread ? 1 : 0) + (penalty ? 1 : 0) + (preemption ? 1 : 0));
}

SlimVector<model::ScorePart> Score::parts() const {
  static const SharedString kPacking = "binpack", kAntiAffinity = "job-anti-affinity", kAffinity = "node-affinity",
                            kLocality = "asset-locality", kDevices = "devices", kSpread = "allocation-spread",
                            kPenalty = "node-reschedule-penalty", kPreemption = "preemption";
  SlimVector<model::ScorePart> out;
  out.reserve(own_parts() + (spread ? 1 : 0) + (penalty ? 1 : 0) + (preemption ? 1 : 0));
  out.push_back({kPacking, packing});
  const auto add = [&](const SharedString& name, const std::optional<double>& part) {
    if (part) out.push_back({name, *part});
  };
  add(kAntiAffinity, anti_affinity);
  add(kAffinity, affinity);
  add(kLocality, locality);
  add(kDevices, devices);
  add(kSpread, spread);
  add(kPenalty, penalty);
  add(kPreemption, preemption);
  return out;
}

model::NodeScore Score::to_model(model::NodeId node) const {
  model::NodeScore out{.node_id = node, .norm_score = mean(), .scores = {}};
  for (const model::ScorePart& part : parts()) out.scores.emplace(part.name, part.value);
  return out;
}

}  // namespace drover::sched
