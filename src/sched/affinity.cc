#include "sched/affinity.h"

#include <cmath>

#include "sched/constraint_check.h"
#include "sched/slots.h"

namespace drover::sched {
namespace {

struct Preference {
  ConstraintCheck check;
  double weight;
};

double matched(const std::vector<Preference>& preferences, const model::Node& node) {
  double sum = 0;
  for (const Preference& preference : preferences) {
    if (preference.check.matches(node)) sum += preference.weight;
  }
  return sum;
}

}  // namespace

AffinityScores::AffinityScores(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group,
                               const std::vector<uint32_t>& slots) {
  std::vector<Preference> of_class, of_node;
  double total = 0;
  const auto read = [&](const std::vector<model::Affinity>& affinities) {
    for (const model::Affinity& affinity : affinities) {
      ConstraintCheck check({affinity.ltarget, affinity.rtarget, affinity.operand});
      total += std::abs(affinity.weight);
      auto& preferences = check.escapes() ? of_node : of_class;
      preferences.push_back({std::move(check), static_cast<double>(affinity.weight)});
    }
  };
  read(job.affinities);
  read(group.affinities);
  for (const model::Task& task : group.tasks) read(task.affinities);
  if (total == 0) return;

  const state::Columns& columns = snapshot.columns();
  by_slot_.resize(columns.slots());
  std::vector<std::optional<double>> class_sums(columns.class_limit());
  for (const uint32_t slot : slots) {
    std::optional<double>& class_sum = class_sums[class_in(columns, slot)];
    if (!class_sum) class_sum = matched(of_class, *node_in(snapshot, slot));
    const double node_sum = of_node.empty() ? 0 : matched(of_node, *node_in(snapshot, slot));
    by_slot_[slot] = (*class_sum + node_sum) / total;
  }
}

}  // namespace drover::sched
