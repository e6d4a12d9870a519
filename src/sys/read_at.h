#pragma once

#include "base/result.h"
#include "sys/fd.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace drover::sys {

// At most `limit` bytes from `offset` on; "" at the end of the file. Blocks.
Result<std::string> read_at(const Fd& file, uint64_t offset, size_t limit);

}  // namespace drover::sys
