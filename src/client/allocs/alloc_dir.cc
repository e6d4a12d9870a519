#include "client/allocs/alloc_dir.h"

#include "base/log.h"
#include "base/strings.h"
#include "sys/directory.h"
#include "sys/mounts.h"
#include "sys/users.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

namespace drover::client {
namespace {

constexpr mode_t kShared = 0777;
constexpr mode_t kTemporary = 01777;
constexpr mode_t kSecret = 0700;
constexpr int32_t kDefaultSecretsMb = 1;
constexpr std::string_view kVolumes = ".volumes";

// make_directories is subject to the umask; set_mode is not.
Status make(const sys::Directory& directory, const std::string& path, mode_t mode) {
  if (directory.exists(path)) return Ok{};
  TRY(directory.make_directories(path, mode));
  return directory.set_mode(path, mode);
}

// Any name, as one component of a path.
std::string volume_path(const std::string& name) {
  std::string out = std::string(kVolumes) + "/";
  for (const unsigned char c : name) {
    const bool plain = std::isalnum(c) || c == '-' || c == '_';
    out += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return out;
}

Status make_secrets(const sys::Directory& task, const std::optional<sys::Owner>& owner, uint64_t bytes) {
  const std::string path = task.path() + "/secrets";
  if (task.exists("secrets")) return Ok{};
  TRY(make(task, "secrets", kSecret));
  if (!sys::running_as_root()) return Ok{};
  const sys::Owner user = owner.value_or(sys::Owner{});
  const auto mounted = sys::mount_tmpfs(path, {.size_bytes = bytes, .mode = kSecret, .uid = user.uid, .gid = user.gid});
  if (!mounted) log::debug("secrets are kept on disk", {{"path", path}, {"error", mounted.error().message()}});
  return Ok{};
}

}  // namespace

AllocDir::AllocDir(const std::string& root, model::AllocId id) : root_(root), path_(root + "/" + id.str()) {}

drivers::TaskDirs AllocDir::task_dirs(const std::string& task) const {
  const std::string base = path_ + "/" + task;
  return {.alloc = path_ + "/alloc",
          .task = base,
          .local = base + "/local",
          .secrets = base + "/secrets",
          .logs = path_ + "/alloc/logs"};
}

std::string AllocDir::volume(const std::string& name) const {
  return path_ + "/" + volume_path(name);
}

Status AllocDir::build(const model::TaskGroup& group) const {
  for (const auto& task : group.tasks) TRY(check_task_name(task.name));
  TRY_LET(const auto dir, sys::Directory::create(path_, 0755, "the allocation directory"));
  TRY(make(dir, "alloc", 0755));
  TRY(make(dir, "alloc/data", kShared));
  TRY(make(dir, "alloc/logs", 0755));
  TRY(make(dir, "alloc/tmp", kTemporary));
  for (const auto& [name, volume] : group.volumes) {
    if (volume.type == "alloc") TRY(make(dir, volume_path(name), kShared));
  }
  for (const auto& task : group.tasks) TRY(build_task(task));
  return Ok{};
}

Status AllocDir::build_task(const model::Task& task) const {
  std::optional<sys::Owner> owner;
  if (!task.user.empty() && sys::running_as_root()) {
    // A user that only the image knows is the driver's business.
    if (const auto user = sys::find_user(task.user)) owner = sys::Owner{.uid = user->uid, .gid = user->gid};
  }
  TRY_LET(const auto dir, sys::Directory::create(path_ + "/" + task.name, kShared, "the task directory"));
  TRY(dir.set_mode("", kShared));
  TRY(make(dir, "local", kShared));
  TRY(make(dir, "tmp", kTemporary));
  const auto secrets_mb = static_cast<uint64_t>(std::max(task.resources.secrets_mb, kDefaultSecretsMb));
  TRY(make_secrets(dir, owner, secrets_mb << 20));
  if (!owner) return Ok{};
  for (const char* path : {"", "local", "secrets"}) TRY(dir.set_owner(path, *owner));
  return Ok{};
}

Status AllocDir::write_resolv_conf(const std::string& text) const {
  if (text.empty()) return Ok{};
  return sys::write_file_atomic(resolv_conf(), text);
}

Result<uint64_t> AllocDir::disk_usage(const model::TaskGroup& group) const {
  TRY_LET(const auto dir, sys::Directory::open(path_, "the allocation directory"));
  TRY_LET(uint64_t bytes, dir.disk_usage(""));
  for (const auto& task : group.tasks) bytes -= std::min(bytes, dir.disk_usage(task.name + "/secrets").value_or(0));
  return bytes;
}

Status AllocDir::take_over(const AllocDir& previous, const model::TaskGroup& group) const {
  return replace_data(previous.path_.substr(root_.size() + 1), group);
}

Status AllocDir::adopt_migrated(const model::TaskGroup& group) const {
  TRY(replace_data(path_.substr(root_.size() + 1) + "/" + kMigrated, group));
  TRY(build(group));  // users may have other numbers there
  return drop_migrated();
}

Status AllocDir::drop_migrated() const {
  TRY_LET(const auto dir, sys::Directory::open(path_, "the allocation directory"));
  return dir.remove_tree(kMigrated);
}

Status AllocDir::replace_data(const std::string& from, const model::TaskGroup& group) const {
  TRY_LET(const auto root, sys::Directory::open(root_, "the directory of allocations"));
  const std::string to = path_.substr(root_.size() + 1);
  std::vector<std::string> parts = {"alloc/data"};
  for (const auto& task : group.tasks) parts.push_back(task.name + "/local");
  for (const auto& part : parts) {
    if (!root.exists(from + "/" + part)) continue;
    TRY(root.remove_tree(to + "/" + part));
    TRY(root.rename(from + "/" + part, to + "/" + part));
  }
  return Ok{};
}

Status AllocDir::destroy() const {
  const auto root = sys::Directory::open(root_, "the directory of allocations");
  if (!root) return root.error().code() == ErrorCode::NotFound ? Status(Ok{}) : Status(err(root.error()));
  const std::string name = path_.substr(root_.size() + 1);
  if (const auto tasks = root->list(name)) {
    for (const auto& entry : *tasks) {
      if (entry.kind != sys::FileKind::Directory) continue;
      std::ignore = sys::unmount(path_ + "/" + entry.name + "/secrets");
    }
  }
  if (root->remove_tree(name)) return Ok{};
  TRY(sys::unmount_beneath(path_));
  return root->remove_tree(name);
}

Status check_task_name(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name == "alloc" || name == kVolumes ||
      name == AllocDir::kMigrated || name.find('/') != std::string::npos || name.find('\0') != std::string::npos ||
      name.size() > 200) {
    return err(ErrorCode::InvalidArgument, "a task cannot be named \"{}\": its directory has that name",
               printable(name));
  }
  return Ok{};
}

}  // namespace drover::client
