#include "client/fingerprint/fingerprint.h"
#include "sys/host.h"

namespace drover::client {

void fingerprint_memory(const FingerprintContext& context, model::Node& node) {
  const auto memory = sys::memory_info();
  if (memory.total > 0) node.attributes["memory.totalbytes"] = std::to_string(memory.total);
  node.resources.memory_mb =
      context.options.memory_total_mb > 0 ? context.options.memory_total_mb : static_cast<int64_t>(memory.total >> 20);
}

}  // namespace drover::client
