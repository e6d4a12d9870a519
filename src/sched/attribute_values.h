#pragma once

#include "state/view.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace drover::sched {

// What one target ("${meta.rack}") is on every node, as small numbers: resolved once, for each computed class where the
// class tells.
class AttributeValues {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;  // the node does not have it

  AttributeValues(const state::Snapshot& snapshot, const std::string& target);

  uint32_t of(size_t slot) const { return by_slot_[slot]; }
  // How many different values there are; they are numbered from 0.
  size_t count() const { return numbers_.size(); }
  std::optional<uint32_t> find(const std::string& text) const;

 private:
  uint32_t resolve(const state::Snapshot& snapshot, size_t slot, std::string_view target);

  std::vector<uint32_t> by_slot_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

}  // namespace drover::sched
