#pragma once

#include "jobspec/parse.h"

namespace drover::jobspec {

// Whether a JSON document is a Nosana job definition (000).
bool is_nosana(const codec::Value& value);

// Checks a definition and lowers it to the tree of a batch job with one group, whose tasks are the operations
// (docs/nosana.md). Problems carry the definition's own paths.
ParsedJob parse_nosana(const codec::Value& definition, const ParseOptions& options);

// Whether a text that is neither JSON nor HCL is a definition in YAML, by its first line that says something.
bool is_nosana_yaml(std::string_view text, const ParseOptions& options);

// Reads YAML and then does as parse_nosana(). Problems have positions.
ParsedJob parse_nosana_yaml(std::string_view text, const ParseOptions& options);

}  // namespace drover::jobspec
