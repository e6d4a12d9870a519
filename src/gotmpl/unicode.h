#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Characters as Go's unicode and strconv packages see them; utf8proc is in the .cc file only.
namespace drover::gotmpl {

// The first character of a text that is not empty; invalid UTF-8 is U+FFFD of one byte.
struct Rune {
  uint32_t code = 0xFFFD;
  size_t size = 1;
  bool valid = true;
};
Rune decode_rune(std::string_view text);
void append_rune(std::string& out, uint32_t code);
size_t rune_count(std::string_view text);

bool is_letter(uint32_t code);
bool is_digit(uint32_t code);
bool is_printable(uint32_t code);
bool is_space(uint32_t code);

std::string to_upper_text(std::string_view text);
std::string to_lower_text(std::string_view text);
// The first letter of each word in title case.
std::string to_title_text(std::string_view text);

std::string_view trim_space(std::string_view text);

// Go's strconv.Quote: "a\tb"; with `ascii`, everything beyond ASCII is escaped.
enum class Quoting : uint8_t { Unicode, Ascii };
std::string quote(std::string_view text, Quoting quoting = Quoting::Unicode);
// A character in single quotes: 'a', '\n'.
std::string quote_rune(uint32_t code, Quoting quoting = Quoting::Unicode);

}  // namespace drover::gotmpl
