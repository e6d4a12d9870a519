#include "hcl/json.h"

#include <boost/json.hpp>

#include "base/strings.h"

namespace drover::hcl {
namespace {

void append_text(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
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

Value convert(const boost::json::value& json) {
  switch (json.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::bool_:
      return Value(json.get_bool());
    case boost::json::kind::int64:
      return Number(json.get_int64());
    case boost::json::kind::uint64:
      return *Number::from_double(static_cast<double>(json.get_uint64()));
    case boost::json::kind::double_:
      return Number::from_double(json.get_double()).value_or(Number(0));
    case boost::json::kind::string:
      return std::string_view(json.get_string());
    case boost::json::kind::array: {
      Value::List out;
      for (const boost::json::value& item : json.get_array()) out.push_back(convert(item));
      return out;
    }
    case boost::json::kind::object: {
      Object out;
      for (const auto& [key, member] : json.get_object()) out.set(std::string(key), convert(member));
      return out;
    }
  }
  return {};
}

}  // namespace

std::string to_json(const Value& value) {
  std::string out;
  append_value(value, out);
  return out;
}

Result<Value> from_json(std::string_view text, size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return err(ErrorCode::InvalidArgument, "bad JSON: {}", error.message());
  return convert(parsed);
}

}  // namespace drover::hcl
