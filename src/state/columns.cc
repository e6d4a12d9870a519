#include "state/columns.h"

namespace drover::state {

const PortSet& Columns::ports(size_t slot) const {
  static const PortSet kNone;
  const auto& chunk = ports_[slot / kColumnChunk];
  if (!chunk) return kNone;
  const auto& ports = (*chunk)[slot % kColumnChunk];
  return ports ? *ports : kNone;
}

const std::string& Columns::class_name(uint32_t node_class) const {
  static const std::string kNone;
  const std::string* name = class_names_.find(node_class);
  return name ? *name : kNone;
}

}  // namespace drover::state
