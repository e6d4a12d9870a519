#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gotmpl/value.h"

namespace drover::gotmpl {

// A number as Go writes constants: 42, -7, 0x1F, 0b101, 0o17, 017, 1_000, 1.5, 1e6, 'a'. `is_float` are those that are
// floats wherever no type is asked for.
struct NumberConstant {
  std::optional<int64_t> integer;
  std::optional<uint64_t> natural;
  std::optional<double> real;
  bool is_float = false;
};
Result<NumberConstant> parse_number(std::string_view text);

// The content of "…" with Go's escapes, or of `…` as it is.
Result<std::string> unquote(std::string_view text);

// Go's strconv.ParseInt and its like: an error says why.
Result<int64_t> parse_go_int(std::string_view text);
Result<uint64_t> parse_go_uint(std::string_view text);
Result<double> parse_go_float(std::string_view text);
Result<bool> parse_go_bool(std::string_view text);

}  // namespace drover::gotmpl
