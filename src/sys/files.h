#pragma once

#include "sys/fd.h"

#include <sys/types.h>
#include <cstdint>
#include <string>
#include <string_view>

// Files at paths that this program chose itself. For paths that a user or a task has a say in: directory.h.
namespace drover::sys {

inline constexpr size_t kDefaultReadLimit = 16 << 20;

// The whole file; ResourceExhausted if it is longer than `limit`. Works for /proc and /sys, too.
Result<std::string> read_file(const std::string& path, size_t limit = kDefaultReadLimit);

// Replaces `path` so that a reader, and the disk after a crash, has the old or the new bytes: a temporary file in the
// same directory, fsync, rename, fsync of the directory.
Status write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode = 0644);

// Appends in one write where the kernel allows; creates the file with `mode`.
Status append_file(const std::string& path, std::string_view bytes, mode_t mode = 0644);

// Writes to a file that exists, such as one of the kernel's control files.
Status write_existing(const std::string& path, std::string_view bytes);

// A file without a name, in memory; read from its start.
Result<Fd> make_memory_file(const std::string& label, std::string_view bytes);

// From the current position to the end of file.
Result<std::string> read_all(const Fd& fd, size_t limit = kDefaultReadLimit);
Status write_all(const Fd& fd, std::string_view bytes);

}  // namespace drover::sys
