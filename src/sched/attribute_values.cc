#include "sched/attribute_values.h"

#include "model/interpolate.h"
#include "sched/slots.h"

namespace drover::sched {

AttributeValues::AttributeValues(const state::Snapshot& snapshot, const std::string& target) {
  constexpr uint32_t kUnknown = kNone - 1;
  const state::Columns& columns = snapshot.columns();
  const bool unique = model::is_unique_target(target);
  std::vector<uint32_t> by_class(columns.class_limit(), kUnknown);
  by_slot_.assign(columns.slots(), kNone);
  for (size_t slot = 0; slot < columns.slots(); ++slot) {
    if (columns.node_id(slot).empty()) continue;
    if (unique) {
      by_slot_[slot] = resolve(snapshot, slot, target);
      continue;
    }
    uint32_t& value = by_class[class_in(columns, slot)];
    if (value == kUnknown) value = resolve(snapshot, slot, target);
    by_slot_[slot] = value;
  }
}

std::optional<uint32_t> AttributeValues::find(const std::string& text) const {
  const auto found = numbers_.find(text);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

uint32_t AttributeValues::resolve(const state::Snapshot& snapshot, size_t slot, std::string_view target) {
  const auto node = node_in(snapshot, slot);
  const auto text = node ? model::resolve_node_target(target, *node) : std::nullopt;
  if (!text) return kNone;
  return numbers_.try_emplace(*text, static_cast<uint32_t>(numbers_.size())).first->second;
}

}  // namespace drover::sched
