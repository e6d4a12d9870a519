#include <algorithm>

#include "base/strings.h"
#include "hcl/parser_core.h"

namespace drover::hcl {
namespace {

struct Operator {
  Tok token;
  BinaryOp op;
  int precedence;
};

constexpr Operator kOperators[] = {
    {Tok::Or, BinaryOp::Or, 1},       {Tok::And, BinaryOp::And, 2},  {Tok::Eq, BinaryOp::Eq, 3},
    {Tok::Ne, BinaryOp::Ne, 3},       {Tok::Lt, BinaryOp::Lt, 4},    {Tok::Le, BinaryOp::Le, 4},
    {Tok::Gt, BinaryOp::Gt, 4},       {Tok::Ge, BinaryOp::Ge, 4},    {Tok::Plus, BinaryOp::Add, 5},
    {Tok::Minus, BinaryOp::Sub, 5},   {Tok::Star, BinaryOp::Mul, 6}, {Tok::Slash, BinaryOp::Div, 6},
    {Tok::Percent, BinaryOp::Mod, 6},
};

const Operator* find_operator(Tok token) {
  const auto* found =
      std::find_if(std::begin(kOperators), std::end(kOperators), [&](const Operator& o) { return o.token == token; });
  return found == std::end(kOperators) ? nullptr : found;
}

}  // namespace

ExprPtr ParserCore::parse_whole_expression() {
  const NewlineMode mode(*this, Newlines::Ignored);
  move_to(token_.begin);
  ExprPtr expr = parse_expression();
  if (expr != nullptr && !at(Tok::End)) return fail_here("the end of the expression");
  return expr;
}

ExprPtr ParserCore::make_in(Range range, Expr::Node node) {
  const uint32_t depth = 1 + children_depth(node);
  const size_t limit = limits_.nesting + limits_.chain;
  if (depth > limit) {
    return fail_fatally(range.begin.offset, fmt::format("an expression is more than {} levels deep", limit));
  }
  return std::make_unique<const Expr>(Expr{.range = range, .node = std::move(node), .depth = depth});
}

ExprPtr ParserCore::parse_expression() {
  const Nesting nesting(*this);
  if (!nesting.ok()) return nullptr;
  const size_t begin = token_.begin;
  ExprPtr condition = parse_binary(1);
  if (condition == nullptr || !accept(Tok::Question)) return condition;
  ExprPtr then_part = parse_expression();
  if (then_part == nullptr) return nullptr;
  if (!accept(Tok::Colon)) return fail_here(fmt::format("\":\" for the condition at {}", place(begin)));
  ExprPtr else_part = parse_expression();
  if (else_part == nullptr) return nullptr;
  return make(begin, Conditional{std::move(condition), std::move(then_part), std::move(else_part)});
}

ExprPtr ParserCore::parse_binary(int min_precedence) {
  const size_t begin = token_.begin;
  ExprPtr left = parse_unary();
  while (left != nullptr) {
    const Operator* op = find_operator(token_.kind);
    if (op == nullptr || op->precedence < min_precedence) break;
    advance();
    ExprPtr right = parse_binary(op->precedence + 1);
    if (right == nullptr) return nullptr;
    left = make(begin, Binary{op->op, std::move(left), std::move(right)});
  }
  return left;
}

ExprPtr ParserCore::parse_unary() {
  std::vector<Token> operators;
  while (at(Tok::Not) || at(Tok::Minus)) {
    if (operators.size() >= limits_.nesting) {
      return fail_fatally(token_.begin, fmt::format("more than {} operators in a row", limits_.nesting));
    }
    operators.push_back(token_);
    advance();
  }
  ExprPtr operand = parse_postfix();
  while (operand != nullptr && !operators.empty()) {
    const Token op = operators.back();
    operators.pop_back();
    const auto* literal = std::get_if<Literal>(&operand->node);
    if (op.kind == Tok::Minus && literal != nullptr && literal->value.is_number()) {
      operand = make(op.begin, Literal{-literal->value.as_number()});
    } else {
      operand = make(op.begin, Unary{op.kind == Tok::Not ? UnaryOp::Not : UnaryOp::Negate, std::move(operand)});
    }
  }
  return operand;
}

ExprPtr ParserCore::parse_postfix() {
  const size_t begin = token_.begin;
  ExprPtr base = parse_primary();
  if (base == nullptr) return nullptr;
  std::vector<Access::Step> steps;
  while (at(Tok::Dot) || at(Tok::LBracket)) {
    if (!(at(Tok::Dot) ? parse_dot_step(steps) : parse_bracket_step(steps))) return nullptr;
    if (steps.size() > limits_.nesting + limits_.chain) {
      return fail_fatally(begin, fmt::format("more than {} steps after one value", limits_.nesting + limits_.chain));
    }
  }
  if (steps.empty()) return base;
  return make(begin, Access{std::move(base), std::move(steps)});
}

bool ParserCore::parse_dot_step(std::vector<Access::Step>& steps) {
  const size_t begin = token_.begin;
  advance();
  if (at(Tok::Identifier)) {
    std::string name(text());
    advance();
    steps.push_back({range_from(begin), Access::Attr{std::move(name)}});
    return true;
  }
  if (at(Tok::Star)) {
    advance();
    steps.push_back({range_from(begin), Access::AttrSplat{}});
    return true;
  }
  if (!at(Tok::Number)) {
    fail_here("a name, a number or \"*\" after \".\"");
    return false;
  }
  // `list.0.1`, which reads as the number 0.1.
  const size_t at_number = token_.begin;
  const std::vector<std::string> parts = split(text(), '.');
  advance();
  for (const std::string& part : parts) {
    const std::optional<int64_t> index = parse_int(part);
    if (!index) {
      fail(at_number, fmt::format("expected a whole number as index, found \"{}\"", printable(part, 40)));
      return false;
    }
    steps.push_back({range_from(begin), Access::Index{make(at_number, Literal{Number(*index)}), true}});
  }
  return true;
}

bool ParserCore::parse_bracket_step(std::vector<Access::Step>& steps) {
  const Opening opening{"index", token_.begin};
  Access::Step step;
  {
    const NewlineMode mode(*this, Newlines::Ignored);
    open_bracket();
    advance();
    if (at(Tok::Star) && peek_next().kind == Tok::RBracket) {
      advance();
      step.kind = Access::FullSplat{};
    } else {
      ExprPtr index = parse_expression();
      if (index == nullptr) return false;
      step.kind = Access::Index{std::move(index)};
    }
  }
  if (!close(Tok::RBracket, opening)) return false;
  step.range = range_from(opening.offset);
  steps.push_back(std::move(step));
  return true;
}

ExprPtr ParserCore::parse_primary() {
  switch (token_.kind) {
    case Tok::Number:
      return parse_number();
    case Tok::Identifier:
      return parse_word();
    case Tok::Quote:
      return parse_quoted();
    case Tok::Heredoc:
      return parse_heredoc();
    case Tok::LParen:
      return parse_parens();
    case Tok::LBracket:
      return parse_list();
    case Tok::LBrace:
      return parse_object();
    default:
      return fail_here("a value");
  }
}

ExprPtr ParserCore::parse_number() {
  const Token token = token_;
  const bool hex = text().starts_with("0x") || text().starts_with("0X");  // Of HCL1.
  const std::optional<Number> number = hex ? Number::parse_integer(text().substr(2), 16) : Number::parse(text());
  advance();
  if (!number) {
    const std::string shown = printable(lexer_.text(token), 40);
    return fail(token.begin, fmt::format("\"{}\" is not a number; if it is text, put it in quotes", shown));
  }
  return make(token.begin, Literal{*number});
}

ExprPtr ParserCore::parse_word() {
  const size_t begin = token_.begin;
  std::string name(text());
  advance();
  if (at(Tok::LParen)) return parse_call(std::move(name), begin);
  if (name == "true" || name == "false") return make(begin, Literal{Value(name == "true")});
  if (name == "null") return make(begin, Literal{});
  return make(begin, Variable{std::move(name)});
}

ExprPtr ParserCore::parse_call(std::string name, size_t begin) {
  const Opening opening{"arguments", token_.begin};
  Call call{.name = std::move(name)};
  {
    const NewlineMode mode(*this, Newlines::Ignored);
    open_bracket();
    advance();
    while (!at(Tok::RParen)) {
      ExprPtr arg = parse_expression();
      if (arg == nullptr) return nullptr;
      call.args.push_back(std::move(arg));
      if (accept(Tok::Ellipsis)) {
        call.expand_last = true;
        accept(Tok::Comma);
        break;
      }
      if (!accept(Tok::Comma)) break;
    }
  }
  if (!close(Tok::RParen, opening, "\",\" or ")) return nullptr;
  return make(begin, std::move(call));
}

ExprPtr ParserCore::parse_parens() {
  const Opening opening{"parenthesis", token_.begin};
  ExprPtr inner;
  {
    const NewlineMode mode(*this, Newlines::Ignored);
    open_bracket();
    advance();
    inner = parse_expression();
    if (inner == nullptr) return nullptr;
  }
  if (!close(Tok::RParen, opening)) return nullptr;
  return make(opening.offset, Parens{std::move(inner)});
}

ExprPtr ParserCore::parse_list() {
  const Opening opening{"list", token_.begin};
  ListExpr list;
  bool is_for = false;
  {
    const NewlineMode mode(*this, Newlines::Ignored);
    open_bracket();
    advance();
    is_for = at_for();
    while (!is_for && !at(Tok::RBracket)) {
      ExprPtr item = parse_expression();
      if (item == nullptr) return nullptr;
      list.items.push_back(std::move(item));
      if (!accept(Tok::Comma)) break;
    }
  }
  if (is_for) return parse_for(Tok::RBracket, opening);
  if (!close(Tok::RBracket, opening, "\",\" or ")) return nullptr;
  return make(opening.offset, std::move(list));
}

ExprPtr ParserCore::parse_object() {
  const Opening opening{"object", token_.begin};
  ObjectExpr object;
  bool is_for = false;
  {
    const NewlineMode mode(*this, Newlines::Significant);
    open_bracket();
    advance();
    while (at(Tok::Newline)) advance();
    is_for = at_for();
    while (!is_for && !at(Tok::RBrace) && !at(Tok::End)) {
      if (!parse_object_item(object)) return nullptr;
      while (at(Tok::Newline)) advance();
      accept(Tok::Comma);
      while (at(Tok::Newline)) advance();
    }
  }
  if (is_for) return parse_for(Tok::RBrace, opening);
  if (!close(Tok::RBrace, opening)) return nullptr;
  return make(opening.offset, std::move(object));
}

bool ParserCore::parse_object_item(ObjectExpr& object) {
  ExprPtr key = parse_object_key();
  if (key == nullptr) return false;
  ExprPtr value = parse_object_value();
  if (value == nullptr) return false;
  object.items.push_back({std::move(key), std::move(value)});
  return true;
}

// A bare word or number stands for itself.
ExprPtr ParserCore::parse_object_key() {
  switch (token_.kind) {
    case Tok::Quote:
      return parse_quoted();
    case Tok::LParen:
      return parse_parens();
    case Tok::Identifier:
    case Tok::Number: {
      const size_t begin = token_.begin;
      std::string name(text());
      advance();
      if (at(Tok::Dot)) {
        return fail_here("\"=\" after a key (write (a.b) for a reference, or \"a.b\" for text)");
      }
      return make(begin, Literal{Value(std::move(name))});
    }
    default:
      return fail_here("a key, or \"}\" to close the object");
  }
}

// `= value`, `: value`, or as in HCL1 `{ … }` and `"label" { … }`.
ExprPtr ParserCore::parse_object_value() {
  const Nesting nesting(*this);
  if (!nesting.ok()) return nullptr;
  if (at(Tok::Assign) || at(Tok::Colon)) {
    advance();
    while (at(Tok::Newline)) advance();
    return parse_expression();
  }
  if (at(Tok::LBrace)) return parse_object();
  if (!at(Tok::Quote)) return fail_here("\"=\" or \":\" after the key");
  const size_t begin = token_.begin;
  ObjectExpr labelled;
  if (!parse_object_item(labelled)) return nullptr;
  return make(begin, std::move(labelled));
}

bool ParserCore::at_for() const {
  return at_word("for") && peek_next().kind == Tok::Identifier;
}

ExprPtr ParserCore::parse_for(Tok closer, const Opening& opening) {
  For out;
  {
    const NewlineMode mode(*this, Newlines::Ignored);
    advance();
    if (!parse_for_names(out.key_name, out.value_name)) return nullptr;
    if ((out.collection = parse_expression()) == nullptr) return nullptr;
    if (!accept(Tok::Colon)) return fail_here("\":\" after the collection of \"for\"");
    if ((out.value = parse_expression()) == nullptr) return nullptr;
    if (closer == Tok::RBrace) {
      if (!accept(Tok::Arrow)) return fail_here("\"=>\" after the key of \"for\"");
      out.key = std::move(out.value);
      if ((out.value = parse_expression()) == nullptr) return nullptr;
      out.group = accept(Tok::Ellipsis);
    }
    if (at_word("if")) {
      advance();
      if ((out.condition = parse_expression()) == nullptr) return nullptr;
    }
  }
  if (!close(closer, opening)) return nullptr;
  return make(opening.offset, std::move(out));
}

// After `for`: names and `in`.
bool ParserCore::parse_for_names(std::string& key, std::string& value) {
  value = std::string(text());
  if (!accept(Tok::Identifier)) {
    fail_here("a name after \"for\"");
    return false;
  }
  if (accept(Tok::Comma)) {
    key = std::exchange(value, std::string(text()));
    if (!accept(Tok::Identifier)) {
      fail_here("a name after \",\"");
      return false;
    }
  }
  if (!at_word("in")) {
    fail_here("\"in\" after the names of \"for\"");
    return false;
  }
  advance();
  return true;
}

}  // namespace drover::hcl
