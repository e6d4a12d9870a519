#pragma once

#include "assets/asset.h"
#include "assets/download.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::assets {

// A file of an asset at its source. Of the hashes, those that the source tells.
struct RemoteFile {
  std::string path;  // in the asset's tree
  DownloadSpec spec;
  std::optional<uint64_t> bytes;
  std::string sha256;
  std::string git_sha1;  // of git's blob: "blob <size>\0" and the bytes
  std::string md5;       // unless the server says that its ETags are none
  std::string validator;
  std::optional<std::string> content;  // known already

  // Names what is to come: a part of it from an earlier attempt can be continued.
  std::string id() const;
  bool has_hash() const { return !sha256.empty() || !git_sha1.empty() || !md5.empty(); }
};

// The files of an asset: paths are checked, and each is there once. Blocks.
Result<std::vector<RemoteFile>> list_asset(const DownloadContext& context, const AssetOrder& order);

// The three kinds, each in a file of its own.
Result<std::vector<RemoteFile>> list_s3(const DownloadContext& context, const AssetOrder& order);
Result<std::vector<RemoteFile>> list_hugging_face(const DownloadContext& context, const AssetOrder& order);
Result<std::vector<RemoteFile>> list_ollama(const DownloadContext& context, const AssetOrder& order);

// Whether a path of a repository is asked for: `wanted` has it, a folder above it, or a pattern as a shell's.
bool is_wanted(const std::string& path, const std::vector<std::string>& wanted);

}  // namespace drover::assets
