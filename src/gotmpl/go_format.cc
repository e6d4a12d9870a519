#include "gotmpl/go_format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {
namespace {

constexpr int kMaxWidth = 1'000'000;  // as in Go
constexpr int kShortest = -1;
constexpr int kShortestDigits = 6;  // from this exponent on, the shortest %g has one

struct Spec {
  bool plus = false;
  bool minus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  std::optional<int> width;
  std::optional<int> precision;
  bool plus_v = false;   // %+v, of which `plus` is no part
  bool sharp_v = false;  // %#v, likewise
  char32_t verb = 'v';
};

std::string verb_text(char32_t verb) {
  std::string out;
  append_rune(out, verb);
  return out;
}

// One value under one verb.
class ValuePrinter {
 public:
  ValuePrinter(TextBuilder& out, const Spec& spec) : out_(out), spec_(spec) {}

  void print(const Value& value, bool nested = false);

 private:
  void pad(std::string_view text);
  void pad_number(std::string_view sign, std::string_view digits, bool zeros);
  void bad_verb(const Value& value);
  void integer(uint64_t magnitude, bool negative, const Value& value);
  void digits(uint64_t magnitude, bool negative, int base, bool upper);
  void unicode(uint64_t code);
  void real(double number, const Value& value);
  void text(const std::string& text, const Value& value);
  void hex(std::string_view text, bool upper);
  void items(const List& list);
  void map(const Map& map);
  void record(const Record& record);
  std::string_view cut(std::string_view text) const;

  TextBuilder& out_;
  const Spec& spec_;
};

void ValuePrinter::pad(std::string_view text) {
  const size_t size = spec_.width ? rune_count(text) : 0;
  const size_t missing = spec_.width && static_cast<size_t>(*spec_.width) > size ? *spec_.width - size : 0;
  if (!spec_.minus) out_.append(missing, spec_.zero ? '0' : ' ');
  out_.append(text);
  if (spec_.minus) out_.append(missing, ' ');
}

void ValuePrinter::pad_number(std::string_view sign, std::string_view digits, bool zeros) {
  const size_t size = sign.size() + digits.size();
  const size_t missing = spec_.width && static_cast<size_t>(*spec_.width) > size ? *spec_.width - size : 0;
  if (!spec_.minus && !zeros) out_.append(missing, ' ');
  out_.append(sign);
  if (!spec_.minus && zeros) out_.append(missing, '0');
  out_.append(digits);
  if (spec_.minus) out_.append(missing, ' ');
}

void ValuePrinter::bad_verb(const Value& value) {
  out_.append("%!" + verb_text(spec_.verb) + "(");
  if (value.is_nil()) {
    out_.append("<nil>)");
    return;
  }
  out_.append(value.type_name() + "=");
  Spec same = spec_;
  same.verb = 'v';
  ValuePrinter(out_, same).print(value);
  out_.append(')');
}

std::string_view ValuePrinter::cut(std::string_view text) const {
  if (!spec_.precision) return text;
  std::string_view rest = text;
  for (int left = *spec_.precision; left > 0 && !rest.empty(); --left) rest.remove_prefix(decode_rune(rest).size);
  return text.substr(0, text.size() - rest.size());
}

void ValuePrinter::digits(uint64_t magnitude, bool negative, int base, bool upper) {
  if (spec_.precision == 0 && magnitude == 0) {
    out_.append(spec_.width.value_or(0), ' ');
    return;
  }
  char buffer[72];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, magnitude, base).ptr;
  std::string text(buffer, end);
  if (upper) std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' ? c - 'a' + 'A' : c; });
  if (spec_.precision && static_cast<size_t>(*spec_.precision) > text.size()) {
    text.insert(0, *spec_.precision - text.size(), '0');
  }
  std::string sign = negative ? "-" : spec_.plus ? "+" : spec_.space ? " " : "";
  if (spec_.sharp && base == 2) sign += "0b";
  if (spec_.sharp && base == 8 && spec_.verb == 'o' && text[0] != '0') sign += "0";
  if (spec_.sharp && base == 16) sign += upper ? "0X" : "0x";
  if (spec_.verb == 'O') sign += "0o";
  // Go counts a prefix as beside the zeros: %#08x of 1 is 0x00000001.
  const bool zeros = spec_.zero && !spec_.minus && !spec_.precision;
  if (!zeros || sign.size() < 2) return pad_number(sign, text, zeros);
  const size_t signs = sign[0] == '-' || sign[0] == '+' || sign[0] == ' ' ? 1 : 0;
  const size_t width = static_cast<size_t>(spec_.width.value_or(0));
  if (width > text.size() + signs) text.insert(0, width - signs - text.size(), '0');
  out_.append(sign);
  out_.append(text);
}

