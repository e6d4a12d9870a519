#pragma once

#include "base/diagnostics.h"
#include "base/result.h"
#include "codec/fwd.h"
#include "codec/type_info.h"
#include "codec/value.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// JSON in and out. Callers of the templates include codec/describe.h-based descriptions of T; the work is done by plain
// functions over TypeInfo.
namespace drover::codec {

struct JsonLimits {
  uint32_t max_depth = 64;
  size_t max_bytes = size_t{64} << 20;
};

// What parse_json() noticed beside the value.
struct JsonReport {
  bool repeated_keys = false;  // an object had a key twice
  // Where and why the text is no JSON; line 0 if the error has no place. 1-based, the column in bytes.
  uint32_t line = 0;
  uint32_t column = 0;
  std::string problem;
};

// Strict JSON, valid UTF-8, nothing after it; of equal keys the last one wins. Whole numbers that fit stay int64_t, all
// other numbers become double. The error says where: "line 3, column 7: …".
Result<Value> parse_json(std::string_view text, const JsonLimits& limits = {}, JsonReport* report = nullptr);

struct DecodeOptions {
  enum class UnknownKeys : uint8_t { Ignore, Refuse };
  UnknownKeys unknown_keys = UnknownKeys::Ignore;
};

// Reads `value` into `out`, a described object that holds its defaults. Collects all problems, each with its field path
// below `path`; what has a problem keeps its default. Rules:
//  - keys match as in Go: the exact name first, then ignoring case; unknown keys are ignored or refused; of two keys
//    for one field the last one counts, with a warning;
//  - null makes lists, maps, optionals and Values empty and leaves everything else as it is;
//  - whole numbers also from 1.0; durations from nanoseconds or "1h30m"; bytes from base64 (line
//    breaks ignored); UUIDs from text, "" is none; enums by name, "" leaves the default. No other conversions.
// Values of kSecret fields never appear in messages.
void decode(const Value& value, const TypeInfo& type, void* out, Diagnostics& problems, std::string path = {},
            const DecodeOptions& options = {});

struct JsonStyle {
  bool pretty = false;      // 4 spaces a level
  bool redact = false;      // non-empty kSecret values become "<redacted>"
  uint32_t skip_flags = 0;  // leaves out fields with any of these flags
};

inline constexpr std::string_view kRedacted = "<redacted>";

// Appends the JSON of a described object. Fields come in the order of description. A kOmitEmpty field is left out when
// it is zero and its default is zero too, so that it reads back the same. Empty lists, maps and bytes are null unless
// kEmptyList; durations are nanoseconds; UUIDs and enums are text. Escapes for HTML as Go does; invalid UTF-8 becomes
// U+FFFD.
void encode(std::string& out, const TypeInfo& type, const void* object, const JsonStyle& style = {});
Value to_value(const TypeInfo& type, const void* object, const JsonStyle& style = {});

// Appends `text` as a JSON string, quoted and escaped as encode() does.
void append_json_string(std::string& out, std::string_view text);
// Appends the shortest text that reads back as `number`, without a fraction if it is whole; null if not finite.
void append_json_number(std::string& out, double number);

std::string dump(const Value& value, const JsonStyle& style = {});

template <class T>
std::string to_json(const T& object, const JsonStyle& style = {}) {
  std::string out;
  encode(out, type_of<T>(), &object, style);
  return out;
}

template <class T>
Value to_value(const T& object, const JsonStyle& style = {}) {
  return to_value(type_of<T>(), &object, style);
}

// False if there were problems.
template <class T>
[[nodiscard]] bool decode_into(const Value& value, T& out, Diagnostics& problems, const DecodeOptions& options = {}) {
  const size_t before = problems.error_count();
  decode(value, type_of<T>(), &out, problems, {}, options);
  return problems.error_count() == before;
}

template <class T>
Result<T> from_value(const Value& value, const DecodeOptions& options = {}) {
  T out;
  Diagnostics problems;
  if (!decode_into(value, out, problems, options)) return err(problems.to_error());
  return out;
}

template <class T>
Result<T> from_json(std::string_view text, const DecodeOptions& options = {}) {
  TRY_LET(const Value value, parse_json(text));
  return from_value<T>(value, options);
}

}  // namespace drover::codec
