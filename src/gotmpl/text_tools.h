#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gotmpl/meter.h"

// What several functions on texts are made of, with Go's meaning of empty separators.
namespace drover::gotmpl {

enum class IndentEmptyLines : uint8_t { No, Yes };
Result<Value> indent_lines(std::string_view text, int64_t spaces, IndentEmptyLines empty, Meter& meter);

// The items as print shows them, with a separator between them.
Result<Value> join_items(const List& list, std::string_view separator, Meter& meter);

// At most `limit` parts (-1: all); an empty separator parts characters.
Result<std::vector<std::string>> split_text(std::string_view text, std::string_view separator, Meter& meter,
                                            int64_t limit = -1);
// An empty `from` stands before each character and at the end.
Result<Value> replace_text(std::string_view text, std::string_view from, std::string_view to, Meter& meter);

// Without the characters of `set` at its ends.
enum class Side : uint8_t { Left, Right, Both };
std::string_view trim_any(std::string_view text, std::string_view set, Side side);

}  // namespace drover::gotmpl
