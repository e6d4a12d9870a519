#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// The number that is the whole of the text; nothing for anything else (no sign for the unsigned one, no white space).
std::optional<int64_t> parse_int(std::string_view text);
std::optional<uint64_t> parse_uint(std::string_view text);
std::optional<double> parse_double(std::string_view text);

// The candidate at the smallest edit distance from `name`, if close enough to be a likely slip of the pen.
std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// Text that is safe to show for messages: control characters and invalid UTF-8 escaped, at most `limit` bytes.
std::string printable(std::string_view text, size_t limit = 200);

bool is_valid_utf8(std::string_view text);

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace drover
