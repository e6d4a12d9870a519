#include "sys/files.h"

#include "sys/os_error.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>

namespace drover::sys {

namespace {

constexpr size_t kChunk = 64 << 10;

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status replace(const std::string& path, const std::string& temporary, std::string_view bytes, mode_t mode) {
  Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file.valid()) return os_err(errno, "create {}", temporary);
  TRY(write_all(file, bytes));
  // The umask must not make the file less readable than was asked for.
  if (::fchmod(file.get(), mode) != 0) return os_err(errno, "set the mode of {}", temporary);
  if (::fsync(file.get()) != 0) return os_err(errno, "sync {}", temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return os_err(errno, "replace {}", path);
  const Fd directory(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) return os_err(errno, "sync the directory of {}", path);
  return Ok{};
}

Status write_to(const std::string& path, std::string_view bytes, int flags, mode_t mode) {
  const Fd file(::open(path.c_str(), flags | O_WRONLY | O_CLOEXEC, mode));
  if (!file.valid()) return os_err(errno, "open {} for writing", path);
  if (auto written = write_all(file, bytes); !written) return err(written.error().context(path));
  return Ok{};
}

}  // namespace

Result<Fd> make_memory_file(const std::string& label, std::string_view bytes) {
  Fd file(::memfd_create(label.c_str(), MFD_CLOEXEC));
  if (!file.valid()) return os_err(errno, "make a file in memory for {}", label);
  TRY(write_all(file, bytes));
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return os_err(errno, "rewind the file in memory for {}", label);
  return file;
}

Result<std::string> read_all(const Fd& fd, size_t limit) {
  std::string bytes;
  struct stat info = {};
  if (::fstat(fd.get(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
    bytes.reserve(std::min(limit, static_cast<size_t>(info.st_size)) + 1);
  }
  char chunk[kChunk];
  for (;;) {
    const ssize_t length = ::read(fd.get(), chunk, sizeof chunk);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return os_err(errno, "read");
    if (length == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(length) > limit) {
      return err(ErrorCode::ResourceExhausted, "longer than {} bytes", limit);
    }
    bytes.append(chunk, static_cast<size_t>(length));
  }
}

Status write_all(const Fd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_err(errno, "write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Ok{};
}

Result<std::string> read_file(const std::string& path, size_t limit) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return os_err(errno, "open {}", path);
  auto bytes = read_all(file, limit);
  if (!bytes) return err(bytes.error().context(path));
  return bytes;
}

Status write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode) {
  // Two writers of one path must not share the temporary file.
  const std::string temporary = fmt::format("{}.{}.{}.tmp", path, ::getpid(), ::gettid());
  ::unlink(temporary.c_str());
  auto status = replace(path, temporary, bytes, mode);
  if (!status) ::unlink(temporary.c_str());
  return status;
}

Status append_file(const std::string& path, std::string_view bytes, mode_t mode) {
  return write_to(path, bytes, O_CREAT | O_APPEND, mode);
}

Status write_existing(const std::string& path, std::string_view bytes) {
  return write_to(path, bytes, 0, 0);
}

}  // namespace drover::sys
