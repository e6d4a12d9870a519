#pragma once

#include <string>
#include <vector>

#include "jobspec/parse.h"

namespace drover::jobspec {

// "ops[0].id: message", whether or not there is a position.
inline std::vector<std::string> with_paths(const Diagnostics& diagnostics, Diagnostic::Severity severity) {
  std::vector<std::string> out;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity == severity) out.push_back(diagnostic.path + ": " + diagnostic.message);
  }
  return out;
}

inline std::vector<std::string> errors_in(const ParsedJob& parsed) {
  return with_paths(parsed.diagnostics, Diagnostic::Severity::Error);
}

inline std::vector<std::string> warnings_in(const ParsedJob& parsed) {
  return with_paths(parsed.diagnostics, Diagnostic::Severity::Warning);
}

}  // namespace drover::jobspec
