#include "gotmpl/lexer.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "gotmpl/unicode.h"

#include <fmt/core.h>

namespace drover::gotmpl {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kCommentStart = "/*";
constexpr std::string_view kCommentEnd = "*/";
constexpr std::array<std::string_view, 10> kKeywords = {"block", "break", "continue", "define",   "else",
                                                        "end",   "if",    "range",    "template", "with"};

bool is_space_char(char c) {
  return kSpaces.find(c) != std::string_view::npos;
}

bool is_name_rune(uint32_t code) {
  return code == '_' || is_letter(code) || is_digit(code);
}

// "- " after the left delimiter.
bool has_left_marker(std::string_view text) {
  return text.size() >= 2 && text[0] == '-' && is_space_char(text[1]);
}

// " -" before the right delimiter.
bool has_right_marker(std::string_view text) {
  return text.size() >= 2 && is_space_char(text[0]) && text[1] == '-';
}

// As Go writes a character in messages: U+007D '}'.
std::string describe(uint32_t code) {
  std::string out = fmt::format("U+{:04X}", code);
  if (!is_printable(code)) return out;
  out += " '";
  append_rune(out, code);
  return out + '\'';
}

}  // namespace

Lexer::Lexer(std::string_view text, std::string_view left, std::string_view right)
    : text_(text), left_(left.empty() ? "{{" : left), right_(right.empty() ? "}}" : right) {}

Token Lexer::next() {
  if (finished_) return {.pos = static_cast<uint32_t>(text_.size()), .end = static_cast<uint32_t>(text_.size())};
  return in_action_ ? next_in_action() : next_text();
}

Token Lexer::make(Token::Kind kind) const {
  return {.kind = kind,
          .text = std::string(text_.substr(start_, pos_ - start_)),
          .pos = static_cast<uint32_t>(start_),
          .end = static_cast<uint32_t>(pos_)};
}

Token Lexer::fail(std::string message) {
  finished_ = true;
  const auto pos = static_cast<uint32_t>(std::min(start_, text_.size()));
  return {.kind = Token::Kind::Error, .text = std::move(message), .pos = pos, .end = pos};
}

Token Lexer::next_text() {
  while (true) {
    if (trim_next_) {
      while (pos_ < text_.size() && is_space_char(text_[pos_])) ++pos_;
      trim_next_ = false;
    }
    start_ = pos_;
    const size_t delim = text_.find(left_, pos_);
    size_t end = std::min(delim, text_.size());
    pos_ = end;
    if (delim != std::string_view::npos && has_left_marker(text_.substr(delim + left_.size()))) {
      while (end > start_ && is_space_char(text_[end - 1])) --end;
    }
    if (end > start_) {
      Token token = make(Token::Kind::Text);
      token.text.resize(end - start_);
      token.end = static_cast<uint32_t>(end);
      return token;
    }
    start_ = pos_;
    if (delim == std::string_view::npos) {
      finished_ = true;
      return make(Token::Kind::End);
    }
    Token token;
    if (enter_action(token)) return token;
  }
}

// False if it was a comment: there is more text then.
bool Lexer::enter_action(Token& token) {
  start_ = pos_;
  pos_ += left_.size();
  const size_t after_marker = pos_ + (has_left_marker(text_.substr(pos_)) ? 2 : 0);
  if (text_.substr(after_marker).starts_with(kCommentStart)) {
    pos_ = after_marker;
    return skip_comment(token);
  }
  token = make(Token::Kind::LeftDelim);
  pos_ = after_marker;
  in_action_ = true;
  parens_ = 0;
  return true;
}

bool Lexer::skip_comment(Token& token) {
  start_ = pos_;
  const size_t end = text_.find(kCommentEnd, pos_ + kCommentStart.size());
  if (end == std::string_view::npos) {
    token = fail("unclosed comment");
    return true;
  }
  pos_ = end + kCommentEnd.size();
  bool trim = false;
  if (!at_right_delim(pos_, trim)) {
    token = fail("comment ends before closing delimiter");
    return true;
  }
  pos_ += right_.size() + (trim ? 2 : 0);
  trim_next_ = trim;
  return false;
}

bool Lexer::at_right_delim(size_t pos, bool& trim) const {
  const std::string_view rest = text_.substr(pos);
  trim = has_right_marker(rest) && rest.substr(2).starts_with(right_);
  return trim || rest.starts_with(right_);
}

Token Lexer::right_delim(bool trim) {
  if (trim) pos_ += 2;
  start_ = pos_;
  pos_ += right_.size();
  in_action_ = false;
  trim_next_ = trim;
  return make(Token::Kind::RightDelim);
}

Token Lexer::next_in_action() {
  start_ = pos_;
  bool trim = false;
  if (at_right_delim(pos_, trim)) return parens_ == 0 ? right_delim(trim) : fail("unclosed left paren");
  if (pos_ >= text_.size()) return fail("unclosed action");
  const char c = text_[pos_];
  if (is_space_char(c)) return space();
  if (c == '"') return quoted('"', Token::Kind::String, "quoted string");
  if (c == '\'') return quoted('\'', Token::Kind::CharConstant, "character constant");
  if (c == '`') return raw_string();
  const bool digit_follows = pos_ + 1 < text_.size() && text_[pos_ + 1] >= '0' && text_[pos_ + 1] <= '9';
  if (c == '$' || (c == '.' && !digit_follows)) {
    ++pos_;
    return field_or_variable(c == '$' ? Token::Kind::Variable : Token::Kind::Field);
  }
  if (c == '.' || c == '+' || c == '-' || (c >= '0' && c <= '9')) return number();
  const Rune rune = decode_rune(text_.substr(pos_));
  if (is_name_rune(rune.code)) return word();
  pos_ += rune.size;
  return punctuation(rune.code);
}

