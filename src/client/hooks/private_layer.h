#pragma once

#include "base/result.h"

#include <string>

namespace drover::client {

// A directory with the files of `tree` that somebody may write to without changing it, in `layer`, a directory for
// this alone: an overlay where the kernel and the file system can do that, else a copy (of extents where possible).
// What an earlier call has made is given back. Its path. Blocks.
Result<std::string> make_private_layer(const std::string& tree, const std::string& layer);

}  // namespace drover::client
