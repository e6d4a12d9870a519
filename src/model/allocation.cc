#include "model/allocation.h"

#include <fmt/core.h>

#include "base/strings.h"

namespace drover::model {

int32_t Allocation::index() const {
  const size_t open = name.rfind('[');
  if (open == std::string::npos || !name.ends_with(']')) return -1;
  const auto number = parse_uint(std::string_view(name).substr(open + 1, name.size() - open - 2));
  return number && *number <= INT32_MAX ? static_cast<int32_t>(*number) : -1;
}

std::string alloc_name(std::string_view job_id, std::string_view group, int32_t index) {
  return fmt::format("{}.{}[{}]", job_id, group, index);
}

NodeScore own_score(const Allocation& alloc) {
  NodeScore out{.node_id = alloc.node_id, .scores = {}};
  for (const ScorePart& part : alloc.scores) {
    out.scores.emplace(part.name, part.value);
    out.norm_score += part.value;
  }
  if (!alloc.scores.empty()) out.norm_score /= static_cast<double>(alloc.scores.size());
  return out;
}

AllocMetric shown_metrics(const Allocation& alloc) {
  AllocMetric out = *alloc.metrics;
  if (alloc.scores.empty()) return out;
  std::erase_if(out.score_meta_data, [&](const NodeScore& score) { return score.node_id == alloc.node_id; });
  out.score_meta_data.insert(out.score_meta_data.begin(), own_score(alloc));
  return out;
}

}  // namespace drover::model
