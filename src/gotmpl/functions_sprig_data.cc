#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "gotmpl/collections.h"
#include "gotmpl/constants.h"
#include "gotmpl/data_text.h"
#include "gotmpl/functions.h"
#include "gotmpl/go_format.h"
#include "gotmpl/go_time.h"

// sprig's functions on values, numbers, times and conversions, under the names that consul-template gives them.
namespace drover::gotmpl {
namespace {

// What sprig makes of anything that is to be a number; what is none is 0.
double as_float(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::Bool:
      return value.boolean() ? 1 : 0;
    case Value::Kind::Int:
      return static_cast<double>(value.integer());
    case Value::Kind::Uint:
      return static_cast<double>(value.natural());
    case Value::Kind::Float:
      return value.real();
    case Value::Kind::String:
      return parse_go_float(value.text()).value_or(0);
    default:
      return 0;
  }
}

int64_t as_integer(const Value& value) {
  if (value.kind() == Value::Kind::Int) return value.integer();
  if (value.kind() == Value::Kind::Uint) return static_cast<int64_t>(value.natural());
  if (value.is_string()) {
    const auto number = parse_number(value.text());
    return number && number->integer && !number->is_float ? *number->integer : 0;
  }
  constexpr double kLimit = 9223372036854775808.0;
  const double number = as_float(value);
  return number >= -kLimit && number < kLimit ? static_cast<int64_t>(number) : std::numeric_limits<int64_t>::min();
}

Result<Value> default_value(Call& call) {
  if (call.args.size() < 2) return call.args[0];
  return call.args[1].truth() ? call.args[1] : call.args[0];
}

Result<Value> empty(Call& call) {
  return Value(!call.args[0].truth());
}

Result<Value> coalesce(Call& call) {
  const auto found = std::ranges::find_if(call.args, [](const Value& arg) { return arg.truth(); });
  return found != call.args.end() ? *found : Value::nil();
}

Result<Value> all(Call& call) {
  return Value(std::ranges::all_of(call.args, [](const Value& arg) { return arg.truth(); }));
}

Result<Value> any(Call& call) {
  return Value(std::ranges::any_of(call.args, [](const Value& arg) { return arg.truth(); }));
}

Result<Value> ternary(Call& call) {
  return call.args[call.args[2].boolean() ? 0 : 1];
}

Result<Value> fail(Call& call) {
  return bad_call("{}", call.text(0));
}

template <bool pretty, bool escapes_html>
Result<Value> json(Call& call) {
  return to_json(call.args[0], {.pretty = pretty, .escapes_html = escapes_html}, call.meter());
}

Result<Value> from_json_text(Call& call) {
  return from_json(call.text(0), call.meter());
}

// Whole operations on 64-bit numbers; like Go's they go round.
template <auto operation>
Result<Value> folded(Call& call) {
  int64_t out = as_integer(call.args[0]);
  for (size_t i = 1; i < call.args.size(); ++i) out = operation(out, as_integer(call.args[i]));
  return Value(out);
}

constexpr auto kAdd = [](int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
};
constexpr auto kSubtract = [](int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
};
constexpr auto kMultiply = [](int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
};
constexpr auto kMaximum = [](int64_t a, int64_t b) { return std::max(a, b); };
constexpr auto kMinimum = [](int64_t a, int64_t b) { return std::min(a, b); };

Result<Value> add1(Call& call) {
  return Value(kAdd(as_integer(call.args[0]), 1));
}

template <bool rest>
Result<Value> divided(Call& call) {
  const int64_t a = as_integer(call.args[0]), b = as_integer(call.args[1]);
  if (b == 0) return bad_call("integer divide by zero");
  if (b == -1) return Value(rest ? int64_t{0} : kSubtract(0, a));
  return Value(rest ? a % b : a / b);
}

template <double (*change)(double)>
Result<Value> rounded(Call& call) {
  return Value(change(as_float(call.args[0])));
}

// To so many places, halves away from zero.
Result<Value> round_places(Call& call) {
  const double scale = std::pow(10.0, static_cast<double>(std::clamp<int64_t>(call.integer(1), -300, 300)));
  const double value = as_float(call.args[0]) * scale;
  return Value(std::isfinite(value) ? std::round(value) / scale : as_float(call.args[0]));
}

Result<Value> to_integer(Call& call) {
  return Value(as_integer(call.args[0]));
}

Result<Value> to_float(Call& call) {
  return Value(as_float(call.args[0]));
}

Result<Value> atoi(Call& call) {
  return Value(parse_go_int(call.text(0)).value_or(0));
}

// "0644" as an octal number.
Result<Value> to_decimal(Call& call) {
  TRY_LET(const std::string text, to_text(call.args[0], call.meter()));
  const auto number = parse_number("0o" + text);
  return Value(number && number->integer ? *number->integer : int64_t{0});
}

Result<Value> numbers(int64_t first, int64_t end, int64_t step, Meter& meter) {
  std::vector<Value> out;
  for (int64_t i = first; step > 0 ? i < end : i > end; i = kAdd(i, step)) {
    TRY(meter.steps(1));
    TRY(meter.bytes(sizeof(Value)));
    out.emplace_back(i);
    if ((step > 0 && i > std::numeric_limits<int64_t>::max() - step) ||
        (step < 0 && i < std::numeric_limits<int64_t>::min() - step)) {
      break;
    }
  }
  return meter.list(std::move(out));
}

Result<Value> until(Call& call) {
  return numbers(0, call.integer(0), call.integer(0) < 0 ? -1 : 1, call.meter());
}

Result<Value> until_step(Call& call) {
  const int64_t first = call.integer(0), end = call.integer(1), step = call.integer(2);
  const bool never = step == 0 || (first < end && step < 0) || (first > end && step > 0);
  if (never) return Value::list({});
  return numbers(first, end, step, call.meter());
}

// As the command seq: "1 2 3".
Result<Value> seq(Call& call) {
  if (call.args.empty() || call.args.size() > 3) return Value("");
  const int64_t first = call.args.size() == 1 ? 1 : as_integer(call.args.front());
  const int64_t last = as_integer(call.args.back());
  const int64_t step = call.args.size() == 3 ? as_integer(call.args[1]) : first <= last ? 1 : -1;
  if (step == 0 || (first < last && step < 0) || (first > last && step > 0)) return Value("");
  TRY_LET(const Value list, numbers(first, kAdd(last, step > 0 ? 1 : -1), step, call.meter()));
  TextBuilder out(call.meter());
  for (const Value& item : list.as_list()->items) {
    if (out.size() > 0) out.append(' ');
    append_value(out, item);
  }
  return out.value();
}

std::string kind_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::Missing:
    case Value::Kind::Nil:
      return "invalid";
    case Value::Kind::List:
      return "slice";
    case Value::Kind::Map:
      return "map";
    case Value::Kind::Record:
    case Value::Kind::Object:
      return "ptr";
    case Value::Kind::Loop:
      return "chan";
    default:
      return value.type_name();
  }
}

