#include "client/assets_view.h"
#include "codec/describe.h"

namespace drover::client {

void describe(codec::StructBuilder& d, AssetView& r) {
  auto& [key, title, downloading, bytes, bytes_total, bytes_per_second, files, downloaded_at, last_used, expires_at,
         pinned, users] = r;
  d.name("AssetView");
  d.field(1, key, "Key");
  d.field(2, title, "Title");
  d.field(3, downloading, "Downloading");
  d.field(4, bytes, "Bytes");
  d.field(5, bytes_total, "BytesTotal");
  d.field(6, bytes_per_second, "BytesPerSecond");
  d.field(7, files, "Files");
  d.field(8, downloaded_at, "DownloadedAt");
  d.field(9, last_used, "LastUsed");
  d.field(10, expires_at, "ExpiresAt");
  d.field(11, pinned, "Pinned");
  d.field(12, users, "Users").flags(codec::kEmptyList);
}

void describe(codec::StructBuilder& d, AssetsView& r) {
  auto& [node_id, node_name, assets] = r;
  d.name("AssetsView");
  d.field(1, node_id, "NodeID");
  d.field(2, node_name, "NodeName");
  d.field(3, assets, "Assets").flags(codec::kEmptyList);
}

}  // namespace drover::client
