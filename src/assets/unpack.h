#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "sys/directory.h"
#include "sys/fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drover::assets {

// What may come out of one artifact. 0: no limit.
struct UnpackLimits {
  uint64_t bytes = 0;
  uint64_t files = 0;
  MonoTime deadline;
};

// A kind of archive ("tar.gz") or of a compressed single file ("gz").
struct ArchiveKind {
  std::string_view name;
  bool single = false;  // one compressed file
};

std::optional<ArchiveKind> find_archive_kind(std::string_view name);
// By the longest extension that fits.
std::optional<ArchiveKind> archive_kind_of_file(std::string_view file_name);
// "data.gz" → "data".
std::string name_without_extension(std::string_view file_name, const ArchiveKind& kind);

// A path beneath a root, from somebody else: cleaned of "." and "//". PermissionDenied for absolute ones and "..".
Result<std::string> safe_relative_path(std::string_view path);

// Whether a symbolic link at `path` may point to `target`: nowhere outside the root, whatever other links of the same
// kind there are. So ".." may stand at the target's start only.
Status check_link_target(std::string_view path, std::string_view target);

// Unpacks into an empty directory that nobody else writes to. Names that leave it, links out of it and device nodes are
// refused; setuid bits are dropped. The number of bytes unpacked.
Result<uint64_t> unpack_archive(const sys::Fd& archive, const ArchiveKind& kind, const sys::Directory& into,
                                const UnpackLimits& limits, const Clock& clock);

// The one file of an archive, or a compressed single file, as `name` in the directory.
Result<uint64_t> unpack_single_file(const sys::Fd& archive, const ArchiveKind& kind, const sys::Directory& into,
                                    const std::string& name, const UnpackLimits& limits, const Clock& clock);

}  // namespace drover::assets
