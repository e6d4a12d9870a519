#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hcl/source.h"
#include "hcl/value.h"

namespace drover::hcl {

struct Expr;
using ExprPtr = std::unique_ptr<const Expr>;

// true, 12.5, null, and quoted strings and heredocs without interpolation.
struct Literal {
  Value value;
};

// "…${expr}…" and heredocs. A part that is only text stands as a Literal.
struct Template {
  std::vector<ExprPtr> parts;
};

// "${expr}" and nothing else: the value keeps its type.
struct TemplateWrap {
  ExprPtr inner;
};

// `${…}` that is not an HCL expression (HCL1 and shell scripts have those): kept for the client, `${` and `}` included.
struct Verbatim {
  std::string_view text;
};

// %{ if condition }…%{ else }…%{ endif }
struct TemplateIf {
  ExprPtr condition;
  ExprPtr then_part;
  ExprPtr else_part;  // Null without %{ else }.
};

// %{ for key, value in collection }…%{ endfor }
struct TemplateFor {
  std::string key;  // Empty with one name only.
  std::string value;
  ExprPtr collection;
  ExprPtr body;
};

struct ListExpr {
  std::vector<ExprPtr> items;
};

// In source order, with duplicates. A bare name as key is a Literal string.
struct ObjectExpr {
  struct Item {
    ExprPtr key;
    ExprPtr value;
  };
  std::vector<Item> items;
};

// A variable's name, the root of a reference such as `node.unique.name`.
struct Variable {
  std::string name;
};

// base followed by steps: `.name`, `[index]`, `.0`, `.*`, `[*]`.
struct Access {
  struct Attr {
    std::string name;
  };
  struct Index {
    ExprPtr index;
    bool dotted = false;  // `.0`
  };
  struct AttrSplat {};  // `.*`: takes along only the steps with a dot that follow.
  struct FullSplat {};  // `[*]`: takes all steps that follow along.
  struct Step {
    Range range;
    std::variant<Attr, Index, AttrSplat, FullSplat> kind;
  };
  ExprPtr base;
  std::vector<Step> steps;
};

struct Call {
  std::string name;
  std::vector<ExprPtr> args;
  bool expand_last = false;  // `f(list...)`
};

enum class UnaryOp : uint8_t { Negate, Not };
enum class BinaryOp : uint8_t { Or, And, Eq, Ne, Lt, Le, Gt, Ge, Add, Sub, Mul, Div, Mod };
std::string_view to_string(BinaryOp op);

struct Unary {
  UnaryOp op;
  ExprPtr operand;
};

struct Binary {
  BinaryOp op;
  ExprPtr left;
  ExprPtr right;
};

struct Conditional {
  ExprPtr condition;
  ExprPtr then_part;
  ExprPtr else_part;
};

// [for k, v in c : value if condition] and {for k, v in c : key => value... if condition}
struct For {
  std::string key_name;  // Empty with one name only.
  std::string value_name;
  ExprPtr collection;
  ExprPtr key;  // Null for the list form.
  ExprPtr value;
  ExprPtr condition;  // Null without `if`.
  bool group = false;
};

// (expr)
struct Parens {
  ExprPtr inner;
};

struct Expr {
  using Node = std::variant<Literal, Template, TemplateWrap, Verbatim, TemplateIf, TemplateFor, ListExpr, ObjectExpr,
                            Variable, Access, Call, Unary, Binary, Conditional, For, Parens>;
  Range range;
  Node node;
  uint32_t depth = 1;  // Of the tree below and including this node.
};

// name = expr
struct Attribute {
  std::string name;
  ExprPtr expr;
  Range range;  // The whole argument.
  Range name_range;
};

struct Block;

// Attributes and blocks, each in source order and with duplicates. Keeps the source of its ranges alive.
struct Body {
  std::vector<Attribute> attributes;
  std::vector<Block> blocks;
  Range range;  // Between the braces; the whole text for the outermost body.
  SourcePtr source;

  // The first one of that name, or null.
  const Attribute* find_attribute(std::string_view name) const;
  const Block* find_block(std::string_view type) const;
};

// type "label" … { body }
struct Block {
  struct Label {
    std::string text;
    Range range;
  };
  std::string type;
  std::vector<Label> labels;
  Body body;
  Range range;  // From the type to the closing brace.
  Range type_range;
};

// The whole of an expression if it is a bare word, such as `string` in `type = string`.
std::optional<std::string_view> as_keyword(const Expr& expr);
// The constructor that an expression is, looking through parentheses; null if it is something else.
const ObjectExpr* as_object_expr(const Expr& expr);
const ListExpr* as_list_expr(const Expr& expr);
// The text of a literal string.
std::optional<std::string_view> as_literal_string(const Expr& expr);

// A use of a variable that the expression does not itself define: `local.a.b` has root "local" and attribute "a".
struct Reference {
  std::string root;
  std::string attribute;  // The first step if it is a name or a literal string index; else empty.
  Range range;
};

// All references of an expression (for example to evaluate `locals` in order of need).
std::vector<Reference> references(const Expr& expr);

}  // namespace drover::hcl
