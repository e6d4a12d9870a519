#include "cli/new_file.h"

#include "cli/console.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace drover::cli {
namespace {

Status refuse(const std::string& path, int error) {
  if (error == EEXIST) return err(ErrorCode::AlreadyExists, "\"{}\" exists already", safe_text(path));
  return err(ErrorCode::Internal, "\"{}\": {}", safe_text(path), std::strerror(error));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Status write_new_file(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return refuse(path, errno);
  const bool whole = write_all(fd, text);
  const int error = errno;
  const bool closed = close(fd) == 0;
  if (whole && closed) return Ok{};
  Status refused = refuse(path, whole ? errno : error);
  unlink(path.c_str());
  return refused;
}

Status check_new_file(const std::string& path) {
  if (faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) return refuse(path, EEXIST);
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) return refuse(path, errno);
  return Ok{};
}

}  // namespace drover::cli