Result<Value> kind_name(Call& call) {
  return Value(kind_of(call.args[0]));
}

Result<Value> kind_is(Call& call) {
  return Value(kind_of(call.args[1]) == call.text(0));
}

Result<Value> type_name(Call& call) {
  return Value(call.args[0].type_name());
}

Result<Value> type_is(Call& call) {
  return Value(call.args[1].type_name() == call.text(0));
}

Result<Value> deep_equal(Call& call) {
  TRY_LET(const bool same, deeply_equal(call.args[0], call.args[1], call.meter()));
  return Value(same);
}

// Times are seconds since 1970 here.
Result<Value> now(Call& call) {
  return Value(floor_seconds(call.context.now()));
}

Result<Value> date(Call& call) {
  constexpr int64_t kNanos = 1'000'000'000;
  if (!call.args[1].is_integer()) return bad_call("expected seconds since 1970, got {}", call.args[1].type_name());
  const int64_t limit = std::numeric_limits<int64_t>::max() / kNanos;
  const int64_t seconds = std::clamp(as_integer(call.args[1]), -limit, limit);
  return call.meter().text(format_go_time({seconds * kNanos}, call.text(0)));
}

Result<Value> unix_epoch(Call& call) {
  return Value(std::to_string(as_integer(call.args[0])));
}

constexpr std::array kFunctions = std::to_array<Function>({
    {"sprig_add", "aa*", folded<kAdd>},
    {"sprig_add1", "a", add1},
    {"sprig_all", "a*", all},
    {"sprig_any", "a*", any},
    {"sprig_atoi", "s", atoi},
    {"sprig_ceil", "a", rounded<std::ceil>},
    {"sprig_coalesce", "a*", coalesce},
    {"sprig_date", "sa", date},
    {"sprig_deepEqual", "aa", deep_equal},
    {"sprig_default", "aa*", default_value},
    {"sprig_div", "aa", divided<false>},
    {"sprig_empty", "a", empty},
    {"sprig_fail", "s", fail},
    {"sprig_float64", "a", to_float},
    {"sprig_floor", "a", rounded<std::floor>},
    {"sprig_fromJson", "s", from_json_text},
    {"sprig_int", "a", to_integer},
    {"sprig_int64", "a", to_integer},
    {"sprig_kindIs", "sa", kind_is},
    {"sprig_kindOf", "a", kind_name},
    {"sprig_max", "aa*", folded<kMaximum>},
    {"sprig_min", "aa*", folded<kMinimum>},
    {"sprig_mod", "aa", divided<true>},
    {"sprig_mul", "aa*", folded<kMultiply>},
    {"sprig_now", "", now},
    {"sprig_round", "aia*", round_places},
    {"sprig_seq", "a*", seq},
    {"sprig_sub", "aa", folded<kSubtract>},
    {"sprig_ternary", "aab", ternary},
    {"sprig_toDecimal", "a", to_decimal},
    {"sprig_toJson", "a", json<false, true>},
    {"sprig_toPrettyJson", "a", json<true, true>},
    {"sprig_toRawJson", "a", json<false, false>},
    {"sprig_typeIs", "sa", type_is},
    {"sprig_typeOf", "a", type_name},
    {"sprig_unixEpoch", "a", unix_epoch},
    {"sprig_until", "i", until},
    {"sprig_untilStep", "iii", until_step},
});

}  // namespace

std::span<const Function> sprig_data_functions() {
  return kFunctions;
}

}  // namespace drover::gotmpl
