#include "client/templates/env_file.h"

#include "base/strings.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

namespace drover::client {
namespace {

using Problem = const char*;  // null: none

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool is_key(std::string_view key) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; };
  return !key.empty() && std::isdigit(static_cast<unsigned char>(key[0])) == 0 && std::ranges::all_of(key, fits);
}

void append_utf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// The value of one line, read from its beginning to its end.
class ValueReader {
 public:
  explicit ValueReader(std::string_view text) : text_(text) {}

  Problem read(std::string& out) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#' && (at_ == 0 || is_space(text_[at_ - 1]))) break;
      ++at_;
      if (c == '\'') {
        if (const Problem problem = single_quoted(out)) return problem;
      } else if (c == '"') {
        if (const Problem problem = double_quoted(out)) return problem;
      } else {
        out += c;
        continue;
      }
      kept_ = out.size();
    }
    // Spaces at the end do not count, but for those in quotes.
    while (out.size() > kept_ && is_space(out.back())) out.pop_back();
    return nullptr;
  }

 private:
  Problem single_quoted(std::string& out) {
    const size_t end = text_.find('\'', at_);
    if (end == std::string_view::npos) return "a single quote is not closed";
    out += text_.substr(at_, end - at_);
    at_ = end + 1;
    return nullptr;
  }

  Problem double_quoted(std::string& out) {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return nullptr;
      if (c != '\\') {
        out += c;
      } else if (const Problem problem = escape(out)) {
        return problem;
      }
    }
    return "a double quote is not closed";
  }

  Problem escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ == text_.size()) return "a double quote is not closed";
    const char c = text_[at_++];
    if (const size_t found = kNames.find(c); found != std::string_view::npos) {
      out += kMeanings[found];
      return nullptr;
    }
    if (c != 'u') return "unknown escape in double quotes";
    const std::string_view digits = text_.substr(at_, 4);
    uint32_t code = 0;
    for (const char digit : digits) {
      if (std::isxdigit(static_cast<unsigned char>(digit)) == 0) return "\\u needs four hexadecimal digits";
      const int lower = std::tolower(static_cast<unsigned char>(digit));
      code = code * 16 + static_cast<uint32_t>(lower >= 'a' ? lower - 'a' + 10 : lower - '0');
    }
    if (digits.size() < 4) return "\\u needs four hexadecimal digits";
    at_ += 4;
    append_utf8(code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code, out);
    return nullptr;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t kept_ = 0;
};

}  // namespace

Result<std::map<std::string, std::string>> parse_env_file(std::string_view text) {
  std::map<std::string, std::string> out;
  size_t number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return err(ErrorCode::InvalidArgument, "line {}: missing \"=\"", number);
    const std::string_view key = trim(line.substr(0, equals));
    if (!is_key(key)) return err(ErrorCode::InvalidArgument, "line {}: the name of the variable is not one", number);
    std::string value;
    if (const Problem problem = ValueReader(trim(line.substr(equals + 1))).read(value)) {
      return err(ErrorCode::InvalidArgument, "line {}: {}", number, problem);
    }
    if (value.find('\0') != std::string::npos) {
      return err(ErrorCode::InvalidArgument, "line {}: a value cannot hold a NUL character", number);
    }
    out[std::string(key)] = std::move(value);
  }
  return out;
}

}  // namespace drover::client
