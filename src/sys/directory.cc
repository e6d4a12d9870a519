#include "sys/directory.h"

#include "base/strings.h"
#include "sys/os_error.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace drover::sys {

namespace {

constexpr int kRetries = 100;

// "/a//b/" is "a/b": absolute paths start at the root of the directory, as in a chroot. ".." is left to the kernel.
std::string normalize(std::string_view path) {
  std::string out;
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (!out.empty()) out += '/';
    out += part;
  }
  return out.empty() ? "." : out;
}

tl::unexpected<Error> beneath_error(int error, std::string_view path, const std::string& label) {
  if (error == EXDEV) {
    return err(ErrorCode::PermissionDenied, "path \"{}\" escapes the {}", printable(path), label);
  }
  if (error == ELOOP) {
    return err(ErrorCode::PermissionDenied, "path \"{}\" is or goes through a symbolic link", printable(path));
  }
  if (error == ENXIO) return err(ErrorCode::InvalidArgument, "\"{}\" is not a regular file", printable(path));
  return os_err(error, "\"{}\" in the {}", printable(path), label);
}

Status refuse_nul(std::string_view path) {
  if (path.find('\0') == std::string_view::npos) return Ok{};
  return err(ErrorCode::InvalidArgument, "path \"{}\" contains a NUL character", printable(path));
}

}  // namespace

Directory::Directory(Fd fd, std::string path, std::string label)
    : fd_(std::move(fd)), path_(std::move(path)), label_(std::move(label)) {
  if (label_.empty()) label_ = "directory " + path_;
}

Result<Directory> Directory::open(const std::string& path, std::string label) {
  Fd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return os_err(errno, "open directory {}", path);
  return Directory(std::move(fd), path, std::move(label));
}

Result<Directory> Directory::create(const std::string& path, mode_t mode, std::string label) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    // Only a failure of the last one matters, and open() reports that.
    if (!part.empty() && ::mkdir(part.c_str(), mode) != 0 && errno != EEXIST && end == std::string::npos) {
      return os_err(errno, "make directory {}", path);
    }
    if (end == std::string::npos) break;
  }
  return open(path, std::move(label));
}

Result<Fd> Directory::open_beneath(std::string_view path, uint64_t flags, mode_t mode, Symlinks symlinks) const {
  TRY(refuse_nul(path));
  open_how how = {.flags = flags | O_CLOEXEC,
                  .mode = (flags & O_CREAT) != 0 ? mode : 0,
                  .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  if (symlinks == Symlinks::Refuse) how.resolve |= RESOLVE_NO_SYMLINKS;
  const std::string clean = normalize(path);
  for (int attempt = 0;; attempt++) {
    const long fd = ::syscall(SYS_openat2, fd_.get(), clean.c_str(), &how, sizeof how);
    if (fd >= 0) return Fd(static_cast<int>(fd));
    // EAGAIN: something was renamed meanwhile, so the kernel cannot be sure.
    if ((errno == EAGAIN || errno == EINTR) && attempt < kRetries) continue;
    return beneath_error(errno, path, label_);
  }
}

// The directory that holds the last component, reached without any symbolic link: for operations that change it.
Result<Directory::Parent> Directory::open_parent(std::string_view path) const {
  const std::string clean = normalize(path);
  const size_t slash = clean.rfind('/');
  std::string name = slash == std::string::npos ? clean : clean.substr(slash + 1);
  if (name == "..") return err(ErrorCode::PermissionDenied, "path \"{}\" escapes the {}", printable(path), label_);
  if (name == ".") return err(ErrorCode::InvalidArgument, "the {} itself cannot be changed", label_);
  TRY(refuse_nul(path));
  const std::string above = slash == std::string::npos ? "." : clean.substr(0, slash);
  TRY_LET(Fd fd, open_beneath(above, O_PATH | O_DIRECTORY, 0, Symlinks::Refuse));
  return Parent{std::move(fd), std::move(name)};
}

Result<Directory> Directory::open_directory(std::string_view path, Symlinks symlinks) const {
  TRY_LET(Fd fd, open_beneath(path, O_PATH | O_DIRECTORY, 0, symlinks));
  const std::string clean = normalize(path);
  return Directory(std::move(fd), clean == "." ? path_ : path_ + "/" + clean, label_);
}

Result<Fd> Directory::open_file(std::string_view path, ReadOptions options) const {
  TRY_LET(Fd fd, open_beneath(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, options.symlinks));
  struct stat info = {};
  if (::fstat(fd.get(), &info) != 0) return os_err(errno, "stat \"{}\"", printable(path));
  if (S_ISDIR(info.st_mode)) return err(ErrorCode::InvalidArgument, "\"{}\" is a directory", printable(path));
  if (options.regular_only && !S_ISREG(info.st_mode)) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is not a regular file", printable(path));
  }
  return fd;
}

