#pragma once

#include "agent/config.h"
#include "base/diagnostics.h"
#include "codec/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::agent {

// The configuration in files and folders (*.hcl and *.json of a folder, by name), later ones over earlier ones: lists
// and scalars are replaced, blocks and maps merged. Problems of all files are added to `diagnostics`; unknown keys are.
Config read_config(const std::vector<std::string>& paths, Diagnostics& diagnostics);

// One file's text as a tree; HCL unless it starts with a brace.
codec::Value parse_config(std::string_view text, const std::string& file, Diagnostics& diagnostics);

// `over` on top of `base`.
void merge_config(codec::Value& base, const codec::Value& over);

// What a configuration must be to start an agent: directories, addresses, and what is known to contradict itself.
void validate_config(const Config& config, Diagnostics& diagnostics);

}  // namespace drover::agent
