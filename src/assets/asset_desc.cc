#include "assets/asset.h"
#include "assets/asset_record.h"
#include "codec/describe.h"

namespace drover::assets {

void describe(codec::StructBuilder& d, AssetLimits& r) {
  auto& [bytes, files, timeout] = r;
  d.name("AssetLimits");
  d.field(1, bytes, "Bytes");
  d.field(2, files, "Files");
  d.field(3, timeout, "Timeout");
}

void describe(codec::StructBuilder& d, AssetEndpoints& r) {
  auto& [hugging_face, ollama] = r;
  d.name("AssetEndpoints");
  d.field(1, hugging_face, "HuggingFace");
  d.field(2, ollama, "Ollama");
}

void describe(codec::StructBuilder& d, AssetOrder& r) {
  auto& [asset, endpoints, limits, connections, have, isolate] = r;
  d.name("AssetOrder");
  d.field(1, asset, "Asset");
  d.field(2, endpoints, "Endpoints");
  d.field(3, limits, "Limits");
  d.field(4, connections, "Connections");
  d.field(5, have, "Have");
  d.field(6, isolate, "Isolate");
}

void describe(codec::StructBuilder& d, AssetFile& r) {
  auto& [path, bytes, sha256, part] = r;
  d.name("AssetFile");
  d.field(1, path, "Path");
  d.field(2, bytes, "Bytes");
  d.field(3, sha256, "SHA256");
  d.field(4, part, "Part");
}

void describe(codec::StructBuilder& d, AssetManifest& r) {
  auto& [files] = r;
  d.name("AssetManifest");
  d.field(1, files, "Files");
}

void describe(codec::StructBuilder& d, AssetRecord& r) {
  auto& [key, held_key, title, bytes, files, downloaded_at, last_used, pinned, users, unsynced_boot] = r;
  d.name("AssetRecord");
  d.field(1, key, "Key");
  d.field(2, held_key, "HeldKey");
  d.field(3, title, "Title");
  d.field(4, bytes, "Bytes");
  d.field(5, files, "Files");
  d.field(6, downloaded_at, "DownloadedAt");
  d.field(7, last_used, "LastUsed");
  d.field(8, pinned, "Pinned");
  d.field(9, users, "Users");
  d.field(10, unsynced_boot, "UnsyncedBoot");
}

}  // namespace drover::assets