Result<Fd> Directory::create_file(std::string_view path, WriteOptions options) const {
  // Not truncated before it is known to be a plain file with one name: it may be a hard link to something precious.
  uint64_t flags = O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY;
  if (options.exclusive) flags |= O_EXCL;
  if (options.append) flags |= O_APPEND;
  TRY_LET(Fd fd, open_beneath(path, flags, options.mode, options.symlinks));
  struct stat info = {};
  if (::fstat(fd.get(), &info) != 0) return os_err(errno, "stat \"{}\"", printable(path));
  if (!S_ISREG(info.st_mode)) return err(ErrorCode::InvalidArgument, "\"{}\" is not a regular file", printable(path));
  if (info.st_nlink > 1) return err(ErrorCode::PermissionDenied, "\"{}\" has several hard links", printable(path));
  if (options.truncate && !options.append && info.st_size > 0 && ::ftruncate(fd.get(), 0) != 0) {
    return os_err(errno, "truncate \"{}\"", printable(path));
  }
  return fd;
}

Result<std::string> Directory::read(std::string_view path, size_t limit) const {
  TRY_LET(const Fd fd, open_file(path));
  auto bytes = read_all(fd, limit);
  if (!bytes) return err(bytes.error().context(printable(path)));
  return bytes;
}

Status Directory::write_atomic(std::string_view path, std::string_view bytes, mode_t mode,
                               std::optional<Owner> owner) const {
  TRY_LET(const Parent parent, open_parent(path));
  const std::string temporary = fmt::format(".{}.{}.tmp", parent.name.substr(0, 200), ::gettid());
  ::unlinkat(parent.fd.get(), temporary.c_str(), 0);
  const auto replace = [&]() -> Status {
    const Fd file(
        ::openat(parent.fd.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return beneath_error(errno, path, label_);
    TRY(write_all(file, bytes));
    if (owner && ::fchown(file.get(), owner->uid, owner->gid) != 0) return beneath_error(errno, path, label_);
    if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0 ||
        ::renameat(parent.fd.get(), temporary.c_str(), parent.fd.get(), parent.name.c_str()) != 0) {
      return beneath_error(errno, path, label_);
    }
    return Ok{};
  };
  auto status = replace();
  if (!status) {
    ::unlinkat(parent.fd.get(), temporary.c_str(), 0);
    return status;
  }
  const Fd directory(::openat(parent.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) return beneath_error(errno, path, label_);
  return Ok{};
}

Status Directory::make_directories(std::string_view path, mode_t mode) const {
  std::string so_far;
  const std::string clean = normalize(path);
  if (clean == ".") return Ok{};
  for (const std::string& part : split(clean, '/')) {
    so_far += (so_far.empty() ? "" : "/") + part;
    TRY_LET(const Parent parent, open_parent(so_far));
    if (::mkdirat(parent.fd.get(), parent.name.c_str(), mode) != 0 && errno != EEXIST) {
      return beneath_error(errno, path, label_);
    }
  }
  TRY(open_beneath(path, O_PATH | O_DIRECTORY, 0, Symlinks::Refuse));
  return Ok{};
}

Status Directory::make_symlink(std::string_view target, std::string_view path) const {
  TRY_LET(const Parent parent, open_parent(path));
  if (::symlinkat(std::string(target).c_str(), parent.fd.get(), parent.name.c_str()) != 0) {
    return beneath_error(errno, path, label_);
  }
  return Ok{};
}

Status Directory::rename(std::string_view from, std::string_view to) const {
  TRY_LET(const Parent source, open_parent(from));
  TRY_LET(const Parent target, open_parent(to));
  if (::renameat(source.fd.get(), source.name.c_str(), target.fd.get(), target.name.c_str()) != 0) {
    return os_err(errno, "rename \"{}\" to \"{}\"", printable(from), printable(to));
  }
  return Ok{};
}

Status Directory::remove_file(std::string_view path) const {
  TRY_LET(const Parent parent, open_parent(path));
  if (::unlinkat(parent.fd.get(), parent.name.c_str(), 0) != 0) return beneath_error(errno, path, label_);
  return Ok{};
}

Status Directory::set_mode(std::string_view path, mode_t mode) const {
  TRY_LET(const Fd fd, open_beneath(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, Symlinks::Refuse));
  if (::fchmod(fd.get(), mode) != 0) return beneath_error(errno, path, label_);
  return Ok{};
}

Status Directory::set_owner(std::string_view path, Owner owner) const {
  TRY_LET(const Fd fd, open_beneath(path, O_PATH, 0, Symlinks::Refuse));
  if (::fchownat(fd.get(), "", owner.uid, owner.gid, AT_EMPTY_PATH) != 0) return beneath_error(errno, path, label_);
  return Ok{};
}

}  // namespace drover::sys
