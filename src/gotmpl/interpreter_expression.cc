#include <algorithm>
#include <limits>

#include "gotmpl/interpreter.h"
#include "gotmpl/interpreter_level.h"
#include "gotmpl/unicode.h"

// The part of the interpreter that evaluates pipelines.
namespace drover::gotmpl {
namespace {

std::string_view type_of_parameter(char type) {
  switch (type) {
    case 'b':
      return "bool";
    case 'f':
      return "float64";
    case 'i':
      return "int";
    case 'l':
      return "[]interface {}";
    case 'm':
      return "map[string]interface {}";
    case 's':
      return "string";
    default:
      return "interface {}";
  }
}

std::string_view kind_of_constant(char type) {
  return type == 'i' ? "integer" : type == 'f' ? "float" : type == 'b' ? "bool" : "string";
}

}  // namespace

Interpreter::Level::Level(Interpreter& interpreter, Range range)
    : interpreter_(interpreter), good_(++interpreter.depth_ <= interpreter.options_.limits.depth) {
  if (good_) return;
  interpreter_.meter_.exceed(fmt::format("templates, blocks and parentheses within each other more than {} levels deep",
                                         interpreter_.options_.limits.depth));
  interpreter_.fail(range, {});
}

Value* Interpreter::variable(std::string_view name) {
  const auto found =
      std::ranges::find(variables_.rbegin(), variables_.rend(), name, [](const auto& v) { return v.first; });
  // Looking far back costs time that a template can make long.
  constexpr ptrdiff_t kVariablesAStep = 32;
  if (!meter_.steps(static_cast<uint64_t>((found - variables_.rbegin()) / kVariablesAStep))) return nullptr;
  return found != variables_.rend() ? &found->second : nullptr;
}

Interpreter::Evaluated Interpreter::evaluate(const Pipe& pipe, const Value& dot) {
  const Level level(*this, pipe.range);
  if (!level) return std::nullopt;
  Value value;
  for (size_t i = 0; i < pipe.commands.size(); ++i) {
    Evaluated next = evaluate_command(pipe.commands[i], dot, i > 0 ? &value : nullptr);
    if (!next) return std::nullopt;
    value = next->is_nil() ? Value() : std::move(*next);
  }
  for (const std::string& name : pipe.variables) {
    if (!pipe.assigns) {
      variables_.emplace_back(name, value);
    } else if (Value* known = variable(name)) {
      *known = value;
    } else {
      fail(pipe.range, fmt::format("undefined variable: {}", name));
      return std::nullopt;
    }
  }
  return value;
}

Interpreter::Evaluated Interpreter::evaluate_command(const Command& command, const Value& dot, const Value* piped) {
  const Operand& first = command.args.front();
  if (!meter_.steps(1)) {
    fail(first.range, {});
    return std::nullopt;
  }
  if (first.kind == Operand::Kind::Function && first.fields.empty()) return evaluate_call(first, &command, dot, piped);
  if (!first.fields.empty()) return evaluate_method(command, dot, piped);
  if (command.args.size() > 1 || piped != nullptr) {
    fail(first.range, fmt::format("can't give argument to non-function {}", excerpt(first.range)));
    return std::nullopt;
  }
  if (first.kind == Operand::Kind::Nil) {
    fail(first.range, "nil is not a command");
    return std::nullopt;
  }
  return evaluate_operand(first, dot);
}

// A term with fields; the last one may be a method with arguments.
Interpreter::Evaluated Interpreter::evaluate_method(const Command& command, const Value& dot, const Value* piped) {
  const Operand& first = command.args.front();
  Evaluated base = evaluate_base(first, dot);
  if (base) base = evaluate_fields(first, std::move(*base), first.fields.size() - 1);
  if (!base) return std::nullopt;
  const bool has_arguments = command.args.size() > 1 || piped != nullptr;
  const std::string& name = first.fields.back();
  if (base->kind() == Value::Kind::Object) {
    std::vector<Value> args;
    for (size_t i = 1; i < command.args.size(); ++i) {
      Evaluated arg = evaluate_argument(command.args[i], dot, 'a');
      if (!arg) return std::nullopt;
      args.push_back(std::move(*arg));
    }
    if (piped != nullptr) args.push_back(*piped);
    Result<Value> out = base->object().call(name, args, meter_);
    if (out) return std::move(*out);
    fail(first.range, fmt::format("error calling {}: {}", name, out.error().message()));
    return std::nullopt;
  }
  if (has_arguments && base->kind() != Value::Kind::Missing) {
    fail(first.range, fmt::format("{} is not a method but has arguments", name));
    return std::nullopt;
  }
  return evaluate_field(first, *base, name);
}

Interpreter::Evaluated Interpreter::evaluate_operand(const Operand& operand, const Value& dot) {
  Evaluated base = evaluate_base(operand, dot);
  if (!base) return std::nullopt;
  return evaluate_fields(operand, std::move(*base), operand.fields.size());
}

// The term itself, without the fields behind it.
Interpreter::Evaluated Interpreter::evaluate_base(const Operand& operand, const Value& dot) {
  switch (operand.kind) {
    case Operand::Kind::Dot:
    case Operand::Kind::Field:
      return dot;
    case Operand::Kind::Nil:
      return Value::nil();
    case Operand::Kind::Constant:
    case Operand::Kind::Number:
      return constant_of(operand, 'a');
    case Operand::Kind::Variable: {
      if (const Value* value = variable(operand.name)) return *value;
      fail(operand.range, fmt::format("undefined variable: {}", operand.name));
      return std::nullopt;
    }
    case Operand::Kind::Function:
      return evaluate_call(operand, nullptr, dot, nullptr);
    case Operand::Kind::Group:
      return evaluate(*operand.group, dot);
  }
  return std::nullopt;
}

Interpreter::Evaluated Interpreter::evaluate_fields(const Operand& operand, Value value, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    Evaluated next = evaluate_field(operand, value, operand.fields[i]);
    if (!next) return std::nullopt;
    value = std::move(*next);
  }
  return value;
}

