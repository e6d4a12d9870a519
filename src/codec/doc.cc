#include "codec/doc.h"

#include "base/duration.h"
#include "base/strings.h"
#include "codec/json.h"
#include "codec/scalar_text.h"

namespace drover::codec {
namespace {

std::string type_text(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::Bool:
      return "bool";
    case Kind::Int:
    case Kind::Uint:
      return "int";
    case Kind::Float:
      return "number";
    case Kind::String:
      return "string";
    case Kind::Uuid:
      return "UUID";
    case Kind::Duration:
      return "duration";
    case Kind::Bytes:
      return "base64";
    case Kind::Enum:
      break;
    case Kind::Struct:
      return type.fields().name;
    case Kind::Optional:
      return type_text(type.element());
    case Kind::Vector:
      return "list of " + type_text(type.element());
    case Kind::Map:
      return "map of " + type_text(type.element());
    case Kind::Value:
      return "any";
  }
  std::vector<std::string> names;
  for (const EnumName& entry : type.enum_names) names.push_back(fmt::format("`{}`", entry.name));
  return join(names, ", ");
}

std::string default_text(const TypeInfo& type, const void* at) {
  if (type.kind == Kind::Optional) {
    const void* inner = type.optional_get(at);
    return inner ? default_text(type.element(), inner) : "";
  }
  if (type.kind == Kind::Duration) return fmt::format("`{}`", format_duration(Duration(load_int(type, at))));
  if (is_scalar(type)) {
    const std::string text = scalar_text(type, at);
    return text.empty() ? "" : fmt::format("`{}`", text);
  }
  if (type.kind == Kind::Struct || is_zero(type, at)) return "";
  return fmt::format("`{}`", dump(to_value(type, at)));
}

std::string cell(std::string_view text) {
  return replace_all(replace_all(std::string(text), "|", "\\|"), "\n", " ");
}

}  // namespace

std::string field_table(const TypeInfo& type) {
  std::string out = "| JSON | HCL | Type | Default | Description |\n|---|---|---|---|---|\n";
  const StructInfo& info = type.fields();
  for (const Field& field : info.fields) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", cell(field.json), cell(field.hcl_name ? field.hcl_name : ""),
                       cell(type_text(*field.type)), cell(default_text(*field.type, field.in(info.defaults))),
                       cell(field.doc_text));
  }
  return out;
}

}  // namespace drover::codec
