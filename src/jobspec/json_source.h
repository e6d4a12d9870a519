#pragma once

#include "jobspec/parse.h"

namespace drover::jobspec {

// Reads JSON: a Nomad job with or without its {"Job": …}, or a Nosana job definition. Problems have positions, and keys
// that are given twice are warned about.
ParsedJob parse_json_job(std::string_view text, const ParseOptions& options);

}  // namespace drover::jobspec
