#include "gotmpl/constants.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {
namespace {

constexpr uint64_t kMinMagnitude = uint64_t{1} << 63;  // of the smallest int64_t

tl::unexpected<Error> bad_number(std::string_view text) {
  return err(ErrorCode::InvalidArgument, "bad number syntax: {}", quote(printable(text, 60)));
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Underscores stand between digits, or after a prefix.
bool underscores_are_fine(std::string_view digits) {
  if (digits.ends_with('_')) return false;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != '_') continue;
    const bool after = i > 0 && digit_value(digits[i - 1]) >= 0;
    const bool after_prefix =
        i == 2 && digits[0] == '0' && std::string_view("xXoObB").find(digits[1]) != std::string_view::npos;
    const bool before = i + 1 < digits.size() && digit_value(digits[i + 1]) >= 0;
    if (!before || (!after && !after_prefix)) return false;
  }
  return true;
}

std::string without_underscores(std::string_view text) {
  return replace_all(std::string(text), "_", "");
}

struct Magnitude {
  std::string digits;
  int base = 10;
};

Magnitude split_base(std::string text) {
  if (text.size() > 2 && text[0] == '0') {
    const char mark = text[1] | 0x20;
    if (mark == 'x') return {text.substr(2), 16};
    if (mark == 'o') return {text.substr(2), 8};
    if (mark == 'b') return {text.substr(2), 2};
  }
  if (text.size() > 1 && text[0] == '0') return {text.substr(1), 8};
  return {std::move(text), 10};
}

std::optional<uint64_t> parse_magnitude(const std::string& text) {
  const Magnitude magnitude = split_base(text);
  uint64_t value = 0;
  const char* end = magnitude.digits.data() + magnitude.digits.size();
  const auto [stop, problem] = std::from_chars(magnitude.digits.data(), end, value, magnitude.base);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> parse_plain_float(std::string_view text) {
  if (text.empty() || text[0] == '+' || text[0] == '-') return std::nullopt;
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
  if (hex && text.find_first_of("pP") == std::string_view::npos) return std::nullopt;
  const std::string_view digits = hex ? text.substr(2) : text;
  double value = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value,
                                               hex ? std::chars_format::hex : std::chars_format::general);
  if (stop != digits.data() + digits.size()) return std::nullopt;
  if (problem == std::errc()) return value;
  // Out of range: tiny numbers are 0 in Go, huge ones are errors; which of the two is seen from the exponent's sign.
  return text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos ||
                 text.find("p-") != std::string_view::npos
             ? std::optional(0.0)
             : std::nullopt;
}

Result<NumberConstant> parse_character(std::string_view text) {
  const auto inner = text.substr(1, text.size() - 2);
  if (inner == "\\'") return NumberConstant{.integer = '\'', .natural = '\'', .real = '\''};
  if (inner.empty() || inner == "'" || inner.find("\\\"") == 0)
    return err(ErrorCode::InvalidArgument, "malformed character constant: {}", text);
  const auto content = unquote(fmt::format("\"{}\"", inner == "\"" ? "\\\"" : inner));
  if (!content || content->empty()) return err(ErrorCode::InvalidArgument, "malformed character constant: {}", text);
  const Rune rune = decode_rune(*content);
  if (rune.size != content->size()) return err(ErrorCode::InvalidArgument, "malformed character constant: {}", text);
  const uint32_t code = rune.valid ? rune.code : static_cast<unsigned char>((*content)[0]);
  return NumberConstant{.integer = code, .natural = code, .real = code};
}

bool append_escape(std::string& out, std::string_view& rest) {
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
  const char c = rest[0];
  if (const size_t at = kLetters.find(c); at != std::string_view::npos) {
    out += kMeanings[at];
    rest.remove_prefix(1);
    return true;
  }
  const bool octal = c >= '0' && c <= '7';
  const size_t length = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : octal ? 3 : 0;
  if (!octal) rest.remove_prefix(1);
  if (length == 0 || rest.size() < length) return false;
  uint32_t value = 0;
  for (const char digit : rest.substr(0, length)) {
    const int n = digit_value(digit);
    if (n < 0 || (octal && n > 7)) return false;
    value = value * (octal ? 8 : 16) + static_cast<uint32_t>(n);
  }
  rest.remove_prefix(length);
  if (octal || c == 'x') {
    if (value > 255) return false;
    out += static_cast<char>(value);
    return true;
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return false;
  append_rune(out, value);
  return true;
}

tl::unexpected<Error> bad_parse(std::string_view what, std::string_view text, std::string_view why) {
  return err(ErrorCode::InvalidArgument, "strconv.{}: parsing {}: {}", what, quote(printable(text, 60)), why);
}

template <class Number>
Result<Number> parse_decimal(std::string_view name, std::string_view text) {
  std::string_view digits = text;
  if constexpr (std::is_signed_v<Number>) {
    if (digits.starts_with('+') && !digits.substr(1).starts_with('-')) digits.remove_prefix(1);
  }
  Number value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || stop != end || problem == std::errc::invalid_argument)
    return bad_parse(name, text, "invalid syntax");
  if (problem != std::errc()) return bad_parse(name, text, "value out of range");
  return value;
}

}  // namespace

