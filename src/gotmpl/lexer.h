#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace drover::gotmpl {

struct Token {
  enum class Kind : uint8_t {
    End,
    Error,  // `text` says what is wrong
    Text,
    LeftDelim,
    RightDelim,
    Space,
    Assign,   // =
    Declare,  // :=
    Pipe,
    LeftParen,
    RightParen,
    Char,  // other punctuation, like a comma
    Bool,
    Number,
    CharConstant,
    String,     // in double quotes, as written
    RawString,  // in backquotes, as written
    Dot,
    Field,       // .name
    Variable,    // $name or $
    Identifier,  // a function
    Keyword,
    Nil,
  };

  Kind kind = Kind::End;
  std::string text;
  uint32_t pos = 0;  // of its first byte
  uint32_t end = 0;

  bool is(Kind k) const { return kind == k; }
  bool is_keyword(std::string_view word) const { return kind == Kind::Keyword && text == word; }
};

// Cuts a text into tokens, on demand. White space inside actions is a token, as it separates arguments; comments and
// the space that trim markers remove never appear.
class Lexer {
 public:
  Lexer(std::string_view text, std::string_view left, std::string_view right);

  // After End or Error: End for ever.
  Token next();

 private:
  Token next_text();
  Token next_in_action();
  bool enter_action(Token& error);
  bool skip_comment(Token& error);
  Token right_delim(bool trim);
  Token space();
  Token word();
  Token field_or_variable(Token::Kind kind);
  Token quoted(char delimiter, Token::Kind kind, std::string_view what);
  Token raw_string();
  Token number();
  Token punctuation(uint32_t rune);
  bool scan_number();

  bool at(std::string_view what) const { return text_.substr(pos_).starts_with(what); }
  // Whether a right delimiter stands at `pos`, and whether with a trim marker.
  bool at_right_delim(size_t pos, bool& trim) const;
  bool at_terminator() const;
  bool accept(std::string_view characters);
  void accept_run(std::string_view characters);
  void take_name();
  Token make(Token::Kind kind) const;
  Token fail(std::string message);
  Token bad_character();

  const std::string_view text_;
  const std::string left_;
  const std::string right_;
  size_t pos_ = 0;
  size_t start_ = 0;
  uint32_t parens_ = 0;
  bool in_action_ = false;
  bool trim_next_ = false;  // The text that follows loses its leading white space.
  bool finished_ = false;
};

}  // namespace drover::gotmpl