void ValuePrinter::unicode(uint64_t code) {
  std::string text = "U+";
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, code, 16).ptr;
  std::string hex(buffer, end);
  std::ranges::transform(hex, hex.begin(), [](char c) { return c >= 'a' ? c - 'a' + 'A' : c; });
  const size_t least = static_cast<size_t>(std::max(4, spec_.precision.value_or(4)));
  if (hex.size() < least) hex.insert(0, least - hex.size(), '0');
  text += hex;
  if (spec_.sharp && code <= 0x10FFFF && is_printable(static_cast<uint32_t>(code))) {
    text += " '";
    append_rune(text, static_cast<uint32_t>(code));
    text += '\'';
  }
  Spec spaces = spec_;
  spaces.zero = false;
  ValuePrinter(out_, spaces).pad(text);
}

void ValuePrinter::integer(uint64_t magnitude, bool negative, const Value& value) {
  const uint32_t code = magnitude > 0x10FFFF || negative ? 0xFFFD : static_cast<uint32_t>(magnitude);
  std::string character;
  switch (spec_.verb) {
    case 'v':
      if (spec_.sharp_v && value.kind() == Value::Kind::Uint) {
        Spec hexadecimal = spec_;
        hexadecimal.sharp = true;
        return ValuePrinter(out_, hexadecimal).digits(magnitude, false, 16, false);
      }
      return digits(magnitude, negative, 10, false);
    case 'd':
      return digits(magnitude, negative, 10, false);
    case 'b':
      return digits(magnitude, negative, 2, false);
    case 'o':
    case 'O':
      return digits(magnitude, negative, 8, false);
    case 'x':
      return digits(magnitude, negative, 16, false);
    case 'X':
      return digits(magnitude, negative, 16, true);
    case 'c':
      append_rune(character, code);
      return pad(character);
    case 'q':
      return pad(quote_rune(code, spec_.plus ? Quoting::Ascii : Quoting::Unicode));
    case 'U':
      return unicode(negative ? ~magnitude + 1 : magnitude);
    default:
      return bad_verb(value);
  }
}

void ValuePrinter::real(double number, const Value& value) {
  char verb = 'g';
  int precision = kShortest;
  switch (spec_.verb) {
    case 'v':
    case 'g':
    case 'G':
      break;
    case 'x':
    case 'X':
      verb = 'x';
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
      verb = spec_.verb == 'e' || spec_.verb == 'E' ? 'e' : 'f';
      precision = 6;
      break;
    default:
      return bad_verb(value);
  }
  if (spec_.precision) precision = *spec_.precision;
  std::string text = format_float(std::fabs(number), verb, precision);
  if (spec_.verb == 'E' || spec_.verb == 'G' || spec_.verb == 'X') text = to_upper(text);
  const bool finite = std::isfinite(number);
  const bool negative = std::signbit(number) && !std::isnan(number);
  std::string_view sign = negative ? "-" : spec_.plus ? "+" : spec_.space ? " " : "";
  if (std::isinf(number) && sign.empty() && !spec_.space) sign = "+";
  pad_number(sign, text, spec_.zero && finite);
}

