#include <algorithm>

#include "base/strings.h"
#include "hcl/function_args.h"
#include "hcl/type.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

using Context = CallContext;
using List = Value::List;

constexpr uint64_t kBytesAStep = 8;
constexpr size_t kMaxRange = 1024;  // As HCL has it.

Value count(size_t number) {
  return Value(Number(static_cast<int64_t>(number)));
}

Result<Value> chunklist(const Context& context) {
  TRY_LET(const List list, uniform_list_arg(context, 0));
  TRY_LET(const int64_t size, integer_arg(context, 1));
  if (size < 0) return wrong_argument(context, 1, "zero or more");
  const size_t step = size == 0 ? std::max<size_t>(list.size(), 1) : static_cast<size_t>(size);
  List out;
  for (size_t i = 0; i < list.size(); i += std::min(step, list.size() - i)) {
    const auto begin = list.begin() + static_cast<ptrdiff_t>(i);
    out.emplace_back(List(begin, begin + static_cast<ptrdiff_t>(std::min(step, list.size() - i))));
  }
  return Value(std::move(out));
}

// The first that is not null, as the type that all have in common.
Result<Value> coalesce(const Context& context) {
  std::vector<Type> types;
  for (const Value& arg : context.args) {
    TRY(context.budget.charge_steps(arg.weight() / kBytesAStep));
    types.push_back(type_of(arg));
  }
  const std::optional<Type> common = unify(types);
  if (!common) return bad_call("the arguments are not of one type");
  for (const Value& arg : context.args) {
    if (!arg.is_null()) return convert(arg, *common, context.budget);
  }
  return bad_call("all arguments are null");
}

Result<Value> coalescelist(const Context& context) {
  for (size_t i = 0; i < context.args.size(); ++i) {
    if (context.args[i].is_null()) continue;
    TRY_LET(List list, list_arg(context, i));
    if (!list.empty()) return Value(std::move(list));
  }
  return bad_call("all arguments are empty");
}

Result<Value> compact(const Context& context) {
  TRY_LET(const List list, list_arg(context, 0));
  List out;
  for (const Value& item : list) {
    if (item.is_null()) continue;
    std::optional<std::string> text = to_text(item);
    if (!text) return wrong_argument(context, 0, "a list of strings");
    if (text->empty()) continue;
    out.push_back(item.has_verbatim() ? item : Value(std::move(*text)));
  }
  return Value(std::move(out));
}

Result<Value> concat(const Context& context) {
  List out;
  for (size_t i = 0; i < context.args.size(); ++i) {
    TRY_LET(const List list, list_arg(context, i));
    TRY(context.budget.charge_bytes(context.args[i].weight()));
    out.insert(out.end(), list.begin(), list.end());
  }
  return Value(std::move(out));
}

Result<Value> element(const Context& context) {
  TRY_LET(const List list, list_arg(context, 0));
  TRY_LET(const int64_t position, integer_arg(context, 1));
  if (list.empty()) return bad_call("the list is empty");
  if (position < 0) return wrong_argument(context, 1, "zero or more");
  return list[static_cast<size_t>(position) % list.size()];
}

Status flatten_into(const Value& value, Budget& budget, List& out) {
  TRY(budget.charge_steps(1));
  if (!value.is_list()) {
    out.push_back(value);
    return Ok{};
  }
  for (const Value& item : value.as_list()) TRY(flatten_into(item, budget, out));
  return Ok{};
}

Result<Value> flatten(const Context& context) {
  TRY_LET(const List list, list_arg(context, 0));
  List out;
  TRY(flatten_into(context.args[0], context.budget, out));
  return Value(std::move(out));
}

// index(list, position) is the item there, and index(object, key) the member, as Nomad runs it; index(list, value) is
// the position of the value, as Nomad's documents have it.
Result<Value> index(const Context& context) {
  const Value& key = context.args[1];
  if (context.args[0].is_object()) {
    const Value* member = key.is_string() ? context.args[0].as_object().find(key.as_string()) : nullptr;
    if (member == nullptr) return bad_call(fmt::format("there is no key {}", describe(key)));
    return *member;
  }
  TRY_LET(const List list, list_arg(context, 0));
  if (key.is_number()) {
    const std::optional<int64_t> position = key.as_number().to_int64();
    if (!position || *position < 0 || static_cast<uint64_t>(*position) >= list.size()) {
      return bad_call(fmt::format("there is no item {}: the list has {}", key.as_number().to_string(), list.size()));
    }
    return list[static_cast<size_t>(*position)];
  }
  TRY(context.budget.charge_steps(list.size()));
  const auto found = std::find(list.begin(), list.end(), key);
  if (found == list.end()) return bad_call(fmt::format("{} is not in the list", describe(key)));
  return count(static_cast<size_t>(found - list.begin()));
}

Result<Value> keys(const Context& context) {
  TRY_LET(const Object object, object_arg(context, 0));
  List out;
  for (const Object::Member* member : object.sorted()) out.emplace_back(member->first);
  return Value(std::move(out));
}

Result<Value> values(const Context& context) {
  TRY_LET(const Object object, object_arg(context, 0));
  List out;
  for (const Object::Member* member : object.sorted()) out.push_back(member->second);
  return Value(std::move(out));
}

