#pragma once

#include "cli/command.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drover::cli {

struct TailOptions {
  bool follow = false;
  std::optional<uint64_t> lines = {};  // from the end; all if neither is given
  std::optional<uint64_t> bytes = {};
};

// Copies a log or a file of an allocation to standard output as it is; `path` and `query` are those of an endpoint that
// knows origin, offset and follow.
Status copy_tail(const Session& session, ApiClient& api, const std::string& path, net::StringPairs query,
                 const TailOptions& options);

// Where the last `lines` lines of `text` begin. A last line without an end counts as one.
size_t last_lines_start(std::string_view text, uint64_t lines);

}  // namespace drover::cli
