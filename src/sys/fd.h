#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace drover::sys {

// Sole owner of a file descriptor. Every descriptor of the process is opened close-on-exec.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe();
Result<Fd> duplicate(const Fd& fd);
Result<Fd> open_null();

Status set_nonblocking(const Fd& fd);
// What there is to read without waiting, at most `limit` bytes: nothing if that is nothing yet, "" at the end (for a
// terminal: once no program has it open any more). REQUIRES a descriptor that does not block.
Result<std::optional<std::string>> try_read(const Fd& fd, size_t limit);
// How many of the bytes were taken without waiting. Unavailable once nobody reads; REQUIRES that SIGPIPE is ignored.
Result<size_t> try_write(const Fd& fd, std::string_view bytes);

// True once `fd` is readable (for a pidfd: the process is gone); false when `timeout` passed first. A negative timeout
// waits for ever.
Result<bool> wait_readable(const Fd& fd, Duration timeout);

}  // namespace drover::sys
