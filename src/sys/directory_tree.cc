// The part of Directory that looks at many files: listing directories and removing trees.
#include "base/strings.h"
#include "sys/directory.h"
#include "sys/os_error.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace drover::sys {

namespace {

// Each level holds a descriptor and some stack. Deeper trees exist only to be a nuisance; removing goes around them.
constexpr int kMaxDepth = 256;

using DirStream = std::unique_ptr<DIR, int (*)(DIR*)>;

// A directory to be emptied; EXDEV if something is mounted on it, be it of the same file system.
Fd open_unmounted(int parent, const char* name) {
  open_how how{.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_NO_XDEV};
  for (;;) {
    const long fd = ::syscall(SYS_openat2, parent, name, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) return Fd(static_cast<int>(fd));
  }
}

DirStream open_stream(int parent, const char* name) {
  const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR* stream = fd < 0 ? nullptr : ::fdopendir(fd);
  if (fd >= 0 && stream == nullptr) ::close(fd);
  return DirStream(stream, ::closedir);
}

bool is_dots(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::Regular;
  if (S_ISDIR(mode)) return FileKind::Directory;
  if (S_ISLNK(mode)) return FileKind::Symlink;
  return FileKind::Other;
}

FileInfo to_info(std::string name, const struct stat& info) {
  return {.name = std::move(name),
          .kind = kind_of(info.st_mode),
          .size = static_cast<uint64_t>(info.st_size),
          .mode = info.st_mode & 07777,
          .uid = info.st_uid,
          .gid = info.st_gid,
          .inode = info.st_ino,
          .modified_unix_nanos = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

// Removes what is in a directory, and nothing of what is mounted in it. Directories below kMaxDepth are moved up to the
// top, where the next pass finds them.
class TreeRemover {
 public:
  explicit TreeRemover(int top) : top_(top) {}

  // 0 or the errno of the first failure.
  int remove_contents(int directory, int depth) {
    const DirStream stream = open_stream(directory, ".");
    if (!stream) return errno;
    int failure = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      if (is_dots(entry->d_name)) continue;
      const int error = remove_entry(::dirfd(stream.get()), entry->d_name, depth);
      if (failure == 0) failure = error;
    }
    return failure;
  }

  int remove_entry(int parent, const char* name, int depth) {
    if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return errno;
    struct stat info = {};
    if (::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? 0 : errno;
    if (!S_ISDIR(info.st_mode)) return EPERM;
    if (depth >= kMaxDepth) {
      moved_any_ = true;
      const std::string moved = fmt::format(".drover-remove-{}", moved_++);
      return ::renameat(parent, name, top_, moved.c_str()) == 0 ? 0 : errno;
    }
    const Fd child = open_unmounted(parent, name);
    if (!child.valid()) return errno == ENOENT ? 0 : errno == EXDEV ? EBUSY : errno;
    const int error = remove_contents(child.get(), depth + 1);
    if (::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    return error != 0 ? error : errno;
  }

  bool moved_any() { return std::exchange(moved_any_, false); }

 private:
  int top_;
  uint64_t moved_ = 0;
  bool moved_any_ = false;
};

int empty_directory(int directory) {
  TreeRemover remover(directory);
  for (;;) {
    const int error = remover.remove_contents(directory, 0);
    if (error != 0 || !remover.moved_any()) return error;
  }
}

}  // namespace

Result<std::vector<FileInfo>> Directory::list(std::string_view path, size_t limit) const {
  TRY_LET(const Fd fd, open_beneath(path, O_RDONLY | O_DIRECTORY, 0, Symlinks::Beneath));
  const DirStream stream = open_stream(fd.get(), ".");
  if (!stream) return os_err(errno, "list \"{}\"", printable(path));
  std::vector<FileInfo> out;
  while (const dirent* entry = ::readdir(stream.get())) {
    if (is_dots(entry->d_name)) continue;
    struct stat info = {};
    if (::fstatat(::dirfd(stream.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (out.size() == limit) {
      return err(ErrorCode::ResourceExhausted, "\"{}\" has more than {} entries", printable(path), limit);
    }
    out.push_back(to_info(entry->d_name, info));
  }
  std::sort(out.begin(), out.end(), [](const FileInfo& a, const FileInfo& b) { return a.name < b.name; });
  return out;
}

Result<FileInfo> Directory::stat(std::string_view path) const {
  const std::string_view trimmed = path.substr(0, path.find_last_not_of('/') + 1);
  const std::string_view last = trimmed.substr(trimmed.rfind('/') + 1);
  // With O_NOFOLLOW, O_PATH opens a link at the end of the path itself; those on the way there are still followed.
  TRY_LET(const Fd fd, open_beneath(path, O_PATH | O_NOFOLLOW, 0, Symlinks::Beneath));
  struct stat info = {};
  if (::fstat(fd.get(), &info) != 0) return os_err(errno, "stat \"{}\"", printable(path));
  return to_info(last == "." ? "" : std::string(last), info);
}

Status Directory::remove_tree(std::string_view path) const {
  const auto failed = [&](int error) { return os_err(error, "remove \"{}\" in {}", printable(path), path_); };
  if (path.find_first_not_of("/.") == std::string_view::npos && path.find("..") == std::string_view::npos) {
    TRY_LET(const Fd root, open_beneath("", O_RDONLY | O_DIRECTORY, 0, Symlinks::Refuse));
    const int error = empty_directory(root.get());
    if (error != 0) return failed(error);
    return Ok{};
  }
  auto parent = open_parent(path);
  if (!parent) {
    if (parent.error().code() == ErrorCode::NotFound) return Ok{};
    return err(parent.error());
  }
  const Fd directory = open_unmounted(parent->fd.get(), parent->name.c_str());
  if (!directory.valid()) {
    if (errno == EXDEV) return failed(EBUSY);
    if (::unlinkat(parent->fd.get(), parent->name.c_str(), 0) == 0 || errno == ENOENT) return Ok{};
    return failed(errno);
  }
  if (const int error = empty_directory(directory.get()); error != 0) return failed(error);
  if (::unlinkat(parent->fd.get(), parent->name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return failed(errno);
  return Ok{};
}

}  // namespace drover::sys
