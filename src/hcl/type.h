#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "hcl/ast.h"
#include "hcl/budget.h"
#include "hcl/value.h"

namespace drover::hcl {

// A type constraint, as in `type = map(object({ port = number, host = optional(string, "localhost") }))`.
struct Type {
  enum class Kind : uint8_t { Any, Bool, Number, String, List, Set, Map, Tuple, Object };
  struct Attribute;

  Kind kind = Kind::Any;
  std::vector<Type> elements;         // List, Set, Map: one; Tuple: that of each element.
  std::vector<Attribute> attributes;  // Object: sorted by name.

  bool is_primitive() const { return kind == Kind::Bool || kind == Kind::Number || kind == Kind::String; }
  friend bool operator==(const Type& a, const Type& b);
};

struct Type::Attribute {
  std::string name;
  Type type;
  bool optional = false;
  Value default_value;  // Of `optional(type, default)`: stands for null and for what is missing.

  friend bool operator==(const Attribute& a, const Attribute& b) = default;
};

// Evaluates the default of `optional(type, default)`, which may use no variables; nothing after it has said why.
using EvaluateConstant = std::function<std::optional<Value>(const Expr&)>;

// The type that an expression spells, or nothing after having said what is wrong with it. A literal string may hold the
// whole of the type, as old files and JSON have it.
std::optional<Type> parse_type(const Expr& expr, const EvaluateConstant& evaluate, Diagnostics& diagnostics);

// As it is written: `list(string)`.
std::string to_string(const Type& type);

// The type of a value: tuples and objects, whose every part has its own type. Null is of any type.
Type type_of(const Value& value);

// The type that values of all these types convert to without loss, as for the elements of `list(any)`; nothing if there
// is none.
std::optional<Type> unify(std::span<const Type> types);

struct ConvertOptions {
  bool show_values = true;  // In errors; false for secrets.
};

// The value as that type. Numbers, booleans and strings become each other where the text allows it; a set loses
// duplicates and gets an order; an object loses what its type does not name; null is of every type. The error begins
// with the path of what does not fit: `[2].port: expected a number, found string "x"`. Charges a step for each value
// visited; the result is the caller's to charge.
Result<Value> convert(const Value& value, const Type& type, Budget& budget, const ConvertOptions& options = {});

}  // namespace drover::hcl
