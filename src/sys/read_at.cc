#include "sys/read_at.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace drover::sys {

Result<std::string> read_at(const Fd& file, uint64_t offset, size_t limit) {
  std::string bytes(limit, '\0');
  ssize_t n = 0;
  do {
    n = ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
  } while (n < 0 && errno == EINTR);
  if (n < 0) return err(ErrorCode::Internal, "reading a file: {}", std::strerror(errno));
  bytes.resize(static_cast<size_t>(n));
  return bytes;
}

}  // namespace drover::sys
