#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "gotmpl/data_text.h"
#include "gotmpl/go_format.h"
#include "gotmpl/hashes.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {
namespace {

bool is_digit_char(char c) {
  return c >= '0' && c <= '9';
}

// go-yaml sorts keys so that numbers within them count as numbers: a2 before a10.
bool natural_less(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (is_digit_char(a[0]) && is_digit_char(b[0])) {
      const std::string_view x = a.substr(0, std::min(a.find_first_not_of("0123456789"), a.size()));
      const std::string_view y = b.substr(0, std::min(b.find_first_not_of("0123456789"), b.size()));
      const std::string_view p = x.substr(std::min(x.find_first_not_of('0'), x.size()));
      const std::string_view q = y.substr(std::min(y.find_first_not_of('0'), y.size()));
      if (p != q) return p.size() != q.size() ? p.size() < q.size() : p < q;
      if (x.size() != y.size()) return x.size() < y.size();
      a.remove_prefix(x.size());
      b.remove_prefix(y.size());
      continue;
    }
    const Rune x = decode_rune(a), y = decode_rune(b);
    if (x.code != y.code) {
      // Letters come after everything else.
      const bool x_letter = is_letter(x.code), y_letter = is_letter(y.code);
      return x_letter != y_letter ? y_letter : x.code < y.code;
    }
    a.remove_prefix(x.size);
    b.remove_prefix(y.size);
  }
  return a.size() < b.size();
}

// 1:20 is a number of base 60 to readers of YAML 1.1.
bool is_base_60(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !is_digit_char(text[0]) || text.find(':') == std::string_view::npos) return false;
  return text.find_first_not_of("0123456789_:.") == std::string_view::npos;
}

bool looks_like_date(std::string_view text) {
  return text.size() >= 8 && std::ranges::all_of(text.substr(0, 4), is_digit_char) && text[4] == '-' &&
         is_digit_char(text[5]);
}

bool is_yaml_printable(uint32_t c) {
  return c == '\n' || (c >= 0x20 && c <= 0x7e) || c == 0x85 || (c >= 0xA0 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF);
}

// What a text may look like.
struct Looks {
  bool plain = true;
  bool single_quoted = true;
  bool block = true;
};

Looks look_at(std::string_view text) {
  Looks out;
  if (text.empty()) return {.plain = false, .block = false};
  if (text.starts_with("---") || text.starts_with("...")) out.plain = false;
  if (std::string_view("#,[]{}&*!|>'\"%@`").find(text[0]) != std::string_view::npos) out.plain = false;
  const bool space_after_first =
      text.size() == 1 || std::string_view(" \t\n\r").find(text[1]) != std::string_view::npos;
  if (std::string_view("?:-").find(text[0]) != std::string_view::npos && space_after_first) out.plain = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool end = i + 1 == text.size();
    if (text[i] == ':' && (end || text[i + 1] == ' ' || text[i + 1] == '\n')) out.plain = false;
    if (text[i] == '#' && i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\n')) out.plain = false;
    if (text[i] == '\n') out.plain = false;
    if (text[i] == ' ' && !end && text[i + 1] == '\n') out.block = out.single_quoted = false;
  }
  if (text.front() == ' ' || text.back() == ' ') out.plain = out.block = false;
  for (std::string_view rest = text; !rest.empty();) {
    const Rune rune = decode_rune(rest);
    if (!rune.valid || !is_yaml_printable(rune.code)) return {.plain = false, .single_quoted = false, .block = false};
    rest.remove_prefix(rune.size);
  }
  return out;
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (; !text.empty();) {
    const Rune rune = decode_rune(text);
    const std::string_view here = text.substr(0, rune.size);
    text.remove_prefix(rune.size);
    constexpr std::string_view kSpecial("\0\a\b\t\n\v\f\r\x1b\"\\", 11);
    constexpr std::string_view kLetters = "0abtnvfre\"\\";
    const size_t at = rune.code < 0x80 ? kSpecial.find(static_cast<char>(rune.code)) : std::string_view::npos;
    if (at != std::string_view::npos) {
      out += '\\';
      out += kLetters[at];
    } else if (rune.valid && is_yaml_printable(rune.code)) {
      out += here;
    } else if (rune.code <= 0xFF) {
      out += fmt::format("\\x{:02X}", rune.code);
    } else {
      out += rune.code <= 0xFFFF ? fmt::format("\\u{:04X}", rune.code) : fmt::format("\\U{:08X}", rune.code);
    }
  }
  return out + '"';
}

// Block style, as go-yaml 2 writes it: lists are not indented below the key that holds them.
class YamlWriter {
 public:
  explicit YamlWriter(TextBuilder& out) : out_(out) {}

  Status write(const Value& value);

 private:
  using Members = std::vector<std::pair<std::string_view, const Value*>>;

  Status write_list(const List& list, size_t level);
  Status write_members(const Members& members, size_t level);
  Status write_member(const Value& value, size_t level);
  Status write_item(const Value& value, size_t level);
  Status write_scalar(const Value& value, size_t level);
  void write_text(const std::string& text, size_t level);
  void write_literal(std::string_view text, size_t level);
  std::string key_text(std::string_view key) const;
  static Members members_of(const Value& value);
  static bool is_block(const Value& value) { return value.depth() > 0 && value.size() > 0; }
  void indent(size_t level) { out_.append(level * 2, ' '); }

  TextBuilder& out_;
};

