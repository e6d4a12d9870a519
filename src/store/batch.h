#pragma once

#include "store/engine.h"

namespace drover::store {

// What an engine expects of a batch, see Engine::write().
struct BatchRules {
  BatchLimits limits;
  size_t tables = 0;
  uint64_t last_index = 0;
};

// InvalidArgument if the batch breaks a rule.
Status check_batch(const BatchRules& rules, uint64_t index, std::span<const RowChange> changes);

}  // namespace drover::store
