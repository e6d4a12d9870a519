#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/ast.h"

namespace drover::hcl {

// One piece of a template as it is read, before directives are put together.
struct TemplatePiece {
  enum class Kind : uint8_t { Text, Interpolation, If, Else, EndIf, For, EndFor };

  Kind kind = Kind::Text;
  size_t begin = 0;
  size_t end = 0;
  std::string text;
  ExprPtr expr;  // The interpolation, the condition or the collection.
  std::string key_name;
  std::string value_name;
  bool trims_before = false;
  bool trims_after = false;
};

// Text for a word that is no directive.
TemplatePiece::Kind directive_kind(std::string_view word);
std::string_view name_of(TemplatePiece::Kind kind);

// HCL reads a heredoc line by line: what trims and unindents sees one line of text at a time.
void split_lines(std::vector<TemplatePiece>& pieces);
void join_text(std::vector<TemplatePiece>& pieces);

// `~` next to an interpolation or directive takes the white space on that side, as far as the piece of text goes.
void trim_around(std::vector<TemplatePiece>& pieces);

// Removes the indentation that all lines of a `<<-` heredoc have in common; blank lines neither count nor change.
// REQUIRES pieces that are split into lines.
void unindent(std::vector<TemplatePiece>& pieces);

void append_utf8(std::string& out, uint32_t character);

}  // namespace drover::hcl
