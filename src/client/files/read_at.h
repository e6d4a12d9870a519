#pragma once

#include "base/result.h"
#include "sys/fd.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace drover::client {

// At most `limit` bytes from `offset` on; "" at the end of the file. Blocks.
Result<std::string> read_at(const sys::Fd& file, uint64_t offset, size_t limit);

}  // namespace drover::client
