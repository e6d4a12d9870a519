#pragma once

#include "base/persistent_map.h"
#include "model/ids.h"

#include <cstdint>

namespace drover::sched {

struct HeldKey {
  uint64_t key = 0;  // model::asset_key, model::image_key
  model::NodeId node;
  friend auto operator<=>(const HeldKey&, const HeldKey&) = default;
};

// Which nodes hold what, and how many bytes it has. Immutable; what nodes tell, not a part of the durable state.
using HeldIndex = PersistentMap<HeldKey, uint64_t>;

}  // namespace drover::sched
