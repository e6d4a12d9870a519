#include "sys/fd.h"

#include "sys/os_error.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace drover::sys {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Fd::reset() {
  // Not repeated on EINTR: Linux has closed it by then.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return os_err(errno, "make a pipe");
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

Result<Fd> duplicate(const Fd& fd) {
  Fd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return os_err(errno, "duplicate a file descriptor");
  return copy;
}

Result<Fd> open_null() {
  Fd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!fd.valid()) return os_err(errno, "open /dev/null");
  return fd;
}

Status set_nonblocking(const Fd& fd) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) return os_err(errno, "set up a descriptor");
  return Ok{};
}

Result<std::optional<std::string>> try_read(const Fd& fd, size_t limit) {
  std::string bytes(limit, '\0');
  const ssize_t length = ::read(fd.get(), bytes.data(), bytes.size());
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<std::string>();
  // EIO: nobody has the other side of a terminal open.
  if (length < 0 && errno != EIO) return os_err(errno, "read");
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(length, 0)));
  return std::optional(std::move(bytes));
}

Result<size_t> try_write(const Fd& fd, std::string_view bytes) {
  const ssize_t length = ::write(fd.get(), bytes.data(), bytes.size());
  if (length >= 0) return static_cast<size_t>(length);
  if (errno == EAGAIN || errno == EINTR) return size_t{0};
  if (errno == EPIPE || errno == EIO) return err(ErrorCode::Unavailable, "nobody reads it any more");
  return os_err(errno, "write");
}

Result<bool> wait_readable(const Fd& fd, Duration timeout) {
  const SystemClock clock;
  const MonoTime deadline = clock.mono() + timeout;
  pollfd entry = {fd.get(), POLLIN, 0};
  for (;;) {
    const Duration left = std::max(deadline - clock.mono(), Duration(0));
    timespec limit = {.tv_sec = left.count() / 1'000'000'000, .tv_nsec = left.count() % 1'000'000'000};
    const int ready = ::ppoll(&entry, 1, timeout.count() < 0 ? nullptr : &limit, nullptr);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) return os_err(errno, "wait for a file descriptor");
  }
}

}  // namespace drover::sys
