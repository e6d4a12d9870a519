#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace drover::hcl {

// The code points of a text; a byte that is not UTF-8 is one too.
std::vector<std::string_view> characters(std::string_view text);

// The first of them. REQUIRES a text that is not empty.
std::string_view first_character(std::string_view text);

// What a reader sees as one character: a letter with its accents, a flag, a family of emoji.
std::vector<std::string_view> graphemes(std::string_view text);

// Unicode's one-to-one case mappings, as Go's strings package applies them. Bytes that are not UTF-8 stay.
std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);
std::string title_case(std::string_view text);  // The first letter of each word.

std::string_view trim_white_space(std::string_view text);

// Normalisation form C, which every HCL string is in. Text that is not UTF-8 stays as it is.
std::string normalized(std::string text);

}  // namespace drover::hcl