Result<NumberConstant> parse_number(std::string_view text) {
  if (text.size() > 2 && text.front() == '\'') return parse_character(text);
  if (text.empty() || text.front() == '\'')
    return err(ErrorCode::InvalidArgument, "malformed character constant: {}", text);
  if (text.ends_with('i') && !text.starts_with("0x")) {
    return err(ErrorCode::InvalidArgument, "complex numbers are not supported: {}", text);
  }
  const bool negative = text.front() == '-';
  const std::string_view unsigned_text = text.substr(text.find_first_not_of("+-") == 1 ? 1 : 0);
  if (!underscores_are_fine(unsigned_text)) return bad_number(text);
  const std::string plain = without_underscores(unsigned_text);
  NumberConstant out;
  if (const auto magnitude = parse_magnitude(plain)) {
    if (!negative || *magnitude == 0) out.natural = *magnitude;
    if (!negative && *magnitude < kMinMagnitude) out.integer = static_cast<int64_t>(*magnitude);
    if (negative && *magnitude <= kMinMagnitude) out.integer = static_cast<int64_t>(~*magnitude + 1);
    out.real = negative ? -static_cast<double>(*magnitude) : static_cast<double>(*magnitude);
    if (!out.integer && !out.natural) return err(ErrorCode::InvalidArgument, "integer overflow: {}", quote(text));
    return out;
  }
  const auto real = parse_plain_float(plain);
  const bool looks_like_float = plain.find_first_of(".eEpP") != std::string::npos;
  if (!looks_like_float && plain.find_first_not_of("0123456789") == std::string::npos) {
    return err(ErrorCode::InvalidArgument, "integer overflow: {}", quote(text));
  }
  if (!real || !looks_like_float) return bad_number(text);
  out.real = negative ? -*real : *real;
  out.is_float = true;
  constexpr double kLimit = 9223372036854775808.0;
  if (*real == std::floor(*real) && *real < kLimit) {
    out.integer = static_cast<int64_t>(*out.real);
    if (!negative) out.natural = static_cast<uint64_t>(*real);
  }
  return out;
}

Result<std::string> unquote(std::string_view text) {
  if (text.size() < 2) return err(ErrorCode::InvalidArgument, "invalid syntax");
  std::string_view rest = text.substr(1, text.size() - 2);
  if (text.front() == '`') return replace_all(std::string(rest), "\r", "");
  std::string out;
  while (!rest.empty()) {
    if (rest[0] != '\\') {
      const size_t plain = std::min(rest.find('\\'), rest.size());
      out += rest.substr(0, plain);
      rest.remove_prefix(plain);
      continue;
    }
    rest.remove_prefix(1);
    if (rest.empty() || !append_escape(out, rest)) return err(ErrorCode::InvalidArgument, "invalid syntax");
  }
  return out;
}

Result<int64_t> parse_go_int(std::string_view text) {
  return parse_decimal<int64_t>("ParseInt", text);
}

Result<uint64_t> parse_go_uint(std::string_view text) {
  return parse_decimal<uint64_t>("ParseUint", text);
}

Result<double> parse_go_float(std::string_view text) {
  const std::string_view digits = text.substr(text.find_first_not_of("+-") == 1 ? 1 : 0);
  const double sign = text.starts_with('-') ? -1 : 1;
  const std::string lower = to_lower(digits);
  if (lower == "inf" || lower == "infinity") return sign * std::numeric_limits<double>::infinity();
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (digits.find_first_not_of("0123456789.eE+-xXabcdefABCDEFpP") != std::string_view::npos) {
    return bad_parse("ParseFloat", text, "invalid syntax");
  }
  if (const auto value = parse_plain_float(digits)) return sign * *value;
  const bool in_range = digits.find_first_not_of("0123456789.eE+") != std::string_view::npos || digits.empty();
  return bad_parse("ParseFloat", text, in_range ? "invalid syntax" : "value out of range");
}

Result<bool> parse_go_bool(std::string_view text) {
  for (const std::string_view word : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == word) return false;
  }
  return bad_parse("ParseBool", text, "invalid syntax");
}

}  // namespace drover::gotmpl
