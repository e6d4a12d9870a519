#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "sys/fd.h"

#include <string>

namespace drover::drivers {

struct UploadAnswer {
  int status = 0;
  std::string body;
};

// POST of a file that may be larger than memory. `idle`: the longest time without a byte taken or answered. Blocks.
Result<UploadAnswer> upload_file(const std::string& endpoint, const std::string& target, const sys::Fd& file,
                                 Duration idle);

}  // namespace drover::drivers
