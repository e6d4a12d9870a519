#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>

namespace drover::client {

// What an allocation's use of its ephemeral disk calls for: a warning at 90 % and an end above 100 % of what it asked
// for. Warns again only after the use has been below. Pure.
class DiskWatch {
 public:
  enum class Verdict : uint8_t { Fine, Warn, Exceeded };

  Verdict on_usage(uint64_t bytes, int32_t limit_mb);

 private:
  bool warned_ = false;
};

// "allocation uses 310 MiB of the 300 MB of its ephemeral disk"
std::string disk_message(uint64_t bytes, int32_t limit_mb);

// How long to leave a directory alone whose measuring took so long: measuring takes a twentieth of the time at most.
Duration measure_again_after(Duration took);

}  // namespace drover::client
