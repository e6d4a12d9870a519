#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gotmpl/meter.h"
#include "gotmpl/value.h"

// Printing as Go's package fmt does.
namespace drover::gotmpl {

// %v: "[a b]", "map[k:v]", 1.5e+06, "<nil>".
void append_value(TextBuilder& out, const Value& value);
Result<std::string> to_text(const Value& value, Meter& meter);

// fmt.Sprint (a space between operands when neither is a text) and fmt.Sprintln.
Result<Value> sprint(std::span<const Value> args, Meter& meter);
Result<Value> sprintln(std::span<const Value> args, Meter& meter);

// fmt.Sprintf with all of its verbs but %p; what is wrong with the format stands in the result, as in Go:
// "%!d(string=x)".
Result<Value> sprintf(std::string_view format, std::span<const Value> args, Meter& meter);

// A number as %g, %e or %f would print it; precision -1 is the shortest that reads back the same.
std::string format_float(double value, char verb, int precision);

}  // namespace drover::gotmpl
