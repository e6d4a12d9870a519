#include "jobspec/nosana_regex.h"

#include <fmt/core.h>

namespace drover::jobspec {
namespace {

// Escapes that mean the same in both.
constexpr std::string_view kSameEscapes = "dDwWsSbBnrtf0123456789xuc";

class Translation {
 public:
  explicit Translation(std::string_view regex) : in_(regex) {}

  Result<std::string> run() {
    while (at_ < in_.size()) TRY(step());
    if (open_ > 0) return fail("Unterminated group");
    return std::move(out_);
  }

 private:
  Status step() {
    const char c = in_[at_];
    switch (c) {
      case '\\':
        return escape();
      case '[':
        return char_class();
      case '(':
        return group();
      case ')':
        if (open_-- == 0) return fail("Unmatched ')'");
        repeatable_ = true;
        return take();
      case '*':
      case '+':
      case '?':
        return quantifier();
      case '|':
      case '^':
      case '$':
        repeatable_ = false;
        return take();
      default:
        if (c == '{' && is_counted()) return quantifier();
        repeatable_ = true;
        return take();
    }
  }

  Status take(size_t count = 1) {
    out_ += in_.substr(at_, count);
    at_ += count;
    return Ok{};
  }

  // PCRE2's possessive quantifiers are errors in JavaScript.
  Status quantifier() {
    if (!repeatable_) return fail("Nothing to repeat");
    TRY(take(in_[at_] == '{' ? in_.find('}', at_) - at_ + 1 : 1));
    if (at_ < in_.size() && in_[at_] == '?') TRY(take());
    repeatable_ = false;
    return Ok{};
  }

  // "{2}", "{2,}" or "{2,3}"; anything else is text.
  bool is_counted() const {
    size_t i = at_ + 1;
    const auto digits = [&] {
      const size_t start = i;
      while (i < in_.size() && in_[i] >= '0' && in_[i] <= '9') ++i;
      return i > start;
    };
    if (!digits()) return false;
    if (i < in_.size() && in_[i] == ',') {
      ++i;
      (void)digits();
    }
    return i < in_.size() && in_[i] == '}';
  }

  Status group() {
    ++open_;
    repeatable_ = false;
    if (at_ + 1 >= in_.size() || in_[at_ + 1] != '?') {
      // PCRE2 reads "(*" as a verb; JavaScript refuses it.
      if (at_ + 1 < in_.size() && in_[at_ + 1] == '*') return fail("Nothing to repeat");
      return take();
    }
    for (const std::string_view start : {"(?:", "(?=", "(?!", "(?<=", "(?<!"}) {
      if (in_.substr(at_).starts_with(start)) return take(start.size());
    }
    if (!in_.substr(at_).starts_with("(?<")) return fail("Invalid group");
    const size_t end = in_.find('>', at_);
    if (end == std::string_view::npos || end == at_ + 3) return fail("Invalid capture group name");
    return take(end - at_ + 1);
  }

  Status escape() {
    if (at_ + 1 >= in_.size()) return fail("\\ at end of pattern");
    const char c = in_[at_ + 1];
    repeatable_ = c != 'b' && c != 'B';
    if (c == 'k' && in_.find("(?<") != std::string_view::npos) return take(2);
    return escaped(c);
  }

  // An escape that is no letter with a meaning stands for its character.
  Status escaped(char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool punctuation = static_cast<unsigned char>(c) < 0x80 && !alphanumeric;
    if (c == 'v') {
      out_ += "\\x0b";
    } else if (punctuation || kSameEscapes.find(c) != std::string_view::npos) {
      out_ += fmt::format("\\{}", c);
    } else {
      out_ += c;
    }
    at_ += 2;
    return Ok{};
  }

  Status char_class() {
    TRY(take());
    if (at_ < in_.size() && in_[at_] == '^') TRY(take());
    while (at_ < in_.size() && in_[at_] != ']') {
      const char c = in_[at_];
      if (c == '\\') {
        if (at_ + 1 >= in_.size()) return fail("\\ at end of pattern");
        const char next = in_[at_ + 1];
        if (next == 'B') {
          out_ += 'B';
          at_ += 2;
        } else {
          TRY(escaped(next));
        }
      } else if (c == '[') {
        out_ += "\\[";  // PCRE2 knows [:alpha:]
        ++at_;
      } else {
        TRY(take());
      }
    }
    if (at_ >= in_.size()) return fail("Unterminated character class");
    repeatable_ = true;
    return take();
  }

  static tl::unexpected<Error> fail(std::string_view message) { return err(ErrorCode::InvalidArgument, "{}", message); }

  const std::string_view in_;
  std::string out_;
  size_t at_ = 0;
  size_t open_ = 0;  // groups
  bool repeatable_ = false;
};

}  // namespace

Result<std::string> to_pcre(std::string_view regex) {
  return Translation(regex).run();
}

}  // namespace drover::jobspec