Result<Value> length(const Context& context) {
  const Value& value = context.args[0];
  if (value.is_list()) return count(value.as_list().size());
  if (value.is_object()) return count(value.as_object().size());
  if (value.is_string()) return count(graphemes(value.as_string()).size());
  return wrong_argument(context, 0, "a list, an object or a string");
}

// lookup(object, key, default)
Result<Value> lookup(const Context& context) {
  TRY_LET(const Object object, object_arg(context, 0));
  TRY_LET(const std::string key, text_arg(context, 1));
  if (const Value* found = object.find(key)) return *found;
  if (context.args.size() == 3) return context.args[2];
  return bad_call(fmt::format("there is no key \"{}\", and no default is given", printable(key, 60)));
}

Result<Value> merge(const Context& context) {
  Object out;
  for (size_t i = 0; i < context.args.size(); ++i) {
    if (context.args[i].is_null()) continue;
    TRY_LET(const Object object, object_arg(context, i));
    TRY(context.budget.charge_bytes(context.args[i].weight()));
    TRY(context.budget.charge_steps(4 * object.size()));
    for (const auto& [key, value] : object.members()) out.set(key, value);
  }
  return Value(std::move(out));
}

Value reversed_text(const std::string& text) {
  const std::vector<std::string_view> all = graphemes(text);
  std::string out;
  for (auto c = all.rbegin(); c != all.rend(); ++c) out += *c;
  return out;
}

Result<Value> strrev(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return reversed_text(text);
}

// range(end), range(start, end), range(start, end, step)
Result<Value> range(const Context& context) {
  Number start(0), end, step(1);
  const size_t given = context.args.size();
  if (given >= 2) {
    TRY_LET(start, number_arg(context, 0));
  }
  TRY_LET(end, number_arg(context, given == 1 ? 0 : 1));
  if (end < start) step = Number(-1);
  if (given == 3) {
    TRY_LET(step, number_arg(context, 2));
  }
  if (step.is_zero()) return wrong_argument(context, 2, "other than zero");
  const bool up = step > Number(0);
  if (up ? end < start : end > start) return bad_call("the step leads away from the end");
  List out;
  for (Number at = start; up ? at < end : at > end;) {
    TRY(context.budget.charge_steps(1));
    if (out.size() == kMaxRange) return bad_call(fmt::format("the range has more than {} numbers", kMaxRange));
    out.emplace_back(at);
    const std::optional<Number> next = add(at, step);
    if (!next || *next == at) return bad_call("the step is too small or the range too wide");
    at = *next;
  }
  return Value(std::move(out));
}

Result<Value> reverse(const Context& context) {
  if (context.args[0].is_string()) return reversed_text(context.args[0].as_string());
  TRY_LET(List list, list_arg(context, 0));
  std::reverse(list.begin(), list.end());
  return Value(std::move(list));
}

Result<Value> slice(const Context& context) {
  TRY_LET(const List list, list_arg(context, 0));
  TRY_LET(const int64_t begin, integer_arg(context, 1));
  TRY_LET(const int64_t end, integer_arg(context, 2));
  if (begin < 0 || end < begin || static_cast<uint64_t>(end) > list.size()) {
    return bad_call(fmt::format("from {} to {} is no part of a list of {}", begin, end, list.size()));
  }
  return Value(List(list.begin() + begin, list.begin() + end));
}

Result<Value> sort(const Context& context) {
  TRY_LET(std::vector<std::string> texts, text_list_arg(context, 0));
  std::sort(texts.begin(), texts.end());
  return from_texts(std::move(texts));
}

Result<Value> zipmap(const Context& context) {
  TRY_LET(std::vector<std::string> names, text_list_arg(context, 0));
  TRY_LET(const List list, list_arg(context, 1));
  if (names.size() != list.size()) {
    return bad_call(fmt::format("there are {} keys and {} values", names.size(), list.size()));
  }
  Object out;
  for (size_t i = 0; i < list.size(); ++i) out.set(std::move(names[i]), list[i]);
  return Value(std::move(out));
}

constexpr Function kFunctions[] = {
    {"chunklist", 2, 2, chunklist},
    {.name = "coalesce", .min_args = 1, .max_args = Function::kAnyNumber, .call = coalesce, .takes_null = true},
    {.name = "coalescelist", .min_args = 1, .max_args = Function::kAnyNumber, .call = coalescelist, .takes_null = true},
    {"compact", 1, 1, compact},
    {"concat", 1, Function::kAnyNumber, concat},
    {"element", 2, 2, element},
    {"flatten", 1, 1, flatten},
    {"index", 2, 2, index},
    {"keys", 1, 1, keys},
    {"length", 1, 1, length},
    {"lookup", 2, 3, lookup},
    {.name = "merge", .min_args = 0, .max_args = Function::kAnyNumber, .call = merge, .takes_null = true},
    {"range", 1, 3, range},
    {"reverse", 1, 1, reverse},
    {"slice", 3, 3, slice},
    {"sort", 1, 1, sort},
    {"strrev", 1, 1, strrev},
    {"values", 1, 1, values},
    {"zipmap", 2, 2, zipmap},
};

}  // namespace

std::span<const Function> collection_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
