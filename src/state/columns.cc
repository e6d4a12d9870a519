#include "state/columns.h"

namespace drover::state {

const Holdings& Columns::holdings(size_t slot) const {
  static const Holdings kNone;
  const auto& chunk = holdings_[slot / kColumnChunk];
  if (!chunk) return kNone;
  const auto& holdings = (*chunk)[slot % kColumnChunk];
  return holdings ? *holdings : kNone;
}

const std::string& Columns::class_name(uint32_t node_class) const {
  static const std::string kNone;
  const std::string* name = class_names_.find(node_class);
  return name ? *name : kNone;
}

}  // namespace drover::state
