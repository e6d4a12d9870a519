#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "codec/value.h"
#include "hcl/functions.h"
#include "jobspec/secrets.h"
#include "jobspec/source_map.h"
#include "model/job.h"

// Text of any format becomes one tree in the shape of Nomad's JSON, `{"ID": …, "TaskGroups": […]}`, that holds only
// what its author wrote; the tree becomes a model::Job. Everything here is pure and safe on any input.
namespace drover::jobspec {

inline constexpr size_t kMaxSource = size_t{1} << 20;

enum class Format : uint8_t {
  Hcl,
  NomadJson,  // {"Job": {…}} or the job itself
  Nosana,     // a Nosana job definition, in JSON or YAML
};
std::string_view to_string(Format format);

// A value for a variable as it was typed: behind -var, or in the environment.
struct VariableInput {
  std::string name;
  std::string text;
  std::string origin;  // names the text in messages: "-var count"
};

// A file of values: HCL, `name = value`, or JSON.
struct VariableFile {
  std::string file;
  std::string text;
};

// Values for the variables of a file in HCL. Arguments come before files, files before the environment, and what is
// later in a list before what is earlier.
struct VariableOptions {
  std::vector<VariableInput> environment;  // NOMAD_VAR_name; those of no variable are ignored
  std::vector<VariableFile> files;
  std::vector<VariableInput> arguments;
  bool strict = true;  // a value of no variable is an error; otherwise a warning
};

struct ParseOptions {
  std::string file;                 // names the text in messages; a Nosana job is named after it
  hcl::FunctionEnv functions = {};  // what functions of HCL may reach outside of the text: nothing, unless given
  VariableOptions variables = {};
  bool nosana_strict = false;     // a Nosana definition has to pass both of Nosana's own validators
  bool nosana_delivered = false;  // to a confidential job: what a definition says of its own logistics does not count
};

// What was read. The tree is usable only if there are no errors; it holds blocks of Nomad that this version does not
// run, too (to_job() refuses them).
struct ParsedJob {
  Format format = Format::Hcl;
  codec::Value tree;
  SourceMap sources;
  Diagnostics diagnostics;
  Secrets secrets;  // values of sensitive variables; they may be in the tree, but not in messages

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
