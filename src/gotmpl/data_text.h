#pragma once

#include <string>
#include <string_view>

#include "gotmpl/meter.h"
#include "gotmpl/value.h"

// JSON, YAML and TOML, as the Go packages that consul-template uses read and write them.
namespace drover::gotmpl {

struct JsonStyle {
  bool pretty = false;       // two spaces a level
  bool escapes_html = true;  // < > & as \u003c …
};
Result<Value> to_json(const Value& value, const JsonStyle& style, Meter& meter);
// All numbers become floats, as Go's do.
Result<Value> from_json(std::string_view text, Meter& meter);

Result<Value> to_yaml(const Value& value, Meter& meter);
// YAML 1.1; keys of maps become texts. Fails on aliases that expand to much more than the text.
Result<Value> from_yaml(std::string_view text, Meter& meter);

// What plain text means in YAML: a number, a boolean, null, or itself.
Value read_yaml_scalar(const std::string& text);

// A map (or a record) at the top; nulls are left out.
Result<Value> to_toml(const Value& value, Meter& meter);

}  // namespace drover::gotmpl
