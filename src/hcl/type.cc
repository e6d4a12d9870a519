#include "hcl/type.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

constexpr size_t kMaxShown = 60;

struct NamedKind {
  std::string_view name;
  Type::Kind kind;
};
constexpr std::array<NamedKind, 9> kKinds = {{{"any", Type::Kind::Any},
                                              {"bool", Type::Kind::Bool},
                                              {"number", Type::Kind::Number},
                                              {"string", Type::Kind::String},
                                              {"list", Type::Kind::List},
                                              {"set", Type::Kind::Set},
                                              {"map", Type::Kind::Map},
                                              {"tuple", Type::Kind::Tuple},
                                              {"object", Type::Kind::Object}}};

std::string_view name_of(Type::Kind kind) {
  return std::ranges::find(kKinds, kind, &NamedKind::kind)->name;
}

bool is_simple(Type::Kind kind) {
  return kind <= Type::Kind::String;
}

class TypeReader {
 public:
  TypeReader(const EvaluateConstant& evaluate, Diagnostics& diagnostics)
      : evaluate_(evaluate), diagnostics_(diagnostics) {}

  std::optional<Type> read(const Expr& expr) {
    if (const auto word = as_keyword(expr)) return read_word(*word, expr.range);
    if (const auto* call = std::get_if<Call>(&expr.node)) return read_call(*call, expr.range);
    return fail(expr.range, "expected a type, such as string or list(string)");
  }

 private:
  std::nullopt_t fail(const Range& range, std::string message) {
    diagnostics_.add(error_at(range, std::move(message)));
    return std::nullopt;
  }

  std::nullopt_t unknown(std::string_view name, const Range& range) {
    std::vector<std::string> names;
    for (const NamedKind& known : kKinds) names.emplace_back(known.name);
    const auto nearest = nearest_name(name, names);
    return fail(range, fmt::format("there is no type \"{}\"{}", printable(name, kMaxShown),
                                   nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : ""));
  }

  // `list` and `map` alone are those of old files.
  std::optional<Type> read_word(std::string_view word, const Range& range) {
    const auto known = std::ranges::find(kKinds, word, &NamedKind::name);
    if (known == kKinds.end()) return unknown(word, range);
    if (known->kind == Type::Kind::List || known->kind == Type::Kind::Map || known->kind == Type::Kind::Set) {
      return Type{.kind = known->kind, .elements = {Type{}}};
    }
    if (is_simple(known->kind)) return Type{.kind = known->kind};
    const std::string_view example =
        known->kind == Type::Kind::Tuple ? "tuple([string, number])" : "object({a = string})";
    return fail(range, fmt::format("\"{}\" needs the types of its parts, as in {}", word, example));
  }

  std::optional<Type> read_call(const Call& call, const Range& range) {
    const auto known = std::ranges::find(kKinds, call.name, &NamedKind::name);
    if (call.name == "optional") return fail(range, "optional() is possible for an attribute of an object only");
    if (known == kKinds.end()) return unknown(call.name, range);
    if (is_simple(known->kind)) return fail(range, fmt::format("\"{}\" takes no arguments", call.name));
    if (call.args.size() != 1) return fail(range, fmt::format("{}() takes exactly one argument", call.name));
    const Expr& arg = *call.args[0];
    if (known->kind == Type::Kind::Tuple) return read_tuple(arg);
    if (known->kind == Type::Kind::Object) return read_object(arg);
    auto element = read(arg);
    if (!element) return std::nullopt;
    Type out{.kind = known->kind};
    out.elements.push_back(std::move(*element));
    return out;
  }

  std::optional<Type> read_tuple(const Expr& arg) {
    const ListExpr* list = as_list_expr(arg);
    if (!list) return fail(arg.range, "tuple() takes a list of types, as in tuple([string, number])");
    Type out{.kind = Type::Kind::Tuple};
    for (const ExprPtr& item : list->items) {
      auto element = read(*item);
      if (!element) return std::nullopt;
      out.elements.push_back(std::move(*element));
    }
    return out;
  }

