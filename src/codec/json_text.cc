#include "codec/json_text.h"

#include "codec/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace drover::codec {
namespace {

constexpr std::array<bool, 256> make_plain_table() {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x7f; ++c) plain[c] = true;
  for (const char c : {'"', '\\', '<', '>', '&'}) plain[static_cast<unsigned char>(c)] = false;
  plain[0x7f] = true;
  return plain;
}
constexpr std::array<bool, 256> kPlain = make_plain_table();

void append_escaped_byte(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

// The length of the valid UTF-8 sequence that `text` starts with; 0 if there is none. REQUIRES a first byte >= 0x80.
size_t sequence_length(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](size_t i) { return (at(i) & 0xC0) == 0x80; };
  const unsigned first = at(0), second = at(1);
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    return continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

// Appends the sequence at the front of `text` and returns how many bytes it takes.
size_t append_sequence(std::string& out, std::string_view text) {
  const size_t length = sequence_length(text);
  if (length == 0) {
    out += "\\ufffd";
    return 1;
  }
  const std::string_view sequence = text.substr(0, length);
  if (sequence == "\u2028") {
    out += "\\u2028";
  } else if (sequence == "\u2029") {
    out += "\\u2029";
  } else {
    out += sequence;
  }
  return length;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t done = 0;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kPlain[c]) {
      ++i;
      continue;
    }
    out.append(text, done, i - done);
    if (c < 0x80) {
      append_escaped_byte(out, c);
      ++i;
    } else {
      i += append_sequence(out, text.substr(i));
    }
    done = i;
  }
  out.append(text, done, std::string_view::npos);
  out += '"';
}

void append_json_key(std::string& out, std::string_view name) {
  const size_t at = out.size();
  out.resize(at + name.size() + 3);
  char* text = out.data() + at;
  *text++ = '"';
  text = std::ranges::copy(name, text).out;
  *text++ = '"';
  *text = ':';
}

void append_json_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  // As Go: plain digits in the range in which people read them.
  const double size = std::fabs(number);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
  char buffer[64];
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, format).ptr;
  out.append(buffer, static_cast<size_t>(end - buffer));
}

}  // namespace drover::codec
