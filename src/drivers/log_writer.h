#pragma once

#include "base/result.h"
#include "drivers/task_handle.h"
#include "sys/directory.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drover::drivers {

// One stream of a task's output as files <prefix>N, for drivers whose tasks do not run under sys's supervisor; the
// rules are the same: N increases, each file has at most max_file_bytes and ends at a line where there is one, the
// oldest are removed beyond max_files. The directory may be writable by the task: links are never followed and nothing
// but plain files with one name is written to. Writing never fails: what cannot be written is dropped and counted.
//
// One thread at a time; blocks.
class LogWriter {
 public:
  // A place in the output: so many bytes in file `index`.
  struct Position {
    uint64_t index = 0;
    uint64_t size = 0;
  };

  // Goes on at the end of the highest N. `prefix`: "web.stdout.".
  static Result<LogWriter> open(const std::string& directory, std::string prefix, LogLimits limits);

  // Forgets what was written after `position`, if that is still there: before the same output is written again.
  void rewind(Position position);

  void write(std::string_view bytes);

  // Nothing before the first byte.
  std::optional<Position> position() const;
  uint64_t dropped_bytes() const { return dropped_; }

 private:
  LogWriter(sys::Directory directory, std::string prefix, LogLimits limits);

  std::string name(uint64_t index) const { return prefix_ + std::to_string(index); }
  std::optional<uint64_t> index_of(std::string_view file) const;
  void scan();
  void open_current();
  bool open_next();

  sys::Directory directory_;
  std::string prefix_;
  LogLimits limits_;
  std::optional<uint64_t> index_;  // The highest that exists.
  sys::Fd file_;
  uint64_t size_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace drover::drivers
