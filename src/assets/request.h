#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace drover::assets {

enum class Mode : uint8_t { Any, File, Dir };

Result<Mode> parse_mode(std::string_view text);

// 0 bytes or files: no limit.
struct FetchLimits {
  Duration http_timeout = std::chrono::minutes(30);
  Duration s3_timeout = std::chrono::minutes(30);
  Duration gcs_timeout = std::chrono::minutes(30);
  Duration git_timeout = std::chrono::minutes(30);
  Duration hg_timeout = std::chrono::minutes(30);
  uint64_t download_bytes = 100'000'000'000;
  uint64_t unpacked_bytes = 100'000'000'000;
  uint64_t unpacked_files = 4096;
};

// What to fetch: an artifact of a job after interpolation.
struct FetchRequest {
  std::string source;
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> headers;  // http and https only
  Mode mode = Mode::Any;
  bool insecure = false;  // certificates are not verified
  FetchLimits limits;
};

struct Progress {
  uint64_t bytes = 0;
  uint64_t total = 0;  // 0: unknown
  uint64_t bytes_per_second = 0;
};

// What the working directory holds after a fetch, under kOutputName.
struct Fetched {
  bool directory = false;
  std::string name;  // of a file
  uint64_t bytes = 0;
};

inline constexpr std::string_view kOutputName = "out";

// "100GB", "4 KiB", "1048576", "0": as Nomad's agent writes sizes (GB is 10^9 bytes, GiB 2^30).
Result<uint64_t> parse_size(std::string_view text);

}  // namespace drover::assets
