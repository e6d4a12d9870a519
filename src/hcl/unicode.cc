#include "hcl/unicode.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <utf8proc.h>

namespace drover::hcl {
namespace {

constexpr utf8proc_int32_t kSharpS = 0xdf;  // Go leaves it alone; utf8proc knows a capital.

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct CodePoint {
  utf8proc_int32_t value = -1;  // Negative for a byte that is not UTF-8.
  size_t size = 1;
};

// REQUIRES a text that is not empty.
CodePoint first_of(std::string_view text) {
  CodePoint out;
  if (static_cast<unsigned char>(text[0]) < 0x80) return {.value = text[0]};
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const utf8proc_ssize_t size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &out.value);
  if (size > 0) out.size = static_cast<size_t>(size);
  return out;
}

// Calls `map(code point)` for each code point and joins the results.
template <class Map>
std::string mapped(std::string_view text, Map map) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_of(text);
    const utf8proc_int32_t result = point.value < 0 ? point.value : map(point.value);
    if (result == point.value) {
      out += text.substr(0, point.size);
    } else {
      utf8proc_uint8_t bytes[4];
      const utf8proc_ssize_t size = utf8proc_encode_char(result, bytes);
      out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    }
    text.remove_prefix(point.size);
  }
  return out;
}

utf8proc_int32_t to_upper(utf8proc_int32_t c) {
  return c == kSharpS ? c : utf8proc_toupper(c);
}

utf8proc_int32_t to_title(utf8proc_int32_t c) {
  return c == kSharpS ? c : utf8proc_totitle(c);
}

bool is_white_space(utf8proc_int32_t c) {
  return (c >= '\t' && c <= '\r') || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_word_end(utf8proc_int32_t c) {
  if (c < 0x80) return !(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_');
  return is_white_space(c);
}

}  // namespace

std::string_view first_character(std::string_view text) {
  return text.substr(0, first_of(text).size);
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    out.push_back(first_character(text));
    text.remove_prefix(out.back().size());
  }
  return out;
}

std::vector<std::string_view> graphemes(std::string_view text) {
  std::vector<std::string_view> out;
  utf8proc_int32_t before = -1;
  utf8proc_int32_t state = 0;
  for (const std::string_view character : characters(text)) {
    const utf8proc_int32_t current = first_of(character).value;
    const bool plain = before < 0x80 && current < 0x80 && current != '\n';  // Negative: not UTF-8.
    const bool joined =
        !plain && before >= 0 && current >= 0 && !utf8proc_grapheme_break_stateful(before, current, &state);
    if (plain) state = 0;
    if (joined) {
      out.back() = {out.back().data(), out.back().size() + character.size()};
    } else {
      out.push_back(character);
    }
    before = current;
  }
  return out;
}

std::string upper_case(std::string_view text) {
  return mapped(text, to_upper);
}

std::string lower_case(std::string_view text) {
  return mapped(text, utf8proc_tolower);
}

std::string title_case(std::string_view text) {
  bool starts_word = true;
  return mapped(text, [&](utf8proc_int32_t c) {
    const bool first = starts_word;
    starts_word = is_word_end(c);
    return first ? to_title(c) : c;
  });
}

std::string_view trim_white_space(std::string_view text) {
  const std::vector<std::string_view> all = characters(text);
  const auto is_text = [](std::string_view c) { return !is_white_space(first_of(c).value); };
  const auto first = std::ranges::find_if(all, is_text);
  if (first == all.end()) return {};
  const std::string_view last = *std::find_if(all.rbegin(), all.rend(), is_text);
  return {first->data(), static_cast<size_t>(last.data() + last.size() - first->data())};
}

std::string normalized(std::string text) {
  if (is_ascii(text)) return text;
  utf8proc_uint8_t* result = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &result, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (size >= 0) text.assign(reinterpret_cast<const char*>(result), static_cast<size_t>(size));
  std::free(result);
  return text;
}

}  // namespace drover::hcl
