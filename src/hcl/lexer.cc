#include "hcl/lexer.h"

#include <algorithm>

namespace drover::hcl {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Punctuation {
  std::string_view text;
  Tok kind;
};

// Longer ones before their own beginnings.
constexpr Punctuation kPunctuation[] = {
    {"...", Tok::Ellipsis}, {"==", Tok::Eq},      {"=>", Tok::Arrow}, {"!=", Tok::Ne},      {"<=", Tok::Le},
    {">=", Tok::Ge},        {"&&", Tok::And},     {"||", Tok::Or},    {"{", Tok::LBrace},   {"}", Tok::RBrace},
    {"[", Tok::LBracket},   {"]", Tok::RBracket}, {"(", Tok::LParen}, {")", Tok::RParen},   {",", Tok::Comma},
    {".", Tok::Dot},        {"=", Tok::Assign},   {":", Tok::Colon},  {"?", Tok::Question}, {"+", Tok::Plus},
    {"-", Tok::Minus},      {"*", Tok::Star},     {"/", Tok::Slash},  {"%", Tok::Percent},  {"!", Tok::Not},
    {"<", Tok::Lt},         {">", Tok::Gt},       {"~", Tok::Tilde},  {"\"", Tok::Quote},
};

}  // namespace

bool is_identifier_start(char c) {
  return is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_identifier_part(char c) {
  return is_identifier_start(c) || is_digit(c) || c == '-';
}

Token Lexer::token_at(size_t offset) const {
  const size_t begin = skip_space(offset);
  const auto make = [&](Tok kind, size_t end) {
    return Token{kind, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  };
  if (begin >= limit_) return make(Tok::End, limit_);
  const char c = text_[begin];
  if (c == '\n') return make(Tok::Newline, skip_newlines(begin));
  if (is_identifier_start(c)) {
    size_t end = begin + 1;
    while (end < limit_ && is_identifier_part(text_[end])) ++end;
    return make(Tok::Identifier, end);
  }
  if (is_digit(c)) return make(Tok::Number, scan_number(begin));
  if (c == '<' && at(begin + 1) == '<') {
    const size_t end = scan_heredoc_header(begin);
    if (end != begin) return make(Tok::Heredoc, end);
  }
  return punctuation_at(begin);
}

Token Lexer::punctuation_at(size_t offset) const {
  const char first = at(offset);
  for (const Punctuation& candidate : kPunctuation) {
    if (candidate.text[0] == first && starts_with(offset, candidate.text)) {
      return {candidate.kind, static_cast<uint32_t>(offset), static_cast<uint32_t>(offset + candidate.text.size())};
    }
  }
  return {Tok::Invalid, static_cast<uint32_t>(offset), static_cast<uint32_t>(offset + 1)};
}

size_t Lexer::skip_space(size_t offset) const {
  const std::string_view text = text_.substr(0, limit_);
  while (offset < limit_) {
    const char c = text[offset];
    if (c == ' ' || c == '\t' || c == '\r') {
      ++offset;
    } else if (c == '#' || (c == '/' && at(offset + 1) == '/')) {
      offset = std::min(text.find('\n', offset), limit_);
    } else if (c == '/' && at(offset + 1) == '*') {
      const size_t end = text.find("*/", offset + 2);
      if (end == std::string_view::npos) return offset;  // The parser says that the comment is not closed.
      offset = end + 2;
    } else {
      break;
    }
  }
  return offset;
}

size_t Lexer::skip_newlines(size_t offset) const {
  while (at(offset) == '\n' && offset < limit_) offset = skip_space(offset + 1);
  return offset;
}

size_t Lexer::scan_number(size_t offset) const {
  const auto digits = [&] {
    while (is_digit(at(offset))) ++offset;
  };
  if (starts_with(offset, "0x") || starts_with(offset, "0X")) {
    offset += 2;
    while (is_digit(at(offset)) || is_letter(at(offset))) ++offset;
    return offset;
  }
  digits();
  if (at(offset) == '.' && is_digit(at(offset + 1))) {
    ++offset;
    digits();
  }
  if (at(offset) == 'e' || at(offset) == 'E') {
    const size_t sign = at(offset + 1) == '+' || at(offset + 1) == '-' ? 1 : 0;
    if (is_digit(at(offset + 1 + sign))) {
      offset += 1 + sign;
      digits();
    }
  }
  while (is_identifier_start(at(offset)) || is_digit(at(offset))) ++offset;  // `30s`: one word for the message.
  return offset;
}

size_t Lexer::scan_heredoc_header(size_t offset) const {
  size_t end = offset + 2;
  if (at(end) == '-') ++end;
  if (!is_identifier_start(at(end))) return offset;
  while (end < limit_ && is_identifier_part(text_[end])) ++end;
  while (at(end) == ' ' || at(end) == '\t' || at(end) == '\r') ++end;
  return at(end) == '\n' && end < limit_ ? end + 1 : offset;
}

}  // namespace drover::hcl
