#include <array>
#include <limits>

#include "gotmpl/arithmetic.h"
#include "gotmpl/constants.h"
#include "gotmpl/functions.h"
#include "gotmpl/go_time.h"

// consul-template's arithmetic, loops, parsers of scalars, and the time.
namespace drover::gotmpl {
namespace {

// `add 1 2`, and `2 | subtract 1`: what is piped is the left side.
template <Arithmetic operation>
Result<Value> arithmetic(Call& call) {
  constexpr std::array<std::string_view, 7> kNames = {"add",    "subtract", "multiply", "divide",
                                                      "modulo", "minimum",  "maximum"};
  return calculate(operation, kNames[static_cast<size_t>(operation)], call.args[1], call.args[0]);
}

Result<int64_t> loop_bound(const Value& value) {
  if (value.kind() == Value::Kind::Int) return value.integer();
  if (value.kind() == Value::Kind::Uint) return static_cast<int64_t>(value.natural());
  if (value.is_string()) return value.text().empty() ? Result<int64_t>(0) : parse_go_int(value.text());
  return bad_call("loop: bad argument type: {}", value.type_name());
}

Result<Value> loop(Call& call) {
  if (call.args.empty() || call.args.size() > 2) {
    return bad_call("loop: wrong number of arguments, expected 1 or 2, but got {}", call.args.size());
  }
  Loop out;
  TRY_LET(out.end, loop_bound(call.args.back()));
  if (call.args.size() == 2) {
    TRY_LET(out.first, loop_bound(call.args[0]));
  }
  return Value(out);
}

template <auto parse>
Result<Value> parsed(Call& call) {
  auto value = parse(call.text(0));
  if (value) return Value(*value);
  if (!call.text(0).empty()) return err(value.error());
  return Value(typename decltype(value)::value_type{});
}

Result<Value> timestamp(Call& call) {
  if (call.args.size() > 1) {
    return bad_call("timestamp: wrong number of arguments, expected 0 or 1, but got {}", call.args.size());
  }
  const WallTime now = call.context.now();
  const std::string_view layout = call.args.empty() ? kRfc3339 : std::string_view(call.text(0));
  if (layout == "unix") return Value(std::to_string(floor_seconds(now)));
  return call.meter().text(format_go_time(now, layout));
}

constexpr std::array kFunctions = std::to_array<Function>({
    {"add", "aa", arithmetic<Arithmetic::Add>},
    {"divide", "aa", arithmetic<Arithmetic::Divide>},
    {"loop", "a*", loop},
    {"maximum", "aa", arithmetic<Arithmetic::Maximum>},
    {"minimum", "aa", arithmetic<Arithmetic::Minimum>},
    {"modulo", "aa", arithmetic<Arithmetic::Modulo>},
    {"multiply", "aa", arithmetic<Arithmetic::Multiply>},
    {"parseBool", "s", parsed<parse_go_bool>},
    {"parseFloat", "s", parsed<parse_go_float>},
    {"parseInt", "s", parsed<parse_go_int>},
    {"parseUint", "s", parsed<parse_go_uint>},
    {"subtract", "aa", arithmetic<Arithmetic::Subtract>},
    {"timestamp", "s*", timestamp},
});

}  // namespace

std::span<const Function> number_functions() {
  return kFunctions;
}

}  // namespace drover::gotmpl
