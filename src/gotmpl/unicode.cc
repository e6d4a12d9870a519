#include "gotmpl/unicode.h"

#include <utf8proc.h>

#include <fmt/core.h>

namespace drover::gotmpl {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;
constexpr uint32_t kMaxRune = 0x10FFFF;

utf8proc_category_t category(uint32_t code) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(code));
}

template <class Change>
std::string change_each(std::string_view text, Change change) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    append_rune(out, static_cast<uint32_t>(change(rune.code)));
    text.remove_prefix(rune.size);
  }
  return out;
}

void append_escaped(std::string& out, uint32_t code, char delimiter, Quoting quoting) {
  constexpr std::string_view kLetters = "abtnvfr";
  constexpr std::string_view kControls = "\a\b\t\n\v\f\r";
  if (code == static_cast<unsigned char>(delimiter) || code == '\\') {
    out += '\\';
    out += static_cast<char>(code);
    return;
  }
  if (code < 0x80 && kControls.find(static_cast<char>(code)) != std::string_view::npos) {
    out += '\\';
    out += kLetters[kControls.find(static_cast<char>(code))];
    return;
  }
  if (is_printable(code) && (code < 0x80 || quoting == Quoting::Unicode)) return append_rune(out, code);
  if (code < 0x20 || code == 0x7f) {
    out += fmt::format("\\x{:02x}", code);
  } else if (code < 0x10000) {
    out += fmt::format("\\u{:04x}", code);
  } else {
    out += fmt::format("\\U{:08x}", code);
  }
}

}  // namespace

Rune decode_rune(std::string_view text) {
  utf8proc_int32_t code = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (size <= 0) return {.valid = false};
  return {.code = static_cast<uint32_t>(code), .size = static_cast<size_t>(size)};
}

void append_rune(std::string& out, uint32_t code) {
  if (code > kMaxRune || (code >= 0xD800 && code < 0xE000)) code = kReplacement;
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
}

size_t rune_count(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(decode_rune(text).size);
  return count;
}

bool is_letter(uint32_t code) {
  const auto kind = category(code);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_digit(uint32_t code) {
  return category(code) == UTF8PROC_CATEGORY_ND;
}

bool is_printable(uint32_t code) {
  if (code < 0x80) return code >= 0x20 && code < 0x7f;
  const auto kind = category(code);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_SO;
}

bool is_space(uint32_t code) {
  if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
  return code == 0x85 || code == 0xA0 || code == 0x2028 || code == 0x2029 || category(code) == UTF8PROC_CATEGORY_ZS;
}

std::string to_upper_text(std::string_view text) {
  return change_each(text, [](uint32_t c) { return utf8proc_toupper(static_cast<utf8proc_int32_t>(c)); });
}

std::string to_lower_text(std::string_view text) {
  return change_each(text, [](uint32_t c) { return utf8proc_tolower(static_cast<utf8proc_int32_t>(c)); });
}

std::string to_title_text(std::string_view text) {
  bool in_word = false;
  return change_each(text, [&](uint32_t c) {
    const bool part = is_letter(c) || is_digit(c) || c == '_' || (in_word && (c == '\'' || c == 0x2019));
    const bool first = part && !in_word;
    in_word = part;
    return first ? utf8proc_totitle(static_cast<utf8proc_int32_t>(c)) : static_cast<utf8proc_int32_t>(c);
  });
}

std::string_view trim_space(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (!rune.valid || !is_space(rune.code)) break;
    text.remove_prefix(rune.size);
  }
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
    const Rune rune = decode_rune(text.substr(start));
    if (!rune.valid || rune.size != text.size() - start || !is_space(rune.code)) break;
    text.remove_suffix(rune.size);
  }
  return text;
}

std::string quote(std::string_view text, Quoting quoting) {
  std::string out = "\"";
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (rune.valid) {
      append_escaped(out, rune.code, '"', quoting);
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    }
    text.remove_prefix(rune.size);
  }
  return out + '"';
}

std::string quote_rune(uint32_t code, Quoting quoting) {
  if (code > kMaxRune || (code >= 0xD800 && code < 0xE000)) code = kReplacement;
  std::string out = "'";
  append_escaped(out, code, '\'', quoting);
  return out + '\'';
}

}  // namespace drover::gotmpl
