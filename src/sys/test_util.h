#pragma once

#include "base/result.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <poll.h>

namespace drover::sys {

// A directory that goes away with the test.
class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/drover-sys-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Polls a condition that another process brings about; false if that takes longer than 20 s.
inline bool eventually(const std::function<bool()>& condition) {
  for (int round = 0; round < 10'000; round++) {
    if (condition()) return true;
    ::poll(nullptr, 0, 2);
  }
  return false;
}

template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "success" : result.error().message();
}

#define SYS_ASSERT_OK(result) ASSERT_TRUE(result) << ::drover::sys::message_of(result)

}  // namespace drover::sys