Token Lexer::punctuation(uint32_t rune) {
  switch (rune) {
    case '=':
      return make(Token::Kind::Assign);
    case ':':
      if (pos_ >= text_.size() || text_[pos_] != '=') return fail("expected :=");
      ++pos_;
      return make(Token::Kind::Declare);
    case '|':
      return make(Token::Kind::Pipe);
    case '(':
      ++parens_;
      return make(Token::Kind::LeftParen);
    case ')':
      if (parens_ == 0) return fail(fmt::format("unexpected right paren {}", describe(rune)));
      --parens_;
      return make(Token::Kind::RightParen);
    default:
      if (rune < 0x80 && is_printable(rune)) return make(Token::Kind::Char);
      return fail(fmt::format("unrecognized character in action: {}", describe(rune)));
  }
}

// A run of white space; its last character belongs to a trim marker that follows.
Token Lexer::space() {
  while (pos_ < text_.size() && is_space_char(text_[pos_])) ++pos_;
  bool trim = false;
  if (at_right_delim(pos_ - 1, trim) && trim) {
    --pos_;
    if (pos_ == start_) return parens_ == 0 ? right_delim(true) : fail("unclosed left paren");
  }
  return make(Token::Kind::Space);
}

void Lexer::take_name() {
  while (pos_ < text_.size()) {
    const Rune rune = decode_rune(text_.substr(pos_));
    if (!is_name_rune(rune.code)) return;
    pos_ += rune.size;
  }
}

bool Lexer::at_terminator() const {
  if (pos_ >= text_.size() || is_space_char(text_[pos_])) return true;
  return std::string_view(".,|:)(").find(text_[pos_]) != std::string_view::npos || at(right_);
}

Token Lexer::bad_character() {
  start_ = pos_;
  return fail(fmt::format("bad character {}", describe(decode_rune(text_.substr(pos_)).code)));
}

Token Lexer::word() {
  take_name();
  if (!at_terminator()) return bad_character();
  const std::string_view text = text_.substr(start_, pos_ - start_);
  if (text == "true" || text == "false") return make(Token::Kind::Bool);
  if (text == "nil") return make(Token::Kind::Nil);
  return make(std::ranges::find(kKeywords, text) != kKeywords.end() ? Token::Kind::Keyword : Token::Kind::Identifier);
}

Token Lexer::field_or_variable(Token::Kind kind) {
  if (at_terminator()) return make(kind == Token::Kind::Field ? Token::Kind::Dot : kind);
  take_name();
  return at_terminator() ? make(kind) : bad_character();
}

Token Lexer::quoted(char delimiter, Token::Kind kind, std::string_view what) {
  for (++pos_; pos_ < text_.size() && text_[pos_] != '\n'; ++pos_) {
    if (text_[pos_] == delimiter) {
      ++pos_;
      return make(kind);
    }
    if (text_[pos_] == '\\' && (++pos_ >= text_.size() || text_[pos_] == '\n')) break;
  }
  return fail(fmt::format("unterminated {}", what));
}

Token Lexer::raw_string() {
  const size_t end = text_.find('`', pos_ + 1);
  if (end == std::string_view::npos) return fail("unterminated raw quoted string");
  pos_ = end + 1;
  return make(Token::Kind::RawString);
}

bool Lexer::accept(std::string_view characters) {
  if (pos_ >= text_.size() || characters.find(text_[pos_]) == std::string_view::npos) return false;
  ++pos_;
  return true;
}

void Lexer::accept_run(std::string_view characters) {
  while (accept(characters)) {
  }
}

// Takes what may be a number; whether it is one is seen when it is read.
bool Lexer::scan_number() {
  std::string_view digits = "0123456789_";
  accept("+-");
  if (accept("0")) {
    if (accept("xX")) {
      digits = "0123456789abcdefABCDEF_";
    } else if (accept("oO")) {
      digits = "01234567_";
    } else if (accept("bB")) {
      digits = "01_";
    }
  }
  accept_run(digits);
  if (accept(".")) accept_run(digits);
  if ((digits.size() == 11 && accept("eE")) || (digits.size() == 23 && accept("pP"))) {
    accept("+-");
    accept_run("0123456789_");
  }
  accept("i");
  return pos_ >= text_.size() || !is_name_rune(decode_rune(text_.substr(pos_)).code);
}

Token Lexer::number() {
  if (scan_number()) {
    const bool complex = pos_ < text_.size() && (text_[pos_] == '+' || text_[pos_] == '-');
    if (!complex || (scan_number() && text_[pos_ - 1] == 'i')) return make(Token::Kind::Number);
  }
  if (pos_ < text_.size()) pos_ += decode_rune(text_.substr(pos_)).size;
  return fail(fmt::format("bad number syntax: {}", quote(text_.substr(start_, pos_ - start_))));
}

}  // namespace drover::gotmpl
