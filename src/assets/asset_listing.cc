#include "assets/asset_listing.h"

#include "assets/checksum.h"
#include "assets/unpack.h"
#include "base/strings.h"

#include <fnmatch.h>
#include <algorithm>
#include <set>

namespace drover::assets {
namespace {

// Neither twice, nor a file where another one has a folder.
Status check_paths(std::vector<RemoteFile>& files) {
  std::set<std::string> paths;
  for (RemoteFile& file : files) {
    TRY_LET(file.path, safe_relative_path(file.path));
    if (!paths.insert(file.path).second) {
      return err(ErrorCode::InvalidArgument, "the file \"{}\" is there twice", printable(file.path));
    }
  }
  for (const std::string& path : paths) {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      if (!paths.contains(path.substr(0, slash))) continue;
      return err(ErrorCode::InvalidArgument, "\"{}\" is a file and a folder", printable(path.substr(0, slash)));
    }
  }
  return Ok{};
}

Status check_limits(const std::vector<RemoteFile>& files, const AssetLimits& limits) {
  if (limits.files != 0 && files.size() > limits.files) {
    return err(ErrorCode::ResourceExhausted, "it has {} files, this node takes {}", files.size(), limits.files);
  }
  uint64_t bytes = 0;
  for (const RemoteFile& file : files) bytes += file.bytes.value_or(0);
  if (limits.bytes != 0 && bytes > limits.bytes) {
    return err(ErrorCode::ResourceExhausted, "it has {} bytes, this node takes {}", bytes, limits.bytes);
  }
  return Ok{};
}

}  // namespace

std::string RemoteFile::id() const {
  std::string text = path + '\0' + validator + '\0' + sha256 + '\0' + git_sha1 + '\0' + md5 + '\0';
  text += bytes ? std::to_string(*bytes) : "?";
  text += '\0' + to_text(spec.url);
  return assets::sha256(text).substr(0, 32);
}

bool is_wanted(const std::string& path, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return true;
  return std::ranges::any_of(wanted, [&](const std::string& entry) {
    std::string pattern = entry.starts_with("./") ? entry.substr(2) : entry;
    while (pattern.ends_with('/')) pattern.pop_back();
    return path == pattern || path.starts_with(pattern + "/") || ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
  });
}

Result<std::vector<RemoteFile>> list_asset(const DownloadContext& context, const AssetOrder& order) {
  const std::string& type = order.asset.type;
  auto files = type == "S3"   ? list_s3(context, order)
               : type == "HF" ? list_hugging_face(context, order)
                              : list_ollama(context, order);
  if (!files) return files;
  TRY(check_paths(*files));
  TRY(check_limits(*files, order.limits));
  return files;
}

}  // namespace drover::assets
