#include "codec/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include <boost/json/basic_parser_impl.hpp>

#include "base/strings.h"

namespace drover::codec {
namespace {

namespace json = boost::json;
using json::error_code;
using BoostView = json::string_view;

// Of equal keys the last one wins; it takes the place of the first.
void drop_repeated_keys(Value::Object& object) {
  Value::Object unique;
  unique.reserve(object.size());  // `seen` points into it
  std::unordered_map<std::string_view, size_t> seen;
  for (auto& [key, value] : object) {
    if (const auto known = seen.find(key); known != seen.end()) {
      unique[known->second].second = std::move(value);
    } else {
      const auto& added = unique.emplace_back(std::move(key), std::move(value));
      seen.emplace(added.first, unique.size() - 1);
    }
  }
  object = std::move(unique);
}

bool may_repeat_keys(const Value::Object& object) {
  constexpr size_t kFewKeys = 12;
  if (object.size() > kFewKeys) return true;  // worth a look with the hash table
  for (size_t i = 1; i < object.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (object[i].first == object[k].first) return true;
    }
  }
  return false;
}

// Builds the Value from the parser's events: finished values wait on a stack until their list or object ends.
class ValueBuilder {
 public:
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;

  Value take() { return std::move(values_.back()); }
  bool repeated_keys() const { return repeated_keys_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }

  bool on_object_end(size_t count, error_code&) {
    Value::Object object;
    object.reserve(count);
    const size_t first_key = keys_.size() - count;
    const size_t first_value = values_.size() - count;
    for (size_t i = 0; i < count; ++i) {
      object.emplace_back(std::move(keys_[first_key + i]), std::move(values_[first_value + i]));
    }
    keys_.resize(first_key);
    values_.resize(first_value);
    if (may_repeat_keys(object)) {
      drop_repeated_keys(object);
      repeated_keys_ |= object.size() < count;
    }
    return push(std::move(object));
  }

  bool on_array_end(size_t count, error_code&) {
    const auto first = values_.end() - static_cast<ptrdiff_t>(count);
    Value::Array array(std::make_move_iterator(first), std::make_move_iterator(values_.end()));
    values_.erase(first, values_.end());
    return push(std::move(array));
  }

  bool on_key_part(BoostView part, size_t, error_code&) { return append(part); }
  bool on_key(BoostView part, size_t, error_code&) {
    append(part);
    keys_.push_back(std::exchange(text_, {}));
    return true;
  }
  bool on_string_part(BoostView part, size_t, error_code&) { return append(part); }
  bool on_string(BoostView part, size_t, error_code&) {
    append(part);
    return push(std::exchange(text_, {}));
  }

  bool on_number_part(BoostView part, error_code&) { return append(part); }
  bool on_int64(int64_t number, BoostView, error_code&) { return push_number(number); }
  bool on_uint64(uint64_t number, BoostView, error_code&) {
    if (number <= INT64_MAX) return push_number(static_cast<int64_t>(number));
    return push_number(static_cast<double>(number));
  }
  // The parser's own conversion may be off by the last bit: `number` serves only to tell underflow from overflow.
  bool on_double(double number, BoostView part, error_code& problem) {
    append(part);
    double exact = number;
    const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), exact);
    if (read.ec != std::errc()) exact = number;
    if (!std::isfinite(exact)) {
      problem = json::error::exponent_overflow;
      return false;
    }
    return push_number(exact);
  }

  bool on_bool(bool value, error_code&) { return push(value); }
  bool on_null(error_code&) { return push(Value()); }
  bool on_comment_part(BoostView, error_code&) { return true; }
  bool on_comment(BoostView, error_code&) { return true; }

 private:
  bool append(BoostView part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool push(Value value) {
    values_.push_back(std::move(value));
    return true;
  }
  bool push_number(Value number) {
    text_.clear();
    return push(std::move(number));
  }

  std::vector<Value> values_;
  std::vector<std::string> keys_;
  std::string text_;  // the current key, string or number
  bool repeated_keys_ = false;
};

std::string explain(const error_code& code, const JsonLimits& limits) {
  if (code == json::error::too_deep) return fmt::format("nested deeper than {} levels", limits.max_depth);
  if (code == json::error::incomplete) return "the text ends too early";
  if (code == json::error::extra_data) return "unexpected text after the value";
  if (code == json::error::exponent_overflow) return "number out of range";
  return code.message();
}

// The line around `offset`, at most some bytes of it.
std::string_view line_at(std::string_view text, size_t offset) {
  constexpr size_t kReach = 60;
  const size_t newline = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  const size_t start = std::max(line_start, offset - std::min(offset, kReach));
  const size_t end = std::min({text.find('\n', offset), text.size(), offset + kReach});
  return trim(text.substr(start, end - start));
}

// What people write who expect more of JSON than there is; empty if nothing comes to mind.
std::string_view hint(std::string_view text, size_t offset) {
  const char at = offset < text.size() ? text[offset] : '\0';
  const size_t before = offset == 0 ? std::string_view::npos : text.find_last_not_of(" \t\r\n", offset - 1);
  const char last = before == std::string_view::npos ? '\0' : text[before];
  if ((at == '}' || at == ']') && last == ',') return "a comma before the closing bracket";
  if (at == '/' || last == '/' || at == '#') return "JSON has no comments";
  if (at == '\'') return "strings stand in double quotes";
  if (at == '"' && (last == '"' || last == '}' || last == ']')) return "a comma is missing";
  return {};
}

tl::unexpected<Error> error_at(std::string_view text, size_t offset, std::string problem, JsonReport& report) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  report.line = static_cast<uint32_t>(1 + std::count(before.begin(), before.end(), '\n'));
  report.column = static_cast<uint32_t>(newline == std::string_view::npos ? offset + 1 : offset - newline);
  report.problem = std::move(problem);
  const std::string_view source = line_at(text, offset);
  return err(ErrorCode::InvalidArgument, "line {}, column {}: {}{}", report.line, report.column, report.problem,
             source.empty() ? "" : fmt::format(" in `{}`", printable(source)));
}

Result<Value> parse_unguarded(std::string_view text, const JsonLimits& limits, JsonReport& report) {
  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::basic_parser<ValueBuilder> parser(options);
  error_code code;
  const size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (code) {
    std::string problem = explain(code, limits);
    const std::string_view more = code == json::error::syntax ? hint(text, used) : "";
    if (!more.empty()) problem += fmt::format(", {}", more);
    return error_at(text, used, std::move(problem), report);
  }
  const size_t rest = text.find_first_not_of(" \t\r\n", used);
  if (rest != std::string_view::npos) return error_at(text, rest, "unexpected text after the value", report);
  report.repeated_keys = parser.handler().repeated_keys();
  return parser.handler().take();
}

}  // namespace

Result<Value> parse_json(std::string_view text, const JsonLimits& limits, JsonReport* report) {
  JsonReport ignored;
  if (text.size() > limits.max_bytes) {
    return err(ErrorCode::InvalidArgument, "the JSON text has {} bytes, more than the {} allowed", text.size(),
               limits.max_bytes);
  }
  if (trim(text).empty()) return err(ErrorCode::InvalidArgument, "the JSON text is empty");
  try {
    return parse_unguarded(text, limits, report ? *report : ignored);
  } catch (const std::exception& problem) {
    return err(ErrorCode::ResourceExhausted, "cannot parse the JSON text: {}", problem.what());
  }
}

}  // namespace drover::codec
