#include "client/hooks/private_layer.h"

#include "base/log.h"
#include "sys/directory.h"
#include "sys/mounts.h"

#include <filesystem>

namespace drover::client {
namespace {

constexpr mode_t kWritable = 0777;

// The directories of a tree, which its owner made read-only, become writable; files are replaced by writing anew.
Status open_up(const sys::Directory& root, const std::string& path, bool files) {
  TRY(root.set_mode(path, kWritable));
  TRY_LET(const auto entries, root.list(path));
  for (const sys::FileInfo& entry : entries) {
    const std::string below = path.empty() ? entry.name : path + "/" + entry.name;
    if (entry.kind == sys::FileKind::Directory) TRY(open_up(root, below, files));
    if (entry.kind == sys::FileKind::Regular && files) TRY(root.set_mode(below, 0666));
  }
  return Ok{};
}

Result<std::string> copy(const std::string& tree, const sys::Directory& layer) {
  if (layer.exists("copy")) return layer.path() + "/copy";
  TRY(layer.remove_tree("copying"));
  std::error_code error;
  std::filesystem::copy(tree, layer.path() + "/copying", std::filesystem::copy_options::recursive, error);
  if (error) return err(ErrorCode::Unavailable, "copy it for the task: {}", error.message());
  TRY_LET(const auto copied, layer.open_directory("copying"));
  TRY(open_up(copied, "", true));
  TRY(layer.rename("copying", "copy"));
  return layer.path() + "/copy";
}

}  // namespace

Result<std::string> make_private_layer(const std::string& tree, const std::string& layer) {
  TRY_LET(const auto directory, sys::Directory::create(layer, 0711, "the asset's layer"));
  if (directory.exists("copy")) return copy(tree, directory);
  const std::string merged = layer + "/merged";
  if (sys::is_mount_point(merged)) return merged;
  for (const char* part : {"upper", "work", "merged"}) TRY(directory.make_directories(part, 0755));
  const auto mounted =
      sys::mount_overlay({.lower = tree, .upper = layer + "/upper", .work = layer + "/work", .target = merged});
  if (mounted) {
    TRY_LET(const auto root, sys::Directory::open(merged));
    TRY(open_up(root, "", false));
    return merged;
  }
  log::info("an asset is copied for its task", {{"reason", mounted.error().message()}});
  return copy(tree, directory);
}

}  // namespace drover::client
