#pragma once

#include <string_view>

#include "base/diagnostics.h"
#include "gotmpl/ast.h"
#include "gotmpl/limits.h"

namespace drover::gotmpl {

struct Options {
  // What `{{.missing}}` of a map gives: nothing ("<no value>"), the zero value of the map's items as consul-template
  // does ("" for maps of strings), or an error.
  enum class MissingKey : uint8_t { Invalid, Zero, Error };

  std::string name = "template";
  std::string left_delim = "{{";
  std::string right_delim = "}}";
  MissingKey missing_key = MissingKey::Zero;
  Limits limits;
};

// Reads a text into a tree; stops at the first problem, like Go. The functions have to exist.
tl::expected<Tree, Diagnostic> parse(std::string_view text, const Options& options);

// A problem at a place of a text.
Diagnostic diagnostic_at(const Tree& tree, uint32_t offset, std::string message);

}  // namespace drover::gotmpl