void ValuePrinter::hex(std::string_view text, bool upper) {
  if (spec_.precision) text = text.substr(0, std::min<size_t>(text.size(), *spec_.precision));
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  const std::string_view prefix = !spec_.sharp ? "" : upper ? "0X" : "0x";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && spec_.space) out += ' ';
    if (i == 0 || spec_.space) out += prefix;
    out += digits[static_cast<unsigned char>(text[i]) >> 4];
    out += digits[static_cast<unsigned char>(text[i]) & 15];
  }
  pad(out);
}

void ValuePrinter::text(const std::string& text, const Value& value) {
  switch (spec_.verb) {
    case 'v':
      return spec_.sharp_v ? pad(quote(text)) : pad(cut(text));
    case 's':
      return pad(cut(text));
    case 'x':
      return hex(text, false);
    case 'X':
      return hex(text, true);
    case 'q': {
      const std::string_view shown = cut(text);
      const bool raw = spec_.sharp && shown.find('`') == std::string_view::npos &&
                       std::ranges::none_of(shown, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
      return pad(raw ? "`" + std::string(shown) + "`" : quote(shown, spec_.plus ? Quoting::Ascii : Quoting::Unicode));
    }
    default:
      return bad_verb(value);
  }
}

void ValuePrinter::items(const List& list) {
  out_.append(spec_.sharp_v ? (list.of_strings ? "[]string{" : "[]interface {}{") : "[");
  bool first = true;
  for (const Value& item : list.items) {
    if (out_.full()) return;
    if (!first) out_.append(spec_.sharp_v ? ", " : " ");
    first = false;
    print(item, true);
  }
  out_.append(spec_.sharp_v ? '}' : ']');
}

void ValuePrinter::map(const Map& map) {
  out_.append(spec_.sharp_v ? (map.of_strings ? "map[string]string{" : "map[string]interface {}{") : "map[");
  bool first = true;
  for (const auto& [key, item] : map.items) {
    if (out_.full()) return;
    if (!first) out_.append(spec_.sharp_v ? ", " : " ");
    first = false;
    print(Value(key), true);
    out_.append(':');
    print(item, true);
  }
  out_.append(spec_.sharp_v ? '}' : ']');
}

void ValuePrinter::record(const Record& record) {
  if (spec_.sharp_v) out_.append(record.type);
  out_.append('{');
  bool first = true;
  for (const auto& [name, value] : record.fields) {
    if (out_.full()) return;
    if (!first) out_.append(spec_.sharp_v ? ", " : " ");
    first = false;
    if (spec_.plus_v || spec_.sharp_v) out_.append(name + ":");
    print(value, true);
  }
  out_.append('}');
}

void ValuePrinter::print(const Value& value, bool nested) {
  if (out_.full()) return;
  if (spec_.verb == 'T') return pad(value.type_name());
  switch (value.kind()) {
    case Value::Kind::Missing:
    case Value::Kind::Nil:
      if (spec_.sharp_v && nested) return out_.append("interface {}(nil)");
      if (nested) return out_.append("<nil>");
      return spec_.verb == 'v' ? pad("<nil>") : bad_verb(value);
    case Value::Kind::Bool:
      return spec_.verb == 'v' || spec_.verb == 't' ? pad(value.boolean() ? "true" : "false") : bad_verb(value);
    case Value::Kind::Int: {
      const int64_t n = value.integer();
      return integer(n < 0 ? ~static_cast<uint64_t>(n) + 1 : static_cast<uint64_t>(n), n < 0, value);
    }
    case Value::Kind::Uint:
      return integer(value.natural(), false, value);
    case Value::Kind::Float:
      return real(value.real(), value);
    case Value::Kind::String:
      return text(value.text(), value);
    case Value::Kind::List:
      return items(*value.as_list());
    case Value::Kind::Map:
      return map(*value.as_map());
    case Value::Kind::Record:
      return record(*value.as_record());
    case Value::Kind::Loop:
    case Value::Kind::Object:
      return out_.append("(" + value.type_name() + ")");
  }
}

// Reads a format and prints the arguments that it names.
class Formatter {
 public:
  Formatter(TextBuilder& out, std::string_view format, std::span<const Value> args)
      : out_(out), rest_(format), args_(args) {}

  void run();

 private:
  void directive();
  void flags();
  void width();
  void precision();
  void verb();
  void argument_index();
  std::optional<int> number();
  std::optional<int> number_argument();
  void extra();
  bool has(char c) const { return !rest_.empty() && rest_[0] == c; }

  TextBuilder& out_;
  std::string_view rest_;
  std::span<const Value> args_;
  Spec spec_;
  size_t next_ = 0;
  bool reordered_ = false;    // in this directive or before
  bool good_index_ = true;    // of this directive
  bool after_index_ = false;  // the last thing read was [n]
};

void Formatter::run() {
  while (!rest_.empty() && !out_.full()) {
    const size_t percent = std::min(rest_.find('%'), rest_.size());
    out_.append(rest_.substr(0, percent));
    rest_.remove_prefix(percent);
    if (rest_.empty()) break;
    rest_.remove_prefix(1);
    directive();
  }
  if (!reordered_ && next_ < args_.size()) extra();
}

void Formatter::directive() {
  spec_ = {};
  good_index_ = true;
  after_index_ = false;
  flags();
  argument_index();
  width();
  precision();
  if (!after_index_) argument_index();
  verb();
}

void Formatter::flags() {
  for (; !rest_.empty(); rest_.remove_prefix(1)) {
    switch (rest_[0]) {
      case '#':
        spec_.sharp = true;
        break;
      case '0':
        spec_.zero = !spec_.minus;
        break;
      case '+':
        spec_.plus = true;
        break;
      case '-':
        spec_.minus = true;
        spec_.zero = false;
        break;
      case ' ':
        spec_.space = true;
        break;
      default:
        return;
    }
  }
}

std::optional<int> Formatter::number() {
  int value = 0;
  const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') return std::nullopt;
  rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
  if (problem != std::errc() || value > kMaxWidth) return std::nullopt;
  return value;
}

// "[3]": the argument that comes next.
void Formatter::argument_index() {
  if (!has('[')) return;
  reordered_ = true;
  const size_t close = rest_.find(']');
  if (close == std::string_view::npos) {
    good_index_ = false;
    rest_.remove_prefix(1);
    return;
  }
  size_t value = 0;
  const char* end = rest_.data() + close;
  const auto [stop, problem] = std::from_chars(rest_.data() + 1, end, value);
  rest_.remove_prefix(close + 1);
  after_index_ = true;
  if (problem == std::errc() && stop == end && value >= 1 && value <= args_.size()) {
    next_ = value - 1;
  } else {
    good_index_ = false;
  }
}

std::optional<int> Formatter::number_argument() {
  if (next_ >= args_.size()) return std::nullopt;
  const Value& value = args_[next_++];
  after_index_ = false;
  if (value.kind() == Value::Kind::Int && std::abs(value.integer()) <= kMaxWidth) return value.integer();
  if (value.kind() == Value::Kind::Uint && value.natural() <= kMaxWidth) return value.natural();
  return std::nullopt;
}

void Formatter::width() {
  if (has('*')) {
    rest_.remove_prefix(1);
    spec_.width = number_argument();
    if (!spec_.width) out_.append("%!(BADWIDTH)");
    if (spec_.width && *spec_.width < 0) {
      spec_.width = -*spec_.width;
      spec_.minus = true;
      spec_.zero = false;
    }
    after_index_ = false;
    return;
  }
  spec_.width = number();
  if (after_index_ && spec_.width) good_index_ = false;
}

void Formatter::precision() {
  if (!has('.')) return;
  rest_.remove_prefix(1);
  if (after_index_) good_index_ = false;
  argument_index();
  if (has('*')) {
    rest_.remove_prefix(1);
    spec_.precision = number_argument();
    if (spec_.precision && *spec_.precision < 0) spec_.precision.reset();
    if (!spec_.precision) out_.append("%!(BADPREC)");
    after_index_ = false;
    return;
  }
  spec_.precision = number().value_or(0);
}

void Formatter::verb() {
  if (rest_.empty()) return out_.append("%!(NOVERB)");
  const Rune rune = decode_rune(rest_);
  rest_.remove_prefix(rune.size);
  spec_.verb = rune.code;
  if (rune.code == 'v') {
    spec_.plus_v = std::exchange(spec_.plus, false);
    spec_.sharp_v = std::exchange(spec_.sharp, false);
  }
  if (rune.code == '%') return out_.append('%');
  if (!good_index_) return out_.append("%!" + verb_text(spec_.verb) + "(BADINDEX)");
  if (next_ >= args_.size()) return out_.append("%!" + verb_text(spec_.verb) + "(MISSING)");
  ValuePrinter(out_, spec_).print(args_[next_++]);
}

void Formatter::extra() {
  out_.append("%!(EXTRA ");
  for (size_t i = next_; i < args_.size(); ++i) {
    if (i > next_) out_.append(", ");
    if (args_[i].is_nil()) {
      out_.append("<nil>");
      continue;
    }
    out_.append(args_[i].type_name() + "=");
    append_value(out_, args_[i]);
  }
  out_.append(')');
}

// 0x1.8p+01: two digits of exponent at least.
std::string hexadecimal_float(double value, int precision) {
  std::string buffer(static_cast<size_t>(std::max(precision, 0)) + 40, '\0');
  char* const begin = buffer.data();
  char* const limit = begin + buffer.size();
  const double size = std::fabs(value);
  const auto result = precision == kShortest ? std::to_chars(begin, limit, size, std::chars_format::hex)
                                             : std::to_chars(begin, limit, size, std::chars_format::hex, precision);
  std::string text = (value < 0 ? "-0x" : "0x") + std::string(begin, result.ptr);
  const size_t digits = text.find('p') + 2;
  if (text.size() - digits < 2) text.insert(digits, 1, '0');
  return text;
}

}  // namespace

