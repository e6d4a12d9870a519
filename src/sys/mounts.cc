#include "sys/mounts.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/os_error.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <algorithm>
#include <cerrno>

namespace drover::sys {

namespace {

// proc(5): white space and backslashes in /proc/self/mountinfo are written as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_beneath(const std::string& path, const std::string& root) {
  return path == root || root == "/" || path.starts_with(root + "/");
}

}  // namespace

Status mount_tmpfs(const std::string& path, const TmpfsOptions& options) {
  const std::string data = fmt::format("size={},mode={:o},uid={},gid={},nr_inodes=10000", options.size_bytes,
                                       options.mode, options.uid, options.gid);
  if (::mount("tmpfs", path.c_str(), "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, data.c_str()) != 0) {
    return os_err(errno, "mount a tmpfs on {}", path);
  }
  return Ok{};
}

Status mount_copy(const Fd& source, const std::string& target, Access access) {
  const Fd copy(::open_tree(source.get(), "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!copy.valid()) return os_err(errno, "copy a mount for {}", target);
  // Before it is attached: a mount that is one's peer would be undone together with the copy.
  mount_attr attributes = {};
  attributes.propagation = MS_PRIVATE;
  if (access == Access::ReadOnly) attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(copy.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) != 0 ||
      ::move_mount(copy.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    return os_err(errno, "mount at {}", target);
  }
  return Ok{};
}

bool can_mount_copies() {
  return ::mount_setattr(-1, "", 0, nullptr, 0) != 0 && errno != ENOSYS;
}

Status mount_overlay(const Overlay& overlay) {
  for (const std::string* path : {&overlay.lower, &overlay.upper, &overlay.work}) {
    if (path->find_first_of(":,\\") == std::string::npos) continue;
    return err(ErrorCode::Unavailable, "overlay at {}: \"{}\" has a colon, comma or backslash", overlay.target, *path);
  }
  const std::string options = "lowerdir=" + overlay.lower + ",upperdir=" + overlay.upper + ",workdir=" + overlay.work;
  if (::mount("overlay", overlay.target.c_str(), "overlay", MS_NOSUID | MS_NODEV, options.c_str()) == 0) return Ok{};
  return os_err(errno, "mount an overlay at {}", overlay.target);
}

Status unmount(const std::string& path) {
  // EINVAL: not a mount point.
  if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT) {
    return os_err(errno, "unmount {}", path);
  }
  return Ok{};
}

Status unmount_beneath(const std::string& path) {
  TRY_LET(auto mounts, mounts_beneath(path));
  std::reverse(mounts.begin(), mounts.end());
  for (const std::string& mount : mounts) TRY(unmount(mount));
  return Ok{};
}

Result<std::vector<std::string>> mounts_beneath(const std::string& path) {
  TRY_LET(const std::string text, read_file("/proc/self/mountinfo", 64 << 20));
  std::vector<std::string> out;
  for (const std::string& line : split(text, '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() < 5) continue;
    std::string mount = unescape(fields[4]);
    if (is_beneath(mount, path)) out.push_back(std::move(mount));
  }
  return out;
}

bool is_mount_point(const std::string& path) {
  const auto mounts = mounts_beneath(path);
  return mounts && std::count(mounts->begin(), mounts->end(), path) > 0;
}

}  // namespace drover::sys
