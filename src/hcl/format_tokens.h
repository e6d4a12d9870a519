#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "hcl/ast.h"
#include "hcl/lexer.h"

namespace drover::hcl {

// A stretch of text that formatting keeps as it is, and the spaces that go before it.
struct FormatToken {
  enum class Role : uint8_t {
    Plain,          // what `tok` says
    Newline,        // one end of line
    Comment,        // with its end of line, unless it is /* … */
    TemplateOpen,   // the `"` or heredoc header that opens a template
    TemplateText,   // its literal text
    TemplateClose,  // the closing `"`, or the heredoc's last line
    SequenceOpen,   // `${`, `%{`
    SequenceClose,  // `}` of those
  };

  Role role = Role::Plain;
  Tok tok = Tok::Invalid;  // For Plain.
  std::string_view text;
  size_t spaces = 0;

  bool is(Tok kind) const { return role == Role::Plain && tok == kind; }
  bool ends_line() const;
  int bracket_change() const;  // 1 for what opens a bracket or sequence, -1 for what closes one.
};

// All tokens of a text that was parsed without errors; `body` says which of its strings are not templates.
std::vector<FormatToken> format_tokens(std::string_view text, const Body& body);

}  // namespace drover::hcl
