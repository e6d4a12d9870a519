#pragma once

#include "codec/fwd.h"

#include <cstddef>
#include <cstdint>

namespace drover::model {

// Something that a node holds ready for tasks: model::asset_key, model::image_key.
struct HeldItem {
  uint64_t key = 0;
  uint64_t bytes = 0;
  friend bool operator==(const HeldItem&, const HeldItem&) = default;
};
void describe(codec::StructBuilder& d, HeldItem& r);

// So many a node tells of: the largest.
inline constexpr size_t kMaxHeldItems = 1024;

}  // namespace drover::model
