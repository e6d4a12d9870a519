#pragma once

#include "sys/fd.h"
#include "sys/files.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::sys {

enum class FileKind : uint8_t { Regular, Directory, Symlink, Other };

struct FileInfo {
  std::string name;  // The last component; "" for the root itself.
  FileKind kind = FileKind::Other;
  uint64_t size = 0;
  uint32_t mode = 0;  // Permission bits with setuid, setgid and sticky: st_mode & 07777.
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t inode = 0;
  int64_t modified_unix_nanos = 0;
};

enum class Symlinks : uint8_t {
  Beneath,  // Followed as long as they stay beneath the root.
  Refuse,   // A symbolic link anywhere in the path is an error.
};

struct ReadOptions {
  Symlinks symlinks = Symlinks::Beneath;
  bool regular_only = true;  // Else FIFOs and devices open too, without blocking.
};

struct WriteOptions {
  Symlinks symlinks = Symlinks::Refuse;
  mode_t mode = 0644;
  bool exclusive = false;  // AlreadyExists if there is a file.
  bool truncate = true;
  bool append = false;
};

struct Owner {
  uint32_t uid = 0;
  uint32_t gid = 0;
};

// A directory, held open, and operations strictly beneath it: whatever `path` says ("..", absolute paths, symbolic
// links that somebody swaps in meanwhile, /proc magic links), nothing outside is opened, made, or removed (openat2 with
// RESOLVE_BENEATH). Paths are relative; a leading "/" means the root itself, as in the file system API of an
// allocation;
// "" and "." are the root. Immutable, so usable from any thread.
class Directory {
 public:
  // `path` itself is trusted. `label` names the root in errors: path "../x" escapes the allocation directory.
  static Result<Directory> open(const std::string& path, std::string label = {});
  // As `mkdir -p`, then open.
  static Result<Directory> create(const std::string& path, mode_t mode = 0755, std::string label = {});

  const std::string& path() const { return path_; }
  const Fd& fd() const { return fd_; }

  Result<Directory> open_directory(std::string_view path, Symlinks symlinks = Symlinks::Beneath) const;
  // Opens for reading with O_NONBLOCK, so that a FIFO cannot hang the caller.
  Result<Fd> open_file(std::string_view path, ReadOptions options = {}) const;
  // Opens for writing and makes the file where there is none; the parent directory must exist.
  Result<Fd> create_file(std::string_view path, WriteOptions options = {}) const;

  Result<std::string> read(std::string_view path, size_t limit = kDefaultReadLimit) const;
  // As write_file_atomic.
  Status write_atomic(std::string_view path, std::string_view bytes, mode_t mode = 0644,
                      std::optional<Owner> owner = std::nullopt) const;

  // Every missing directory of `path`; those that exist are left as they are.
  Status make_directories(std::string_view path, mode_t mode = 0755) const;
  Status make_symlink(std::string_view target, std::string_view path) const;

  // Sorted by name; ResourceExhausted with more than `limit` entries.
  Result<std::vector<FileInfo>> list(std::string_view path, size_t limit = 100'000) const;
  // Of the link itself, if the last component is one.
  Result<FileInfo> stat(std::string_view path) const;
  bool exists(std::string_view path) const { return stat(path).has_value(); }
  // Bytes on disk of everything beneath `path`, and 4 KiB at least for each file, link and directory, however deep it
  // lies; links are not followed, files with several links count once.
  Result<uint64_t> disk_usage(std::string_view path) const;

  Status rename(std::string_view from, std::string_view to) const;
  Status remove_file(std::string_view path) const;
  // Everything at `path`, without following a link or crossing into another mount; nothing there is success. The root
  // itself ("") is emptied, not removed.
  Status remove_tree(std::string_view path) const;
  Status set_mode(std::string_view path, mode_t mode) const;
  Status set_owner(std::string_view path, Owner owner) const;

 private:
  Directory(Fd fd, std::string path, std::string label);

  Result<Fd> open_beneath(std::string_view path, uint64_t flags, mode_t mode, Symlinks symlinks) const;

  struct Parent {
    Fd fd;
    std::string name;
  };
  Result<Parent> open_parent(std::string_view path) const;

  Fd fd_;
  std::string path_;
  std::string label_;
};

}  // namespace drover::sys
