#include "assets/asset_record.h"

#include <algorithm>
#include <tuple>

namespace drover::assets {

uint64_t total_bytes(const AssetIndex& index) {
  uint64_t sum = 0;
  for (const auto& [key, record] : index) sum += record.bytes;
  return sum;
}

bool is_expired(const AssetRecord& record, WallTime now, Duration ttl) {
  return ttl > Duration(0) && !record.in_use() && now - record.downloaded_at >= ttl;
}

std::vector<std::string> plan_expiry(const AssetIndex& index, WallTime now, Duration ttl) {
  std::vector<std::string> out;
  for (const auto& [key, record] : index) {
    if (is_expired(record, now, ttl)) out.push_back(key);
  }
  return out;
}

Result<std::vector<std::string>> plan_eviction(const AssetIndex& index, uint64_t needed) {
  std::vector<const AssetRecord*> unused;
  for (const auto& [key, record] : index) {
    if (!record.in_use()) unused.push_back(&record);
  }
  std::ranges::sort(unused, [](const AssetRecord* a, const AssetRecord* b) {
    return std::tie(a->last_used, a->key) < std::tie(b->last_used, b->key);
  });
  std::vector<std::string> out;
  uint64_t freed = 0;
  for (const AssetRecord* record : unused) {
    if (freed >= needed) break;
    freed += record->bytes;
    out.push_back(record->key);
  }
  if (freed >= needed) return out;
  return err(ErrorCode::ResourceExhausted, "it needs {} bytes more than this node has for assets that are not in use",
             needed - freed);
}

}  // namespace drover::assets
