#pragma once

#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "hcl/ast.h"
#include "hcl/limits.h"

namespace drover::hcl {

// The tree as far as it could be read, and what is wrong with the text. The body is complete only without errors.
struct ParseResult {
  Body body;
  Diagnostics diagnostics;

  bool ok() const { return !diagnostics.has_errors(); }
};

// Reads HCL2, and what HCL1 job files do beyond it: several arguments on a line, quoted names of arguments and blocks,
// missing commas, `key: value` and nested blocks in objects, `${…}` that is not an expression.
ParseResult parse(std::string_view text, std::string file, const Limits& limits = {});

// One expression on its own; null if there are errors.
struct Expression {
  SourcePtr source;
  ExprPtr expr;
  Diagnostics diagnostics;
};

// `file` names the origin in messages, for example `-var count`.
Expression parse_expression(std::string_view text, std::string file, const Limits& limits = {});

}  // namespace drover::hcl
