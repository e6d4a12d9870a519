#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/task_io.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

// What the agent and the process that fetches an asset for it tell each other, beside messages of progress.
namespace drover::assets {

// 0: no limit.
struct AssetLimits {
  uint64_t bytes = 2'000'000'000'000;
  uint64_t files = 100'000;
  Duration timeout = std::chrono::hours(12);  // of one attempt; what has come stays
};
void describe(codec::StructBuilder& d, AssetLimits& r);

// Where repositories and models come from, unless they say so themselves.
struct AssetEndpoints {
  std::string hugging_face = "https://huggingface.co";
  std::string ollama = "https://registry.ollama.ai";
};
void describe(codec::StructBuilder& d, AssetEndpoints& r);

struct AssetOrder {
  model::Asset asset;
  AssetEndpoints endpoints;
  AssetLimits limits;
  uint32_t connections = 4;
  std::vector<std::string> have;  // SHA-256 of what the agent has and need not come again; sorted
  bool isolate = true;            // from the file system
};
void describe(codec::StructBuilder& d, AssetOrder& r);

// One file of an asset.
struct AssetFile {
  std::string path;  // relative, without "." and ".."
  uint64_t bytes = 0;
  std::string sha256;
  std::string part;  // its name in the working directory; "": the agent has it
};
void describe(codec::StructBuilder& d, AssetFile& r);

struct AssetManifest {
  std::vector<AssetFile> files;
};
void describe(codec::StructBuilder& d, AssetManifest& r);

// In the working directory, a storage record.
inline constexpr const char* kManifestName = "manifest";

}  // namespace drover::assets
