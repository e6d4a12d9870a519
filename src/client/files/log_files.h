#pragma once

#include "base/result.h"
#include "sys/directory.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A task's output as it lies on disk: files <task>.<stdout|stderr>.<N> of which N grows and the oldest go.
namespace drover::client {

struct LogFile {
  uint64_t index = 0;
  uint64_t size = 0;

  friend bool operator==(const LogFile&, const LogFile&) = default;
};

// A place in the output.
struct LogPosition {
  uint64_t index = 0;
  uint64_t offset = 0;

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

// `offset` bytes after the start of what is left of the output, or before its end. REQUIRES `files` sorted by index and
// not empty. Pure.
LogPosition locate_log(const std::vector<LogFile>& files, std::string_view origin, uint64_t offset);

// Sorted by index. `prefix`: "web.stdout.".
Result<std::vector<LogFile>> list_log_files(const sys::Directory& logs, const std::string& prefix);

// Reads the output from a position on, across rotation: every byte once, as long as the files are not rotated away
// faster than they are read; then it goes on with the oldest that is left. Blocks; one thread at a time.
class LogReader {
 public:
  LogReader(sys::Directory logs, std::string prefix, LogPosition start)
      : logs_(std::move(logs)), prefix_(std::move(prefix)), position_(start) {}

  // The next bytes, at most `limit`; "" if there are none at the moment.
  Result<std::string> read(size_t limit);

  // Of the byte after the last one read.
  LogPosition position() const { return position_; }
  std::string file_name() const { return prefix_ + std::to_string(position_.index); }

 private:
  Result<std::string> read_current(size_t limit);
  // Whether there is a newer file: then next_ is set, and nothing is written to the current one any more.
  Result<bool> advance();

  sys::Directory logs_;
  std::string prefix_;
  LogPosition position_;
  std::optional<uint64_t> next_;
  sys::Fd file_;
};

}  // namespace drover::client
