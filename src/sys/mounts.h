#pragma once

#include "base/result.h"
#include "sys/fd.h"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace drover::sys {

struct TmpfsOptions {
  uint64_t size_bytes = 1 << 20;
  mode_t mode = 0700;
  uint32_t uid = 0;
  uint32_t gid = 0;
};

// A tmpfs without devices, setuid or executables (secrets directories). PermissionDenied without the privilege.
Status mount_tmpfs(const std::string& path, const TmpfsOptions& options);

enum class Access : uint8_t { ReadWrite, ReadOnly };

// Makes what `source` names appear at `target` as well, with all that is mounted in it, but nothing to do with later
// mounts there. ReadOnly holds for all of it; nosuid and the like stay. `target` is of the same kind, a directory or a
// file.
Status mount_copy(const Fd& source, const std::string& target, Access access);
// Linux 5.12.
bool can_mount_copies();

struct Overlay {
  std::string lower;  // read only
  std::string upper;  // what is written
  std::string work;   // on the file system of `upper`
  std::string target;
};
// Unavailable where the kernel or the file systems cannot do it.
Status mount_overlay(const Overlay& overlay);

// Detaches at once, also when in use. Not mounted is success.
Status unmount(const std::string& path);
// Everything mounted at or beneath `path`, the deepest first.
Status unmount_beneath(const std::string& path);

// Mount points at or beneath `path`, parents first.
Result<std::vector<std::string>> mounts_beneath(const std::string& path);
bool is_mount_point(const std::string& path);

}  // namespace drover::sys
