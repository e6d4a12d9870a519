#include <cmath>

#include "codec/json.h"
#include "gotmpl/data_text.h"
#include "gotmpl/go_format.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {
namespace {

constexpr uint32_t kMaxDepth = 64;
// A value takes about this much more than its JSON.
constexpr size_t kBytesAByte = 16;

// Go's encoding/json.
class JsonWriter {
 public:
  JsonWriter(TextBuilder& out, const JsonStyle& style) : out_(out), style_(style) {}

  // False if there is something in it that JSON cannot say.
  bool write(const Value& value);

 private:
  void write_text(std::string_view text);
  bool write_float(double number);
  void line() {
    if (!style_.pretty) return;
    out_.append('\n');
    out_.append(static_cast<size_t>(depth_) * 2, ' ');
  }
  template <class Items, class WriteItem>
  bool write_all(char open, char close, const Items& items, WriteItem write_item);

  TextBuilder& out_;
  const JsonStyle& style_;
  int depth_ = 0;
};

void JsonWriter::write_text(std::string_view text) {
  out_.append('"');
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    const std::string_view here = text.substr(0, rune.size);
    text.remove_prefix(rune.size);
    const uint32_t c = rune.code;
    const bool html = style_.escapes_html && (c == '<' || c == '>' || c == '&');
    if (!rune.valid) {
      out_.append("\\ufffd");
    } else if (c == '"' || c == '\\') {
      out_.append('\\');
      out_.append(here);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out_.append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    } else if (c < 0x20 || html || c == 0x2028 || c == 0x2029) {
      out_.append(fmt::format("\\u{:04x}", c));
    } else {
      out_.append(here);
    }
  }
  out_.append('"');
}

bool JsonWriter::write_float(double number) {
  if (!std::isfinite(number)) return false;
  const double size = std::fabs(number);
  const bool scientific = size != 0 && (size < 1e-6 || size >= 1e21);
  std::string text = format_float(number, scientific ? 'e' : 'f', -1);
  // 1e-09 is 1e-9.
  const size_t e = text.size() - 4;
  if (scientific && text.size() >= 4 && text[e] == 'e' && text[e + 1] == '-' && text[e + 2] == '0')
    text.erase(e + 2, 1);
  out_.append(text);
  return true;
}

template <class Items, class WriteItem>
bool JsonWriter::write_all(char open, char close, const Items& items, WriteItem write_item) {
  out_.append(open);
  ++depth_;
  bool first = true;
  for (const auto& item : items) {
    if (out_.full()) return true;
    if (!first) out_.append(',');
    first = false;
    line();
    if (!write_item(item)) return false;
  }
  --depth_;
  if (!first) line();
  out_.append(close);
  return true;
}

bool JsonWriter::write(const Value& value) {
  const auto member = [&](const auto& item) {
    write_text(item.first);
    out_.append(style_.pretty ? ": " : ":");
    return write(item.second);
  };
  switch (value.kind()) {
    case Value::Kind::Missing:
    case Value::Kind::Nil:
      out_.append("null");
      return true;
    case Value::Kind::Bool:
    case Value::Kind::Int:
    case Value::Kind::Uint:
      append_value(out_, value);
      return true;
    case Value::Kind::Float:
      return write_float(value.real());
    case Value::Kind::String:
      write_text(value.text());
      return true;
    case Value::Kind::List:
      return write_all('[', ']', value.as_list()->items, [&](const Value& item) { return write(item); });
    case Value::Kind::Map:
      return write_all('{', '}', value.as_map()->items, member);
    case Value::Kind::Record:
      return write_all('{', '}', value.as_record()->fields, member);
    case Value::Kind::Loop:
    case Value::Kind::Object:
      return false;
  }
  return false;
}

Value convert(const codec::Value& value) {
  if (const bool* b = value.as_bool()) return *b;
  if (const int64_t* n = value.as_int()) return static_cast<double>(*n);
  if (const double* d = value.as_double()) return *d;
  if (const std::string* s = value.as_string()) return *s;
  if (const codec::Value::Array* array = value.as_array()) {
    std::vector<Value> items;
    for (const codec::Value& item : *array) items.push_back(convert(item));
    return Value::list(std::move(items));
  }
  if (const codec::Value::Object* object = value.as_object()) {
    MapItems items;
    for (const auto& [key, item] : *object) items.insert_or_assign(key, convert(item));
    return Value::map(std::move(items));
  }
  return Value::nil();
}

}  // namespace

Result<Value> to_json(const Value& value, const JsonStyle& style, Meter& meter) {
  TextBuilder out(meter);
  if (!JsonWriter(out, style).write(value)) {
    return err(ErrorCode::InvalidArgument, "JSON has no such value: {}", value.type_name());
  }
  return out.value();
}

Result<Value> from_json(std::string_view text, Meter& meter) {
  TRY(meter.bytes(text.size() * kBytesAByte));
  TRY(meter.steps(1 + text.size() / 16));
  TRY_LET(const codec::Value value, codec::parse_json(text, {.max_depth = kMaxDepth}));
  return convert(value);
}

}  // namespace drover::gotmpl