Interpreter::Evaluated Interpreter::evaluate_field(const Operand& operand, const Value& value,
                                                   const std::string& name) {
  using MissingKey = Options::MissingKey;
  if (value.kind() == Value::Kind::Missing) {
    if (options_.missing_key != MissingKey::Error) return Value();
    fail(operand.range, fmt::format("nil data; no entry for key {}", quote(name)));
    return std::nullopt;
  }
  if (value.kind() == Value::Kind::Nil) {
    fail(operand.range, fmt::format("nil pointer evaluating interface {{}}.{}", name));
    return std::nullopt;
  }
  if (const Map* map = value.as_map()) {
    const auto found = map->items.find(name);
    if (found != map->items.end()) return found->second;
    if (options_.missing_key == MissingKey::Invalid) return Value();
    if (options_.missing_key == MissingKey::Zero) return map->of_strings ? Value("") : Value::nil();
    fail(operand.range, fmt::format("map has no entry for key {}", quote(name)));
    return std::nullopt;
  }
  const Record* record = value.as_record();
  if (const Value* field = record != nullptr ? record->find(name) : nullptr) return *field;
  if (value.kind() == Value::Kind::Object) {
    Result<Value> out = value.object().call(name, {}, meter_);
    if (out) return std::move(*out);
    fail(operand.range, out.error().message());
    return std::nullopt;
  }
  fail(operand.range, fmt::format("can't evaluate field {} in type {}", name, value.type_name()));
  return std::nullopt;
}

Interpreter::Evaluated Interpreter::evaluate_call(const Operand& operand, const Command* command, const Value& dot,
                                                  const Value* piped) {
  const Function& function = *operand.function;
  const size_t written = command != nullptr ? command->args.size() - 1 : 0;
  const size_t given = written + (piped != nullptr ? 1 : 0);
  if (given < function.fixed() || (given > function.fixed() && !function.variadic())) {
    fail(operand.range, fmt::format("wrong number of args for {}: want {}{} got {}", function.name,
                                    function.variadic() ? "at least " : "", function.fixed(), given));
    return std::nullopt;
  }
  if (function.special != Function::Special::None) return evaluate_logic(function, *command, dot, piped);
  std::vector<Value> args;
  args.reserve(given);
  for (size_t i = 0; i < given; ++i) {
    Evaluated arg = i < written ? evaluate_argument(command->args[i + 1], dot, function.param(i))
                                : checked(*piped, function.param(i), operand.range);
    if (!arg) return std::nullopt;
    args.push_back(std::move(*arg));
  }
  const Range range = command != nullptr ? command->range : operand.range;
  Call call{args, *this};
  Result<Value> out = function.body(call);
  const Status fits = out ? meter_.check_depth(*out) : Status(Ok{});
  if (out && fits) return std::move(*out);
  fail(range, fmt::format("error calling {}: {}", function.name, out ? fits.error().message() : out.error().message()));
  return std::nullopt;
}