  std::optional<Type> read_object(const Expr& arg) {
    const ObjectExpr* object = as_object_expr(arg);
    if (!object) return fail(arg.range, "object() takes names and types, as in object({a = string})");
    Type out{.kind = Type::Kind::Object};
    for (const ObjectExpr::Item& item : object->items) {
      const auto name = as_literal_string(*item.key);
      if (!name) return fail(item.key->range, "the name of an attribute must be a bare word or a literal string");
      auto attribute = read_attribute(std::string(*name), *item.value);
      if (!attribute) return std::nullopt;
      out.attributes.push_back(std::move(*attribute));
    }
    std::ranges::sort(out.attributes, {}, &Type::Attribute::name);
    const auto twice = std::ranges::adjacent_find(out.attributes, {}, &Type::Attribute::name);
    if (twice == out.attributes.end()) return out;
    return fail(arg.range, fmt::format("\"{}\" is given twice", printable(twice->name, kMaxShown)));
  }

  std::optional<Type::Attribute> read_attribute(std::string name, const Expr& expr) {
    Type::Attribute out{.name = std::move(name)};
    const auto* call = std::get_if<Call>(&expr.node);
    out.optional = call && call->name == "optional";
    if (out.optional && (call->args.empty() || call->args.size() > 2)) {
      return fail(expr.range, "optional() takes a type and, if wanted, a default");
    }
    auto type = read(out.optional ? *call->args[0] : expr);
    if (!type) return std::nullopt;
    out.type = std::move(*type);
    if (!out.optional || call->args.size() < 2) return out;
    auto value = evaluate_(*call->args[1]);
    if (!value) return std::nullopt;
    Budget budget(Limits{});
    auto converted = convert(*value, out.type, budget);
    if (!converted) return fail(call->args[1]->range, fmt::format("the default: {}", converted.error().message()));
    out.default_value = std::move(*converted);
    return out;
  }

  const EvaluateConstant& evaluate_;
  Diagnostics& diagnostics_;
};

std::string list_of(const std::vector<Type>& types) {
  std::vector<std::string> texts;
  for (const Type& type : types) texts.push_back(to_string(type));
  return join(texts, ", ");
}

// Primitives: all the same, or text.
std::optional<Type> unify_primitives(std::span<const Type> types) {
  const bool same = std::ranges::all_of(types, [&](const Type& type) { return type.kind == types[0].kind; });
  if (same) return types[0];
  const bool text = std::ranges::any_of(types, [](const Type& type) { return type.kind == Type::Kind::String; });
  return text ? std::optional(Type{.kind = Type::Kind::String}) : std::nullopt;
}

// One collection type over all parts of all types.
std::optional<Type> unify_parts(Type::Kind kind, std::span<const Type> types) {
  std::vector<Type> parts;
  for (const Type& type : types) {
    parts.insert(parts.end(), type.elements.begin(), type.elements.end());
    for (const Type::Attribute& attribute : type.attributes) parts.push_back(attribute.type);
  }
  auto element = unify(parts);
  if (!element) return std::nullopt;
  Type out{.kind = kind};
  out.elements.push_back(std::move(*element));
  return out;
}

std::optional<Type> unify_sequences(std::span<const Type> types) {
  const size_t size = types[0].elements.size();
  const bool tuples = std::ranges::all_of(
      types, [&](const Type& type) { return type.kind == Type::Kind::Tuple && type.elements.size() == size; });
  if (!tuples) {
    const bool sets = std::ranges::all_of(types, [](const Type& type) { return type.kind == Type::Kind::Set; });
    return unify_parts(sets ? Type::Kind::Set : Type::Kind::List, types);
  }
  Type out{.kind = Type::Kind::Tuple};
  for (size_t i = 0; i < size; ++i) {
    std::vector<Type> column;
    for (const Type& type : types) column.push_back(type.elements[i]);
    auto element = unify(column);
    if (!element) return std::nullopt;
    out.elements.push_back(std::move(*element));
  }
  return out;
}

