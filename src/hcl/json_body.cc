#include "hcl/json_body.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace drover::hcl {
namespace {

// JSON as HCL text, byte for byte where that is possible: objects, lists and most strings are the same in both.
// The braces of the outermost object become spaces, and the colons directly inside of it equals signs.
class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  std::string run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        string();
      } else {
        ++at_;
        out_ += structural(c);
      }
    }
    return std::move(out_);
  }

 private:
  // Between a key and its colon HCL has no line end.
  char structural(char c) {
    if (c == '{' || c == '[') return depth_++ == 0 ? ' ' : c;
    if (c == '}' || c == ']') return --depth_ == 0 ? ' ' : c;
    if (c == ':' && depth_ == 1) return '=';
    if (c == ',' && depth_ == 1) return ' ';
    if ((c == '\n' || c == '\r') && before_colon()) return ' ';
    return c;
  }

  bool before_colon() {
    if (next_ < at_) next_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return next_ < text_.size() && text_[next_] == ':';
  }

  bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void copy(size_t count) {
    out_ += text_.substr(at_, count);
    at_ += count;
  }

  void string() {
    copy(1);
    while (at_ < text_.size() && text_[at_] != '"') {
      if (looking_at("$${") || looking_at("%%{")) {
        copy(3);
      } else if (looking_at("${") || looking_at("%{")) {
        interpolation();
      } else if (text_[at_] == '\\') {
        escape();
      } else {
        copy(1);
      }
    }
    copy(1);
  }

  // In an expression the quotes that JSON escapes are plain. The freed byte becomes a space outside of the inner
  // string.
  void interpolation() {
    copy(2);
    size_t braces = 1;
    bool quoted = false;
    while (at_ < text_.size() && text_[at_] != '"' && braces > 0) {
      if (looking_at("\\\"")) {
        out_ += quoted ? "\" " : " \"";
        quoted = !quoted;
        at_ += 2;
      } else if (text_[at_] == '\\') {
        inner_escape();
      } else {
        if (!quoted && text_[at_] == '{') ++braces;
        if (!quoted && text_[at_] == '}') --braces;
        copy(1);
      }
    }
  }

  // JSON's `\\n` is HCL's `\n` there, and its `\\\"` is `\"`.
  void inner_escape() {
    if (looking_at("\\\\\\\"") || looking_at("\\\\\\\\")) {
      out_ += '\\';
      out_ += text_[at_ + 3];
      at_ += 4;
    } else if (looking_at("\\\\")) {
      out_ += '\\';
      at_ += 2;
    } else if (looking_at("\\n") || looking_at("\\t") || looking_at("\\r")) {
      out_ += "  ";
      at_ += 2;
    } else {
      escape();
    }
  }

  // HCL knows \n \r \t \" \\ and \uXXXX of one unit.
  void escape() {
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c == 'u') return unicode();
    if (c == '/' || c == 'b' || c == 'f') {
      out_ += c == '/' ? "/" : c == 'b' ? "\\u0008" : "\\u000c";
      at_ += 2;
      return;
    }
    copy(2);
  }

  static uint32_t hex(std::string_view digits) {
    uint32_t out = 0;
    for (const char c : digits) {
      out = out * 16 + static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return out;
  }

  void unicode() {
    const uint32_t high = hex(text_.substr(at_ + 2, 4));
    if (high < 0xD800 || high > 0xDBFF || !text_.substr(at_ + 6).starts_with("\\u")) return copy(6);
    const uint32_t low = hex(text_.substr(at_ + 8, 4));
    const uint32_t code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    out_ += static_cast<char>(0xF0 | (code >> 18));
    out_ += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out_ += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out_ += static_cast<char>(0x80 | (code & 0x3F));
    at_ += 12;
  }

  const std::string_view text_;
  size_t at_ = 0;
  size_t next_ = 0;  // The token after the white space around at_.
  size_t depth_ = 0;
  std::string out_;
};

}  // namespace

ParseResult parse_json_body(std::string_view text, std::string file, const Limits& limits) {
  return parse(Rewriter(text).run(), std::move(file), limits);
}

}  // namespace drover::hcl
