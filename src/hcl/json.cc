#include "hcl/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include "base/strings.h"

namespace drover::hcl {
namespace {

// U+2028 and U+2029, which end lines in JavaScript, begin with these bytes.
constexpr std::string_view kLineSeparatorStart = "\xe2\x80";

void append_text(std::string_view text, std::string& out) {
  out += '"';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view rest = text.substr(i);
    if (rest.starts_with(kLineSeparatorStart) && rest.size() > 2 && (rest[2] == '\xa8' || rest[2] == '\xa9')) {
      out += rest[2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
      continue;
    }
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void append_value(const Value& value, std::string& out);

void append_object(const Object& object, std::string& out) {
  out += '{';
  for (const Object::Member* member : object.sorted()) {
    if (out.back() != '{') out += ',';
    append_text(member->first, out);
    out += ':';
    append_value(member->second, out);
  }
  out += '}';
}

void append_value(const Value& value, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::Null:
      out += "null";
      break;
    case Value::Kind::Bool:
    case Value::Kind::Number:
      out += *to_text(value);
      break;
    case Value::Kind::String:
      append_text(value.as_string(), out);
      break;
    case Value::Kind::Object:
      append_object(value.as_object(), out);
      break;
    case Value::Kind::List:
      out += '[';
      for (const Value& item : value.as_list()) {
        if (&item != &value.as_list().front()) out += ',';
        append_value(item, out);
      }
      out += ']';
      break;
  }
}

// Builds a value from the events of Boost's parser, which keeps numbers as text: they are longer than a double.
class Builder {
 public:
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  using Code = boost::system::error_code;
  using Text = boost::json::string_view;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_array_begin(Code&) {
    frames_.emplace_back();
    return true;
  }
  bool on_array_end(size_t, Code&) {
    Value value(std::move(frames_.back().list));
    frames_.pop_back();
    return add(std::move(value));
  }
  bool on_object_begin(Code&) {
    frames_.emplace_back().is_object = true;
    return true;
  }
  bool on_object_end(size_t, Code&) {
    Value value(std::move(frames_.back().object));
    frames_.pop_back();
    return add(std::move(value));
  }
  bool on_key_part(Text text, size_t, Code&) { return append(text); }
  bool on_key(Text text, size_t, Code&) {
    append(text);
    frames_.back().key = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(Text text, size_t, Code&) { return append(text); }
  bool on_string(Text text, size_t, Code&) {
    append(text);
    return add(std::exchange(text_, {}));
  }
  bool on_number_part(Text text, Code&) { return append(text); }
  bool on_int64(int64_t, Text text, Code& error) { return number(text, error); }
  bool on_uint64(uint64_t, Text text, Code& error) { return number(text, error); }
  bool on_double(double, Text text, Code& error) { return number(text, error); }
  bool on_bool(bool value, Code&) { return add(Value(value)); }
  bool on_null(Code&) { return add({}); }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

  Value take() { return std::move(result_); }

 private:
  struct Frame {
    bool is_object = false;
    std::string key;
    Value::List list;
    Object object;
  };

  bool append(Text text) {
    text_.append(text.data(), text.size());
    return true;
  }

  bool number(Text text, Code& error) {
    append(text);
    const std::optional<Number> value = Number::parse(std::exchange(text_, {}));
    if (value) return add(*value);
    error = boost::json::error::exponent_overflow;
    return false;
  }

  bool add(Value value) {
    if (frames_.empty()) {
      result_ = std::move(value);
    } else if (frames_.back().is_object) {
      frames_.back().object.set(std::move(frames_.back().key), std::move(value));
    } else {
      frames_.back().list.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Frame> frames_;
  std::string text_;
  Value result_;
};

}  // namespace

std::string to_json(const Value& value) {
  std::string out;
  append_value(value, out);
  return out;
}

Result<Value> from_json(std::string_view text, size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<Builder> parser(options);
  boost::system::error_code error;
  const size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) return err(ErrorCode::InvalidArgument, "bad JSON: {}", error.message());
  if (text.find_first_not_of(" \t\r\n", read) != std::string_view::npos) {
    return err(ErrorCode::InvalidArgument, "bad JSON: extra text after the value");
  }
  return parser.handler().take();
}

}  // namespace drover::hcl