// `and` and `or` evaluate no more arguments than they need.
Interpreter::Evaluated Interpreter::evaluate_logic(const Function& function, const Command& command, const Value& dot,
                                                   const Value* piped) {
  Value value;
  for (size_t i = 1; i < command.args.size(); ++i) {
    Evaluated arg = evaluate_argument(command.args[i], dot, 'a');
    if (!arg) return std::nullopt;
    value = std::move(*arg);
    if (value.truth() == (function.special == Function::Special::Or)) return value;
  }
  return piped != nullptr ? *piped : value;
}

Interpreter::Evaluated Interpreter::evaluate_argument(const Operand& operand, const Value& dot, char type) {
  if (!meter_.steps(1)) {
    fail(operand.range, {});
    return std::nullopt;
  }
  if (operand.kind == Operand::Kind::Constant || operand.kind == Operand::Kind::Number)
    return constant_of(operand, type);
  if (operand.kind == Operand::Kind::Nil) {
    if (type == 'a' || type == 'l' || type == 'm') return checked(Value::nil(), type, operand.range);
    fail(operand.range, fmt::format("cannot assign nil to {}", type_of_parameter(type)));
    return std::nullopt;
  }
  Evaluated value = evaluate_operand(operand, dot);
  if (!value) return std::nullopt;
  return checked(std::move(*value), type, operand.range);
}

// What a constant is depends on what is asked for: 1 is a float for a function that wants one.
Interpreter::Evaluated Interpreter::constant_of(const Operand& operand, char type) {
  const NumberConstant& number = operand.number;
  if (operand.kind == Operand::Kind::Constant) {
    const char own = operand.constant.is_string() ? 's' : 'b';
    if (type == 'a' || type == own) return operand.constant;
  } else if (type == 'i' && number.integer) {
    return Value(*number.integer);
  } else if ((type == 'f' || (type == 'a' && number.is_float)) && number.real) {
    return Value(*number.real);
  } else if (type == 'a' && number.integer) {
    return Value(*number.integer);
  } else if (type == 'a') {
    fail(operand.range, fmt::format("{} overflows int", excerpt(operand.range)));
    return std::nullopt;
  }
  fail(operand.range,
       type == 'l' || type == 'm'
           ? fmt::format("can't handle {} for arg of type {}", excerpt(operand.range), type_of_parameter(type))
           : fmt::format("expected {}; found {}", kind_of_constant(type), excerpt(operand.range)));
  return std::nullopt;
}

Interpreter::Evaluated Interpreter::checked(Value value, char type, Range range) {
  if (type == 'a') return value;
  if (value.is_nil()) {
    if (type == 'l') return Value::list({});
    if (type == 'm') return Value::map({});
    fail(range, fmt::format("invalid value; expected {}", type_of_parameter(type)));
    return std::nullopt;
  }
  const Value::Kind kind = value.kind();
  const bool fits = (type == 's' && kind == Value::Kind::String) || (type == 'i' && kind == Value::Kind::Int) ||
                    (type == 'f' && kind == Value::Kind::Float) || (type == 'b' && kind == Value::Kind::Bool) ||
                    (type == 'l' && kind == Value::Kind::List) || (type == 'm' && kind == Value::Kind::Map);
  if (fits) return value;
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  if (type == 'i' && kind == Value::Kind::Uint && value.natural() <= kLargest) {
    return Value(static_cast<int64_t>(value.natural()));
  }
  fail(range, fmt::format("wrong type for value; expected {}; got {}", type_of_parameter(type), value.type_name()));
  return std::nullopt;
}

}  // namespace drover::gotmpl
