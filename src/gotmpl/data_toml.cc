#include <algorithm>
#include <cmath>

#include "gotmpl/data_text.h"
#include "gotmpl/go_format.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {
namespace {

using Members = std::vector<std::pair<std::string_view, const Value*>>;

bool is_table(const Value& value) {
  return value.as_map() != nullptr || value.as_record() != nullptr;
}

bool is_table_list(const Value& value) {
  const List* list = value.as_list();
  return list != nullptr && !list->items.empty() && is_table(list->items.front());
}

Members members_of(const Value& value) {
  Members out;
  if (const Map* map = value.as_map()) {
    for (const auto& [key, item] : map->items) out.emplace_back(key, &item);
  }
  if (const Record* record = value.as_record()) {
    for (const auto& [key, item] : record->fields) out.emplace_back(key, &item);
  }
  std::erase_if(out, [](const auto& member) { return member.second->is_nil(); });
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    constexpr std::string_view kSpecial = "\b\t\n\f\r\"\\";
    constexpr std::string_view kLetters = "btnfr\"\\";
    if (const size_t at = kSpecial.find(c); at != std::string_view::npos) {
      out += '\\';
      out += kLetters[at];
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '-';
  });
  return bare ? std::string(key) : quoted(key);
}

// Scalars of a table come first, then tables, each indented by two spaces more than the one it is in.
class TomlWriter {
 public:
  explicit TomlWriter(TextBuilder& out) : out_(out) {}

  Status write_table(const Value& table, const std::string& path, size_t level);

 private:
  Status write_value(const Value& value);
  void header(std::string_view open, const std::string& path, std::string_view close, size_t level);

  TextBuilder& out_;
};

void TomlWriter::header(std::string_view open, const std::string& path, std::string_view close, size_t level) {
  if (out_.size() > 0) out_.append('\n');
  out_.append((level - 1) * 2, ' ');
  out_.append(open);
  out_.append(path);
  out_.append(close);
  out_.append('\n');
}

Status TomlWriter::write_table(const Value& table, const std::string& path, size_t level) {
  const Members members = members_of(table);
  for (const auto& [key, value] : members) {
    if (out_.full()) break;
    if (is_table(*value) || is_table_list(*value)) continue;
    out_.append(level * 2, ' ');
    out_.append(key_text(key) + " = ");
    TRY(write_value(*value));
    out_.append('\n');
  }
  for (const auto& [key, value] : members) {
    if (out_.full()) break;
    const std::string inner = path.empty() ? key_text(key) : path + "." + key_text(key);
    if (is_table(*value)) {
      header("[", inner, "]", level + 1);
      TRY(write_table(*value, inner, level + 1));
    }
    if (!is_table_list(*value)) continue;
    for (const Value& item : value->as_list()->items) {
      if (out_.full()) break;
      if (!is_table(item)) return err(ErrorCode::InvalidArgument, "TOML: a list of tables and other values");
      header("[[", inner, "]]", level + 1);
      TRY(write_table(item, inner, level + 1));
    }
  }
  return Ok{};
}

Status TomlWriter::write_value(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::Bool:
    case Value::Kind::Int:
    case Value::Kind::Uint:
      append_value(out_, value);
      return Ok{};
    case Value::Kind::Float: {
      if (!std::isfinite(value.real())) {
        out_.append(std::isnan(value.real()) ? "nan" : value.real() < 0 ? "-inf" : "inf");
        return Ok{};
      }
      const std::string text = format_float(value.real(), 'f', -1);
      out_.append(text.find('.') == std::string::npos ? text + ".0" : text);
      return Ok{};
    }
    case Value::Kind::String:
      out_.append(quoted(value.text()));
      return Ok{};
    case Value::Kind::List: {
      out_.append('[');
      bool first = true;
      for (const Value& item : value.as_list()->items) {
        if (out_.full()) break;
        if (item.is_nil()) return err(ErrorCode::InvalidArgument, "TOML: cannot encode array with nil element");
        if (is_table(item)) return err(ErrorCode::InvalidArgument, "TOML: a list of tables and other values");
        if (!first) out_.append(", ");
        first = false;
        TRY(write_value(item));
      }
      out_.append(']');
      return Ok{};
    }
    default:
      return err(ErrorCode::InvalidArgument, "TOML has no such value: {}", value.type_name());
  }
}

}  // namespace

Result<Value> to_toml(const Value& value, Meter& meter) {
  if (!is_table(value)) {
    return err(ErrorCode::InvalidArgument, "TOML: top-level values must be maps, not {}", value.type_name());
  }
  TextBuilder out(meter);
  TRY(TomlWriter(out).write_table(value, "", 0));
  TRY_LET(const std::string text, out.take());
  return Value(trim_space(text));
}

}  // namespace drover::gotmpl
