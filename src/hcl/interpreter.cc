#include "hcl/interpreter.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "hcl/operators.h"
#include "hcl/type.h"

namespace drover::hcl {
namespace {

constexpr size_t kMaxShown = 60;
constexpr uint64_t kBytesAStep = 32;
constexpr uint64_t kBytesAnItem = 8;
constexpr uint64_t kStepsACall = 4;
constexpr uint64_t kBytesAnArgumentStep = 4;
constexpr uint64_t kStepsAMember = 4;
constexpr uint64_t kMaxCountedWeight = UINT32_MAX;
constexpr size_t kMaxSuggestions = 1000;

std::string with_suggestion(std::string message, std::string_view name, const std::vector<std::string>& candidates) {
  const std::optional<std::string> nearest = nearest_name(name, candidates);
  return nearest ? fmt::format("{}; did you mean \"{}\"?", message, *nearest) : message;
}

std::vector<std::string> some_keys(const Object& object) {
  std::vector<std::string> out;
  for (const auto& [key, value] : object.members()) {
    if (key.size() <= kMaxShown && out.size() < kMaxSuggestions) out.push_back(key);
  }
  return out;
}

Value verbatim_reference(const Range& range) {
  return Value::verbatim(fmt::format("${{{}}}", range.text()));
}

bool has_dot(const Access::Step& step) {
  const auto* index = std::get_if<Access::Index>(&step.kind);
  return std::holds_alternative<Access::Attr>(step.kind) || (index != nullptr && index->dotted);
}

// With a null among the members of objects of other names, HCL asks only that those of the wanted one fit together.
bool is_map_with_null(const Value& wanted, const Value& other, Budget& budget) {
  if (!wanted.is_object() || !other.is_object()) return false;
  const auto is_null = [](const Object::Member& member) { return member.second.is_null(); };
  const auto has_null = [&](const Value& value) { return std::ranges::any_of(value.as_object().members(), is_null); };
  const auto is_name_of = [](const Object& object) {
    return [&](const Object::Member& member) { return object.find(member.first) != nullptr; };
  };
  const bool same_names = wanted.as_object().size() == other.as_object().size() &&
                          std::ranges::all_of(wanted.as_object().members(), is_name_of(other.as_object()));
  if (same_names || !(has_null(wanted) || has_null(other))) return false;
  Type map{.kind = Type::Kind::Map};
  map.elements.emplace_back();
  return convert(wanted, map, budget).has_value();
}

}  // namespace

tl::unexpected<Error> Interpreter::fail(const Range& range, std::string message) {
  failure_ = error_at(range, message);
  return err(Error(ErrorCode::InvalidArgument, std::move(message)));
}

template <class T>
Result<T> Interpreter::at(Result<T> result, const Range& range) {
  if (!result) return fail(range, result.error().message());
  return result;
}

Result<Value> Interpreter::produced(Value value, const Range& range) {
  TRY(at(budget_.charge_value(value), range));
  return value;
}

Result<Value> Interpreter::eval(const Expr& expr, const Scope& scope) {
  TRY(at(budget_.charge_steps(1), expr.range));
  return std::visit([&](const auto& node) { return eval_node(node, expr, scope); }, expr.node);
}

Result<bool> Interpreter::eval_condition(const Expr& expr, const Scope& scope) {
  TRY_LET(const Value value, eval(expr, scope));
  return at(as_condition(value), expr.range);
}

Result<Value> Interpreter::eval_node(const Literal& node, const Expr&, const Scope&) {
  return node.value;
}

Result<Value> Interpreter::eval_node(const Verbatim& node, const Expr&, const Scope&) {
  return Value::verbatim(std::string(node.text));
}

Result<Value> Interpreter::eval_node(const Template& node, const Expr& expr, const Scope& scope) {
  std::string out;
  bool verbatim = false;
  for (const ExprPtr& part : node.parts) {
    TRY_LET(const Value value, eval(*part, scope));
    const std::optional<std::string> text = to_text(value);
    if (!text) {
      return fail(part->range,
                  fmt::format("expected a string, number or bool inside of text, found {}", describe(value)));
    }
    TRY(at(budget_.charge_bytes(value.weight() + text->size()), expr.range));
    out += *text;
    verbatim = verbatim || value.has_verbatim();
  }
  return verbatim ? Value::verbatim(std::move(out)) : Value(std::move(out));
}

Result<Value> Interpreter::eval_node(const TemplateWrap& node, const Expr&, const Scope& scope) {
  return eval(*node.inner, scope);
}

Result<Value> Interpreter::eval_node(const TemplateIf& node, const Expr&, const Scope& scope) {
  TRY_LET(const bool truth, eval_condition(*node.condition, scope));
  if (truth) return eval(*node.then_part, scope);
  if (node.else_part == nullptr) return Value("");
  return eval(*node.else_part, scope);
}

Result<Value> Interpreter::eval_node(const TemplateFor& node, const Expr& expr, const Scope& scope) {
  TRY_LET(const std::vector<Entry> entries, entries_of(*node.collection, scope));
  std::string out;
  bool verbatim = false;
  for (const Entry& entry : entries) {
    Scope inner(&scope);
    if (!node.key.empty()) inner.set(node.key, entry.key);
    inner.set(node.value, entry.value);
    TRY_LET(const Value value, eval(*node.body, inner));
    TRY(at(budget_.charge_bytes(value.weight()), expr.range));
    out += value.as_string();
    verbatim = verbatim || value.has_verbatim();
  }
  return verbatim ? Value::verbatim(std::move(out)) : Value(std::move(out));
}

Result<Value> Interpreter::eval_node(const ListExpr& node, const Expr& expr, const Scope& scope) {
  Value::List list;
  list.reserve(node.items.size());
  for (const ExprPtr& item : node.items) {
    TRY_LET(Value value, eval(*item, scope));
    list.push_back(std::move(value));
  }
  return produced(std::move(list), expr.range);
}

Result<std::string> Interpreter::eval_text(const Expr& expr, const Scope& scope) {
  TRY_LET(const Value value, eval(expr, scope));
  std::optional<std::string> text = to_text(value);
  if (!text) return fail(expr.range, fmt::format("a key must be a string, found {}", describe(value)));
  TRY(at(budget_.charge_bytes(text->size()), expr.range));
  return std::move(*text);
}

Result<Value> Interpreter::eval_node(const ObjectExpr& node, const Expr& expr, const Scope& scope) {
  Object object;
  for (const ObjectExpr::Item& item : node.items) {
    TRY_LET(std::string key, eval_text(*item.key, scope));
    TRY_LET(Value value, eval(*item.value, scope));
    object.set(std::move(key), std::move(value));
  }
  return produced(std::move(object), expr.range);
}

Result<Value> Interpreter::eval_node(const Variable& node, const Expr& expr, const Scope& scope) {
  if (const Value* value = scope.find(node.name)) return *value;
  return produced(verbatim_reference(expr.range), expr.range);
}

Result<Value> Interpreter::eval_node(const Access& node, const Expr& expr, const Scope& scope) {
  const auto* root = std::get_if<Variable>(&node.base->node);
  if (root != nullptr && scope.find(root->name) == nullptr) return produced(verbatim_reference(expr.range), expr.range);
  TRY_LET(Value base, eval(*node.base, scope));
  return apply_steps(std::move(base), node.steps, 0, node.steps.size(), scope);
}

Result<Value> Interpreter::apply_steps(Value value, const Steps& steps, size_t next, size_t end, const Scope& scope) {
  while (next < end) {
    const Access::Step& step = steps[next++];
    TRY(at(budget_.charge_steps(1), step.range));
    if (const auto* attr = std::get_if<Access::Attr>(&step.kind)) {
      TRY_LET(value, member_of(value, attr->name, step.range));
    } else if (const auto* index = std::get_if<Access::Index>(&step.kind)) {
      TRY_LET(const Value key, eval(*index->index, scope));
      TRY_LET(value, index_value(value, key, step.range));
    } else {
      size_t last = end;
      if (std::holds_alternative<Access::AttrSplat>(step.kind)) {
        last = next;
        while (last < end && has_dot(steps[last])) ++last;
      }
      TRY_LET(value, apply_splat(value, steps, next, last, scope));
      next = last;
    }
  }
  return value;
}

// Null is no item, a list its items, anything else the one item.
Result<Value> Interpreter::apply_splat(const Value& value, const Steps& steps, size_t begin, size_t end,
                                       const Scope& scope) {
  const Value::List single(value.is_null() || value.is_list() ? 0 : 1, value);
  const Value::List& items = value.is_list() ? value.as_list() : single;
  Value::List out;
  for (const Value& item : items) {
    TRY_LET(Value current, apply_steps(item, steps, begin, end, scope));
    TRY(at(budget_.charge_steps(1), steps[begin - 1].range));
    out.push_back(std::move(current));
  }
  return produced(std::move(out), steps[begin - 1].range);
}

Result<Value> Interpreter::member_of(const Value& value, std::string_view name, const Range& range) {
  if (!value.is_object()) {
    const std::string_view hint = value.has_verbatim() ? " (only the client knows its value)" : "";
    return fail(range,
                fmt::format("\"{}\" needs an object, found {}{}", printable(name, kMaxShown), describe(value), hint));
  }
  if (const Value* member = value.as_object().find(name)) return *member;
  TRY(at(budget_.charge_steps(std::min(value.as_object().size(), kMaxSuggestions)), range));
  return fail(range, with_suggestion(fmt::format("there is no \"{}\" here", printable(name, kMaxShown)), name,
                                     some_keys(value.as_object())));
}

Result<Value> Interpreter::index_value(const Value& value, const Value& index, const Range& range) {
  if (value.is_object()) {
    const std::optional<std::string> key = to_text(index);
    if (!key) return fail(range, fmt::format("the key of an object must be a string, found {}", describe(index)));
    return member_of(value, *key, range);
  }
  if (!value.is_list()) {
    return fail(range, fmt::format("an index needs a list or an object, found {}", describe(value)));
  }
  const std::optional<Number> number = to_number(index);
  const std::optional<int64_t> position = number ? number->to_int64() : std::nullopt;
  if (!position)
    return fail(range, fmt::format("the index of a list must be a whole number, found {}", describe(index)));
  const Value::List& list = value.as_list();
  if (*position < 0 || static_cast<uint64_t>(*position) >= list.size()) {
    return fail(range, fmt::format("there is no item {}: the list has {}", *position, list.size()));
  }
  return list[static_cast<size_t>(*position)];
}

Result<Value> Interpreter::eval_node(const Unary& node, const Expr& expr, const Scope& scope) {
  TRY_LET(const Value operand, eval(*node.operand, scope));
  return at(apply(node.op, operand), expr.range);
}

Result<Value> Interpreter::eval_node(const Binary& node, const Expr& expr, const Scope& scope) {
  TRY_LET(const Value left, eval(*node.left, scope));
  TRY_LET(const Value right, eval(*node.right, scope));
  TRY(at(budget_.charge_steps(std::min(left.weight(), right.weight()) / kBytesAStep), expr.range));
  return at(apply(node.op, left, right), expr.range);
}

// The result has the type that both sides have in common. What is wrong with the other side does not matter.
Result<Value> Interpreter::eval_node(const Conditional& node, const Expr& expr, const Scope& scope) {
  TRY_LET(const bool truth, eval_condition(*node.condition, scope));
  TRY_LET(Value wanted, eval(truth ? *node.then_part : *node.else_part, scope));
  const Result<Value> other = eval(truth ? *node.else_part : *node.then_part, scope);
  if (!other && budget_.exhausted()) return other;
  failure_.reset();
  const bool same_type = other && wanted.kind() == other->kind() && !wanted.is_list() && !wanted.is_object();
  if (!other || same_type || wanted.is_null() || other->is_null()) return wanted;
  TRY(at(budget_.charge_steps((wanted.weight() + other->weight()) / kBytesAStep), expr.range));
  const std::optional<Type> common = unify(std::array{type_of(wanted), type_of(*other)});
  if (!common && is_map_with_null(wanted, *other, budget_)) return wanted;
  if (!common) {
    return fail(expr.range, fmt::format("both results must be of one type, found {} and {}",
                                        describe(truth ? wanted : *other), describe(truth ? *other : wanted)));
  }
  return at(convert(wanted, *common, budget_), expr.range);
}

Result<Value> Interpreter::eval_node(const Parens& node, const Expr&, const Scope& scope) {
  return eval(*node.inner, scope);
}

Result<std::vector<Interpreter::Entry>> Interpreter::entries_of(const Expr& collection, const Scope& scope) {
  TRY_LET(const Value value, eval(collection, scope));
  std::vector<Entry> out;
  if (value.is_list()) {
    TRY(at(budget_.charge_steps(value.as_list().size()), collection.range));
    for (const Value& item : value.as_list()) out.push_back({Number(static_cast<int64_t>(out.size())), item});
    return out;
  }
  if (value.is_object()) {
    TRY(at(budget_.charge_steps(value.as_object().size()), collection.range));
    for (const Object::Member* member : value.as_object().sorted())
      out.push_back({Value(member->first), member->second});
    return out;
  }
  const std::string_view hint = value.has_verbatim() ? " (only the client knows its value)" : "";
  return fail(collection.range, fmt::format("\"for\" needs a list or an object, found {}{}", describe(value), hint));
}

Result<Value> Interpreter::eval_node(const For& node, const Expr& expr, const Scope& scope) {
  TRY_LET(const std::vector<Entry> entries, entries_of(*node.collection, scope));
  Value::List list;
  Object object;
  std::map<std::string, Value::List> groups;
  for (const Entry& entry : entries) {
    Scope inner(&scope);
    if (!node.key_name.empty()) inner.set(node.key_name, entry.key);
    inner.set(node.value_name, entry.value);
    if (node.condition != nullptr) {
      TRY_LET(const bool wanted, eval_condition(*node.condition, inner));
      if (!wanted) continue;
    }
    if (node.key == nullptr) {
      TRY_LET(Value value, eval(*node.value, inner));
      list.push_back(std::move(value));
      continue;
    }
    TRY(at(budget_.charge_steps(kStepsAMember), expr.range));
    TRY_LET(std::string key, eval_text(*node.key, inner));
    TRY_LET(Value value, eval(*node.value, inner));
    if (node.group) {
      groups[std::move(key)].push_back(std::move(value));
    } else if (object.find(key) != nullptr) {
      return fail(node.key->range, fmt::format("the key \"{}\" comes up twice (\"...\" after the value makes lists)",
                                               printable(key, kMaxShown)));
    } else {
      object.set(std::move(key), std::move(value));
    }
  }
  if (node.key == nullptr) return produced(std::move(list), expr.range);
  for (auto& [key, values] : groups) object.set(key, std::move(values));
  return produced(std::move(object), expr.range);
}

Result<Value> Interpreter::call_try(const Call& node, const Expr& expr, const Scope& scope) {
  if (node.args.empty()) return fail(expr.range, "try() needs at least one argument");
  for (const ExprPtr& arg : node.args) {
    Result<Value> value = eval(*arg, scope);
    if (value || budget_.exhausted() || arg == node.args.back()) return value;
  }
  return fail(expr.range, "try() found no argument that can be evaluated");
}

Result<Value> Interpreter::call_can(const Call& node, const Expr& expr, const Scope& scope) {
  if (node.args.size() != 1) return fail(expr.range, "can() needs exactly one argument");
  Result<Value> value = eval(*node.args[0], scope);
  if (!value && budget_.exhausted()) return value;
  return Value(value.has_value());
}

// convert(value, type): the type is written as that of a variable.
Result<Value> Interpreter::call_convert(const Call& node, const Expr& expr, const Scope& scope) {
  if (node.args.size() != 2) return fail(expr.range, "convert() needs a value and a type");
  Diagnostics problems;
  const std::optional<Type> type = parse_type(*node.args[1], [](const Expr&) { return std::nullopt; }, problems);
  if (!type) {
    return fail(node.args[1]->range, problems.all().empty() ? "expected a type" : problems.all()[0].message);
  }
  TRY_LET(const Value value, eval(*node.args[0], scope));
  TRY(at(budget_.charge_steps(value.weight() / kBytesAnItem), expr.range));
  TRY_LET(Value converted, at(hcl::convert(value, *type, budget_), expr.range));
  return produced(std::move(converted), expr.range);
}

Result<std::vector<Value>> Interpreter::eval_args(const Call& node, const Scope& scope) {
  std::vector<Value> args;
  for (const ExprPtr& arg : node.args) {
    TRY_LET(Value value, eval(*arg, scope));
    args.push_back(std::move(value));
  }
  if (!node.expand_last) return args;
  const Value last = std::move(args.back());
  args.pop_back();
  if (!last.is_list()) {
    return fail(node.args.back()->range, fmt::format("\"...\" needs a list, found {}", describe(last)));
  }
  TRY(at(budget_.charge_steps(last.as_list().size()), node.args.back()->range));
  args.insert(args.end(), last.as_list().begin(), last.as_list().end());
  return args;
}

Result<Value> Interpreter::eval_node(const Call& node, const Expr& expr, const Scope& scope) {
  if (node.name == "try") return call_try(node, expr, scope);
  if (node.name == "can") return call_can(node, expr, scope);
  if (node.name == "convert") return call_convert(node, expr, scope);
  const Function* function = find_function(node.name);
  if (function == nullptr) {
    return fail(expr.range, with_suggestion(fmt::format("there is no function \"{}\"", printable(node.name, kMaxShown)),
                                            node.name, function_names()));
  }
  TRY_LET(const std::vector<Value> args, eval_args(node, scope));
  if (args.size() < function->min_args ||
      (function->max_args != Function::kAnyNumber && args.size() > function->max_args)) {
    return fail(expr.range, fmt::format("{}() takes {}, found {}", node.name, describe_arity(*function), args.size()));
  }
  if (!function->takes_null) {
    const auto null = std::find_if(args.begin(), args.end(), [](const Value& arg) { return arg.is_null(); });
    if (null != args.end()) {
      return fail(expr.range, fmt::format("{}(): argument {} is null", node.name, null - args.begin() + 1));
    }
  }
  bool verbatim = false;
  uint64_t weight = 0;
  for (const Value& arg : args) {
    verbatim = verbatim || arg.has_verbatim();
    weight += std::min(arg.weight(), kMaxCountedWeight);
  }
  TRY(at(budget_.charge_steps(kStepsACall + weight / kBytesAnArgumentStep), expr.range));
  Result<Value> result = function->call({.args = args, .env = env_, .budget = budget_});
  if (!result) return fail(expr.range, fmt::format("{}(): {}", node.name, result.error().message()));
  if (verbatim && result->is_string() && result->as_string().find("${") != std::string::npos) {
    result = Value::verbatim(result->as_string());
  }
  return produced(std::move(*result), expr.range);
}

}  // namespace drover::hcl
