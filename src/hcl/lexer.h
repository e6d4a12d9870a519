#pragma once

#include <cstdint>
#include <string_view>

namespace drover::hcl {

enum class Tok : uint8_t {
  End,
  Newline,
  Identifier,
  Number,
  Quote,    // The opening `"`; the template parser reads on from there.
  Heredoc,  // `<<NAME` or `<<-NAME` and its line end; the body follows.
  LBrace,
  RBrace,
  LBracket,
  RBracket,
  LParen,
  RParen,
  Comma,
  Dot,
  Ellipsis,
  Assign,
  Arrow,
  Colon,
  Question,
  Plus,
  Minus,
  Star,
  Slash,
  Percent,
  Not,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  And,
  Or,
  Tilde,
  Invalid,
};

struct Token {
  Tok kind = Tok::End;
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Reads one token at a time from any offset of a text, so that the parser can switch between expressions and templates.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text), limit_(text.size()) {}

  // The token at or after the given offset, past white space and comments; Newline stands for one or more line ends.
  Token token_at(size_t offset) const;

  std::string_view text(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }

  // Text from here on does not exist, for the time being.
  size_t limit() const { return limit_; }
  void set_limit(size_t limit) { limit_ = limit; }

  char at(size_t offset) const { return offset < limit_ ? text_[offset] : '\0'; }
  bool starts_with(size_t offset, std::string_view prefix) const {
    return text_.substr(0, limit_).substr(offset < limit_ ? offset : limit_).starts_with(prefix);
  }

 private:
  size_t skip_space(size_t offset) const;
  size_t skip_newlines(size_t offset) const;
  size_t scan_number(size_t offset) const;
  size_t scan_heredoc_header(size_t offset) const;
  Token punctuation_at(size_t offset) const;

  const std::string_view text_;
  size_t limit_;
};

// Letters, `_`, and everything beyond ASCII; later also digits and `-`.
bool is_identifier_start(char c);
bool is_identifier_part(char c);

}  // namespace drover::hcl
