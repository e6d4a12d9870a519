#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "codec/fwd.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// What the store knows of the assets that it holds, and which of them have to go. Pure.
namespace drover::assets {

struct AssetRecord {
  std::string key;        // names its tree
  uint64_t held_key = 0;  // model::asset_key
  std::string title;
  uint64_t bytes = 0;
  uint64_t files = 0;
  WallTime downloaded_at;
  WallTime last_used;
  bool pinned = false;             // stays until it is released: required by a market
  std::vector<std::string> users;  // "allocation/task"; sorted
  std::string unsynced_boot;       // the boot in which it came, while it may not be on the disk yet

  bool in_use() const { return pinned || !users.empty(); }
};
void describe(codec::StructBuilder& d, AssetRecord& r);

using AssetIndex = std::map<std::string, AssetRecord>;  // by key

uint64_t total_bytes(const AssetIndex& index);

// It came longer ago than `ttl` (0: never too long), and nobody uses it. A clock that went back makes nothing younger
// than new: what comes from the future counts from `now`.
bool is_expired(const AssetRecord& record, WallTime now, Duration ttl);
std::vector<std::string> plan_expiry(const AssetIndex& index, WallTime now, Duration ttl);

// What has to go so that `needed` bytes are free: what was used longest ago first, never what is in use.
// ResourceExhausted if that is not enough.
Result<std::vector<std::string>> plan_eviction(const AssetIndex& index, uint64_t needed);

}  // namespace drover::assets
