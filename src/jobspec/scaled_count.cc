#include "jobspec/scaled_count.h"

#include <algorithm>
#include <limits>

#include "base/strings.h"

namespace drover::jobspec {
namespace {

using codec::Value;

// Null where it is not given. JSON's keys have any case.
const Value* find(const Value& object, std::string_view key) {
  if (!object.as_object()) return nullptr;
  for (const auto& [name, member] : *object.as_object()) {
    if (equals_ignore_case(name, key) && !member.is_null()) return &member;
  }
  return nullptr;
}

}  // namespace

void adopt_scaled_counts(const Value& tree, model::Job& job) {
  const Value* groups = find(tree, "TaskGroups");
  const auto* list = groups ? groups->as_array() : nullptr;
  if (!list || list->size() != job.task_groups.size()) return;
  for (size_t i = 0; i < list->size(); ++i) {
    model::TaskGroup& group = job.task_groups[i];
    if (!group.scaling || !group.scaling->min || find((*list)[i], "Count")) continue;
    const int64_t min = *group.scaling->min;
    if (min >= 0 && min <= std::numeric_limits<int32_t>::max()) group.count = static_cast<int32_t>(min);
  }
}

}  // namespace drover::jobspec
