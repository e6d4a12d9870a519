#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace drover::drivers {

enum class Stream : uint8_t { Out, Err };

// Takes the daemon's multiplexed output apart: frames of an 8-byte header (stream, 3 × 0, big-endian size) and that
// many bytes. A terminal's output has no frames: there, each line is taken for one. Pure.
class FrameParser {
 public:
  enum class Format : uint8_t { Frames, Lines };

  explicit FrameParser(Format format) : format_(format) {}

  // Calls `on_frame` for each one that is complete now. Fails on what cannot be a header.
  using OnFrame = std::function<void(Stream stream, std::string_view payload)>;
  Status feed(std::string_view bytes, const OnFrame& on_frame);

  // Terminal output that does not end with a newline.
  void finish(const OnFrame& on_frame);

 private:
  const Format format_;
  std::string pending_;
};

// One entry of a container's log with timestamps: "2024-01-02T03:04:05.000000001Z text".
struct LogEntry {
  int64_t unix_nanos = 0;
  std::string_view text;
};

// Text without a timestamp has time 0.
LogEntry parse_log_entry(std::string_view payload);

}  // namespace drover::drivers
