#include "client/fingerprint/fingerprint.h"
#include "sys/host.h"

namespace drover::client {

void fingerprint_storage(const FingerprintContext& context, model::Node& node) {
  const auto disk = sys::disk_info(context.alloc_root);
  if (!disk) return;
  node.attributes["unique.storage.volume"] = disk->device;
  node.attributes["unique.storage.bytestotal"] = std::to_string(disk->size);
  node.attributes["unique.storage.bytesfree"] = std::to_string(disk->available);
  node.resources.disk_mb = static_cast<int64_t>(disk->available >> 20);
}

}  // namespace drover::client
