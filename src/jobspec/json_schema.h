#pragma once

#include "codec/value.h"

// JSON Schemas (draft-07) of the job files that are JSON, for editors. Made of the same tables that files are read and
// checked with.
namespace drover::jobspec {

// A Nomad job, with or without {"Job": …} around it. Keys are as Nomad writes them; reading ignores their case.
codec::Value nomad_json_schema();

// A Nosana job definition, as Drover reads it: what either of Nosana's validators accepts.
codec::Value nosana_json_schema();

}  // namespace drover::jobspec