YamlWriter::Members YamlWriter::members_of(const Value& value) {
  Members out;
  if (const Map* map = value.as_map()) {
    for (const auto& [key, item] : map->items) out.emplace_back(key, &item);
    std::ranges::sort(out, natural_less, [](const auto& member) { return member.first; });
  }
  if (const Record* record = value.as_record()) {
    for (const auto& [key, item] : record->fields) out.emplace_back(key, &item);
  }
  return out;
}

Status YamlWriter::write(const Value& value) {
  if (!is_block(value)) {
    TRY(write_scalar(value, 0));
    out_.append('\n');
    return Ok{};
  }
  if (const List* list = value.as_list()) return write_list(*list, 0);
  return write_members(members_of(value), 0);
}

Status YamlWriter::write_list(const List& list, size_t level) {
  for (const Value& item : list.items) {
    if (out_.full()) break;
    indent(level);
    TRY(write_item(item, level));
  }
  return Ok{};
}

// Behind the indentation of a list; what is in the item stands two columns further.
Status YamlWriter::write_item(const Value& value, size_t level) {
  out_.append("- ");
  if (!is_block(value)) {
    TRY(write_scalar(value, level + 1));
    out_.append('\n');
    return Ok{};
  }
  if (const List* list = value.as_list()) {
    for (size_t i = 0; i < list->items.size() && !out_.full(); ++i) {
      if (i > 0) indent(level + 1);
      TRY(write_item(list->items[i], level + 1));
    }
    return Ok{};
  }
  const Members members = members_of(value);
  for (size_t i = 0; i < members.size() && !out_.full(); ++i) {
    if (i > 0) indent(level + 1);
    out_.append(key_text(members[i].first) + ":");
    TRY(write_member(*members[i].second, level + 1));
  }
  return Ok{};
}

Status YamlWriter::write_members(const Members& members, size_t level) {
  for (const auto& [key, value] : members) {
    if (out_.full()) break;
    indent(level);
    out_.append(key_text(key) + ":");
    TRY(write_member(*value, level));
  }
  return Ok{};
}

// Behind "key:".
Status YamlWriter::write_member(const Value& value, size_t level) {
  if (!is_block(value)) {
    out_.append(' ');
    TRY(write_scalar(value, level + 1));
    out_.append('\n');
    return Ok{};
  }
  out_.append('\n');
  if (const List* list = value.as_list()) return write_list(*list, level);
  return write_members(members_of(value), level + 1);
}

Status YamlWriter::write_scalar(const Value& value, size_t level) {
  switch (value.kind()) {
    case Value::Kind::Missing:
    case Value::Kind::Nil:
      out_.append("null");
      return Ok{};
    case Value::Kind::Float:
      if (std::isfinite(value.real())) {
        out_.append(format_float(value.real(), 'g', -1));
      } else {
        out_.append(std::isnan(value.real()) ? ".nan" : value.real() < 0 ? "-.inf" : ".inf");
      }
      return Ok{};
    case Value::Kind::String:
      write_text(value.text(), level);
      return Ok{};
    case Value::Kind::List:
      out_.append("[]");
      return Ok{};
    case Value::Kind::Map:
    case Value::Kind::Record:
      out_.append("{}");
      return Ok{};
    case Value::Kind::Bool:
    case Value::Kind::Int:
    case Value::Kind::Uint:
      append_value(out_, value);
      return Ok{};
    case Value::Kind::Loop:
    case Value::Kind::Object:
      break;
  }
  return err(ErrorCode::InvalidArgument, "YAML has no such value: {}", value.type_name());
}

bool reads_as_itself(const std::string& text) {
  return read_yaml_scalar(text).is_string() && text != "<<" && !is_base_60(text) && !looks_like_date(text);
}

void YamlWriter::write_text(const std::string& text, size_t level) {
  if (!is_valid_utf8(text)) return out_.append("!!binary " + to_base64(text, Alphabet::Standard));
  const Looks looks = look_at(text);
  if (text.find('\n') != std::string::npos && looks.block) return write_literal(text, level);
  if (!reads_as_itself(text)) return out_.append(double_quoted(text));
  if (looks.plain) return out_.append(text);
  if (looks.single_quoted && text.find('\n') == std::string::npos) {
    return out_.append("'" + replace_all(text, "'", "''") + "'");
  }
  out_.append(double_quoted(text));
}

// "|" with the mark that says how the text ends; the caller adds the last line end.
void YamlWriter::write_literal(std::string_view text, size_t level) {
  out_.append(text.starts_with('\n') || text.starts_with(' ') ? "|2" : "|");
  if (!text.ends_with('\n')) {
    out_.append('-');
  } else if (text.ends_with("\n\n") || text == "\n") {
    out_.append('+');
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  while (!out_.full()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out_.append('\n');
    if (end > 0) indent(std::max<size_t>(level, 1));
    out_.append(text.substr(0, end));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

std::string YamlWriter::key_text(std::string_view key) const {
  const std::string text(key);
  const Looks looks = look_at(text);
  if (!reads_as_itself(text)) return double_quoted(text);
  if (looks.plain) return text;
  if (looks.single_quoted && text.find('\n') == std::string::npos) return "'" + replace_all(text, "'", "''") + "'";
  return double_quoted(text);
}

}  // namespace

Result<Value> to_yaml(const Value& value, Meter& meter) {
  TextBuilder out(meter);
  TRY(YamlWriter(out).write(value));
  TRY_LET(const std::string text, out.take());
  return Value(trim_space(text));
}

}  // namespace drover::gotmpl
