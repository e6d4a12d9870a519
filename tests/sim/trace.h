#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace drover::sim {

// What has happened, line by line: a hash over all of it, and the newest lines for people.
class Trace {
 public:
  Trace(const Clock& clock, bool echo) : clock_(clock), start_(clock.mono()), echo_(echo) {}

  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    add(fmt::vformat(format, fmt::make_format_args(args...)));
  }

  // Equal for equal runs.
  uint64_t hash() const { return hash_; }
  size_t lines() const { return count_; }
  std::string tail() const;

 private:
  static constexpr size_t kKept = 200;

  void add(std::string_view text);

  const Clock& clock_;
  const MonoTime start_;
  const bool echo_;
  uint64_t hash_ = 0xcbf29ce484222325ULL;
  size_t count_ = 0;
  std::deque<std::string> kept_;
};

}  // namespace drover::sim
