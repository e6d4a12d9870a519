#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "base/result.h"
#include "codec/value.h"
#include "jobspec/source_map.h"
#include "model/job.h"

// Text of any format becomes one tree in the shape of Nomad's JSON, `{"ID": …, "TaskGroups": […]}`, that holds only
// what its author wrote; the tree becomes a model::Job. Everything here is pure and safe on any input.
namespace drover::jobspec {

inline constexpr size_t kMaxSource = size_t{1} << 20;

enum class Format : uint8_t {
  Hcl,
  NomadJson,  // {"Job": {…}} or the job itself
  Nosana,     // a Nosana job definition
};
std::string_view to_string(Format format);

struct ParseOptions {
  std::string file;  // names the text in messages; a Nosana job is named after it
};

// What was read. The tree is usable only if there are no errors; it holds blocks of Nomad that this version does not
// run, too (to_job() refuses them).
struct ParsedJob {
  Format format = Format::Hcl;
  codec::Value tree;
  SourceMap sources;
  Diagnostics diagnostics;

  bool ok() const { return !diagnostics.has_errors(); }
};

// Recognises the format by content.
ParsedJob parse(std::string_view text, const ParseOptions& options = {});

// What to_job() looks at beyond the specification itself.
enum class Purpose : uint8_t {
  Validate,  // is it a correct specification?
  Run,       // …and can this version of Drover run all of it? What it cannot is an error, else a warning.
};

// A tree as a complete job: decoded, canonicalized and checked. Adds all problems and warnings to `diagnostics` and
// fails with the errors among them.
Result<model::Job> to_job(const codec::Value& tree, Diagnostics& diagnostics, Purpose purpose = Purpose::Run);

// The same for what parse() returned: its own diagnostics come first, and problems point into the source.
Result<model::Job> to_job(const ParsedJob& parsed, Diagnostics& diagnostics, Purpose purpose = Purpose::Run);

// The job of a request body or file: {"Job": {…}}, or the value itself.
const codec::Value& unwrap_job(const codec::Value& value);

}  // namespace drover::jobspec
