#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/value.h"
#include "model/allocation.h"

// Text that is picked from an operation's output by regular expressions (facts/nosana.md 2.7).
namespace drover::jobspec {

struct OutputLine {
  std::string_view stream;  // "stdout", "stderr", "stdin" or "nodeerr"
  std::string_view text;    // may hold line ends; a dot does not match them
};

struct ResultPattern {
  std::string name;
  std::string regex;                 // ECMAScript, or "*"
  std::vector<std::string> streams;  // empty: all
};

// An object: name → what every line's first match and its groups are, in order (a group that did not take part is
// null). A pattern that cannot be used has its error as its value, "SyntaxError: …", as on Nosana's nodes; one that
// takes too many steps, "Error: …".
codec::Value extract_results(const std::vector<ResultPattern>& patterns, const std::vector<OutputLine>& lines);

// A task's results are kept in an event of this type, among its last ones: its details are name → JSON.
inline constexpr const char* kResultsEvent = "Results";

// The results of a task, an object; null if it has none, or none yet.
codec::Value results_in(const model::TaskState& state);

// Fails with JavaScript's message where there is one. Beyond JavaScript: a lookbehind has to have a fixed length, and
// `\s` means ASCII white space.
Status check_result_pattern(const std::string& regex);

}  // namespace drover::jobspec