bool same_names(const Type& a, const Type& b) {
  return a.kind == b.kind &&
         std::ranges::equal(a.attributes, b.attributes, {}, &Type::Attribute::name, &Type::Attribute::name);
}

std::optional<Type> unify_objects(std::span<const Type> types) {
  const bool objects = types[0].kind == Type::Kind::Object &&
                       std::ranges::all_of(types, [&](const Type& type) { return same_names(type, types[0]); });
  if (!objects) return unify_parts(Type::Kind::Map, types);
  Type out{.kind = Type::Kind::Object};
  for (size_t i = 0; i < types[0].attributes.size(); ++i) {
    std::vector<Type> column;
    for (const Type& type : types) column.push_back(type.attributes[i].type);
    auto element = unify(column);
    if (!element) return std::nullopt;
    out.attributes.push_back({.name = types[0].attributes[i].name, .type = std::move(*element)});
  }
  return out;
}

}  // namespace

bool operator==(const Type& a, const Type& b) {
  return a.kind == b.kind && a.elements == b.elements && a.attributes == b.attributes;
}

std::optional<Type> parse_type(const Expr& expr, const EvaluateConstant& evaluate, Diagnostics& diagnostics) {
  const auto text = as_literal_string(expr);
  if (!text) return TypeReader(evaluate, diagnostics).read(expr);
  const Expression inner = parse_expression(*text, "");
  Diagnostics problems;
  std::optional<Type> type;
  if (inner.expr) type = TypeReader(evaluate, problems).read(*inner.expr);
  if (type) return type;
  std::string message = problems.has_errors() ? problems.all()[0].message : "expected a type, such as string";
  diagnostics.add(error_at(expr.range, std::move(message)));
  return std::nullopt;
}

std::string to_string(const Type& type) {
  if (is_simple(type.kind)) return std::string(name_of(type.kind));
  if (type.kind == Type::Kind::Tuple) return fmt::format("tuple([{}])", list_of(type.elements));
  if (type.kind != Type::Kind::Object) return fmt::format("{}({})", name_of(type.kind), list_of(type.elements));
  std::vector<std::string> texts;
  for (const Type::Attribute& attribute : type.attributes) {
    const std::string inner = to_string(attribute.type);
    texts.push_back(fmt::format("{} = {}", attribute.name, attribute.optional ? "optional(" + inner + ")" : inner));
  }
  return fmt::format("object({{{}}})", join(texts, ", "));
}

Type type_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::Null:
      return {};
    case Value::Kind::Bool:
      return {.kind = Type::Kind::Bool};
    case Value::Kind::Number:
      return {.kind = Type::Kind::Number};
    case Value::Kind::String:
      return {.kind = Type::Kind::String};
    case Value::Kind::List: {
      Type out{.kind = Type::Kind::Tuple};
      for (const Value& element : value.as_list()) out.elements.push_back(type_of(element));
      return out;
    }
    case Value::Kind::Object: {
      Type out{.kind = Type::Kind::Object};
      for (const Object::Member* member : value.as_object().sorted()) {
        out.attributes.push_back({.name = member->first, .type = type_of(member->second)});
      }
      return out;
    }
  }
  return {};
}

std::optional<Type> unify(std::span<const Type> all) {
  std::vector<Type> types;
  std::ranges::copy_if(all, std::back_inserter(types), [](const Type& type) { return type.kind != Type::Kind::Any; });
  if (types.empty()) return Type{};
  const auto is_sequence = [](const Type& type) {
    return type.kind == Type::Kind::List || type.kind == Type::Kind::Set || type.kind == Type::Kind::Tuple;
  };
  const auto is_mapping = [](const Type& type) {
    return type.kind == Type::Kind::Map || type.kind == Type::Kind::Object;
  };
  if (std::ranges::all_of(types, &Type::is_primitive)) return unify_primitives(types);
  if (std::ranges::all_of(types, is_sequence)) return unify_sequences(types);
  if (std::ranges::all_of(types, is_mapping)) return unify_objects(types);
  return std::nullopt;
}

}  // namespace drover::hcl
