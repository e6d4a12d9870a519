#include "sys/unix_socket.h"

#include "sys/os_error.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace drover::sys {

Result<Fd> connect_unix(const Fd& directory, const std::string& name) {
  const Fd node(::openat(directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat info = {};
  if (!node.valid() || ::fstat(node.get(), &info) != 0) return os_err(errno, "find the socket {}", name);
  if (!S_ISSOCK(info.st_mode)) return err(ErrorCode::InvalidArgument, "{} is no socket", name);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return os_err(errno, "make a socket");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}", node.get());
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return err(ErrorCode::Unavailable, "connect to {}: {}", name, error_text(errno));
  }
  return socket;
}

}  // namespace drover::sys