std::string format_float(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Inf" : "-Inf";
  if (verb == 'x') return hexadecimal_float(value, precision);
  std::string buffer(static_cast<size_t>(std::max(precision, 0)) + 400, '\0');
  char* const begin = buffer.data();
  char* const limit = begin + buffer.size();
  const auto text = [&](std::to_chars_result result) { return std::string(begin, result.ptr); };
  if (precision != kShortest) {
    const auto format = verb == 'e'   ? std::chars_format::scientific
                        : verb == 'f' ? std::chars_format::fixed
                                      : std::chars_format::general;
    return text(std::to_chars(begin, limit, value, format, precision));
  }
  const std::string scientific = text(std::to_chars(begin, limit, value, std::chars_format::scientific));
  if (verb == 'e') return scientific;
  const std::string fixed = text(std::to_chars(begin, limit, value, std::chars_format::fixed));
  if (verb == 'f') return fixed;
  const size_t mark = scientific.find('e');
  const int exponent = std::atoi(scientific.c_str() + mark + 1);
  return exponent < -4 || exponent >= kShortestDigits ? scientific : fixed;
}

void append_value(TextBuilder& out, const Value& value) {
  const Spec plain{};
  ValuePrinter(out, plain).print(value);
}

Result<std::string> to_text(const Value& value, Meter& meter) {
  TextBuilder out(meter);
  append_value(out, value);
  return out.take();
}

Result<Value> sprint(std::span<const Value> args, Meter& meter) {
  TextBuilder out(meter);
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0 && !args[i].is_string() && !args[i - 1].is_string()) out.append(' ');
    append_value(out, args[i]);
  }
  return out.value();
}

Result<Value> sprintln(std::span<const Value> args, Meter& meter) {
  TextBuilder out(meter);
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) out.append(' ');
    append_value(out, args[i]);
  }
  out.append('\n');
  return out.value();
}

Result<Value> sprintf(std::string_view format, std::span<const Value> args, Meter& meter) {
  TextBuilder out(meter);
  Formatter(out, format, args).run();
  return out.value();
}

}  // namespace drover::gotmpl
