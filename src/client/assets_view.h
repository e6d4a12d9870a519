#pragma once

#include "base/clock.h"
#include "codec/fwd.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover::client {

// An asset of the node as the API shows it.
struct AssetView {
  std::string key;
  std::string title;
  bool downloading = false;
  uint64_t bytes = 0;
  uint64_t bytes_total = 0;  // while it is downloaded; 0: not known
  uint64_t bytes_per_second = 0;
  uint64_t files = 0;
  WallTime downloaded_at;
  WallTime last_used;
  WallTime expires_at;  // zero: not while it is in use
  bool pinned = false;
  std::vector<std::string> users;
};
void describe(codec::StructBuilder& d, AssetView& r);

struct AssetsView {
  std::string node_id;
  std::string node_name;
  std::vector<AssetView> assets;
};
void describe(codec::StructBuilder& d, AssetsView& r);

}  // namespace drover::client
