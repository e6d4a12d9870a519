#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace drover::bench {

// Files of equal size and unequal content in little memory: each is a window of one block of random bytes.
class ServedFiles {
 public:
  static Result<std::unique_ptr<ServedFiles>> create(size_t count, uint64_t bytes);
  ~ServedFiles();
  ServedFiles(const ServedFiles&) = delete;
  ServedFiles& operator=(const ServedFiles&) = delete;

  size_t count() const { return count_; }
  uint64_t bytes() const { return bytes_; }  // of each
  int descriptor() const { return descriptor_; }
  uint64_t offset(size_t file) const;
  std::string_view content(size_t file) const;

 private:
  ServedFiles(size_t count, uint64_t bytes) : count_(count), bytes_(bytes) {}

  const size_t count_;
  const uint64_t bytes_;
  int descriptor_ = -1;
  const char* mapped_ = nullptr;
};

// What a path is answered with: a text, or a file.
struct Served {
  std::string text;
  size_t file = SIZE_MAX;
};

// An HTTP server in a process of its own that costs as little as one can: a thread a connection, sendfile from memory.
// Queries and headers of requests are not looked at.
class FileServer {
 public:
  // `connection_rate`: bytes a second, at most, of each connection; 0: no limit. REQUIRES one thread in this process.
  static Result<std::unique_ptr<FileServer>> start(const ServedFiles& files, const std::map<std::string, Served>& paths,
                                                   uint64_t connection_rate);
  ~FileServer();
  FileServer(const FileServer&) = delete;
  FileServer& operator=(const FileServer&) = delete;

  std::string url() const;  // without a slash at its end

 private:
  FileServer(pid_t pid, uint16_t port) : pid_(pid), port_(port) {}

  const pid_t pid_;
  const uint16_t port_;
};

}  // namespace drover::bench
