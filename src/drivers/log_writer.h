#pragma once

#include "base/result.h"
#include "drivers/task_handle.h"
#include "sys/directory.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace drover::drivers {

// When a place in the output was written.
struct LogMark {
  uint64_t offset = 0;  // in the bytes that are written with it
  int64_t unix_nanos = 0;
};

// One stream of a task's output as files <prefix>N, for drivers whose tasks do not run under sys's supervisor; the
// rules are the same: N increases, each file has at most max_file_bytes and ends at a line where there is one, the
// oldest are removed beyond max_files. The directory may be writable by the task: links are never followed and nothing
// but plain files with one name is written to. Writing never fails: what cannot be written is dropped and counted.
//
// Where times are known they are in a file .times.<prefix>N beside each: lines of an offset in that file and the
// milliseconds since 1970, one for kMarkInterval at most, and kMaxTimesBytes of them. A line with a smaller offset than
// those before it takes their place: the output was cut off there.
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

  static constexpr int64_t kMarkInterval = 10'000'000;  // ns
  static constexpr uint64_t kMaxTimesBytes = 4 << 20;

  // REQUIRES that `marks` are in order.
  void write(std::string_view bytes, std::span<const LogMark> marks = {});

  // Nothing before the first byte.
  std::optional<Position> position() const;
  uint64_t dropped_bytes() const { return dropped_; }

 private:
  LogWriter(sys::Directory directory, std::string prefix, LogLimits limits);

  std::string name(uint64_t index) const { return prefix_ + std::to_string(index); }
  std::string times_name(uint64_t index) const { return ".times." + name(index); }
  std::optional<uint64_t> index_of(std::string_view file) const;
  void scan();
  void open_current();
  bool open_next();
  void remove(uint64_t index);
  void write_marks(std::span<const LogMark>& marks, uint64_t begin, uint64_t size);

  sys::Directory directory_;
  std::string prefix_;
  LogLimits limits_;
  std::optional<uint64_t> index_;  // The highest that exists.
  sys::Fd file_;
  sys::Fd times_;
  uint64_t times_size_ = 0;  // of the open one
  int64_t last_mark_ = 0;    // of this file
  uint64_t size_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace drover::drivers
