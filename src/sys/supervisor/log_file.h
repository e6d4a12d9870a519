#pragma once

#include "text.h"

#include <stdint.h>

struct LogLimits {
  uint32_t max_files;  // 0: nothing is kept
  uint64_t max_file_bytes;
};

// One output stream as files <prefix>N in a directory, N increasing, each at most max_file_bytes, the oldest removed
// beyond max_files. Goes on at the highest N that is there. The directory may be writable by the task: links are never
// followed and nothing but plain files with one name is written to, so that a task cannot aim it at a host file.
// Writing never fails for the caller: what cannot be written is dropped and counted.
class LogFile {
 public:
  // `scratch` is only used during the call.
  LogFile(int directory, Text prefix, LogLimits limits, char* scratch, unsigned scratch_size);

  void write(const char* data, uint64_t size);
  uint64_t dropped_bytes() const { return dropped_; }

 private:
  void scan(char* scratch, unsigned scratch_size);
  Text name(uint64_t index) const;
  void open_current();
  bool open_next();

  int directory_;
  Text prefix_;
  LogLimits limits_;
  uint64_t index_ = 0;
  bool found_ = false;  // A file with index_ exists already.
  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t dropped_ = 0;
};
