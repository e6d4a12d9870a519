#include "gotmpl/parser.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "gotmpl/functions.h"
#include "gotmpl/lexer.h"
#include "gotmpl/scope.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {
namespace {

using Kind = Token::Kind;

// Ends the parse: where and why stand in the parser.
struct Failed {};
template <class T>
using Parsed = tl::expected<T, Failed>;
constexpr auto kFailed = tl::unexpected<Failed>(Failed{});

bool starts_operand(const Token& token) {
  switch (token.kind) {
    case Kind::Bool:
    case Kind::Number:
    case Kind::CharConstant:
    case Kind::String:
    case Kind::RawString:
    case Kind::Dot:
    case Kind::Field:
    case Kind::Variable:
    case Kind::Identifier:
    case Kind::Nil:
    case Kind::LeftParen:
      return true;
    default:
      return false;
  }
}

bool is_empty(const Body& body) {
  return std::ranges::all_of(body, [](const Statement& statement) {
    return statement.kind == Statement::Kind::Text && trim_space(statement.text).empty();
  });
}

// One recursive descent over the tokens of a text.
class Parser {
 public:
  Parser(Tree& tree, const Options& options)
      : tree_(tree), options_(options), lexer_(tree.text, options.left_delim, options.right_delim) {}

  bool run();
  Diagnostic problem() const { return diagnostic_at(tree_, problem_pos_, problem_); }

 private:
  // What ended a list of statements.
  enum class Ending : uint8_t { End, Else };
  struct Block {
    Body body;
    Ending ending = Ending::End;
  };

  // Tokens.
  const Token& peek(size_t ahead = 0);
  Token take();
  const Token& peek_word();
  Token take_word();
  tl::unexpected<Failed> fail(uint32_t pos, std::string message);
  tl::unexpected<Failed> unexpected(const Token& token, std::string_view context);
  std::string describe(const Token& token) const;
  bool expect_right_delim(std::string_view context);

  // Statements.
  bool parse_root();
  Parsed<Block> parse_block();
  Parsed<std::optional<Ending>> parse_statement(Body& body);
  Parsed<std::optional<Ending>> parse_keyword(Body& body, uint32_t begin, const Token& word);
  Parsed<Statement> parse_control(Statement::Kind kind, uint32_t begin, std::string_view context);
  bool parse_else(Statement& statement, std::string_view context);
  Parsed<Statement> parse_jump(Statement::Kind kind, uint32_t begin, std::string_view word);
  Parsed<Statement> parse_template(uint32_t begin);
  Parsed<Statement> parse_block_clause(uint32_t begin);
  bool parse_definition();
  Parsed<std::string> parse_name(std::string_view context);
  bool define(std::string name, Body body, uint32_t pos);

  // Expressions.
  Parsed<std::unique_ptr<Pipe>> parse_pipe(std::string_view context, Kind end);
  bool parse_variables(Pipe& pipe, std::string_view context);
  bool parse_commands(Pipe& pipe, std::string_view context, Kind end);
  Parsed<Command> parse_command();
  Parsed<Operand> parse_operand();
  Parsed<Operand> parse_term();
  bool read_constant(Operand& out, const Token& token);
  bool use_variable(Operand& out, const Token& token);
  bool use_function(Operand& out, const Token& token);

  bool deeper();

  Tree& tree_;
  const Options& options_;
  Lexer lexer_;
  std::vector<Token> ahead_;
  Scope variables_;
  uint32_t depth_ = 0;
  uint32_t loops_ = 0;
  std::string problem_;
  uint32_t problem_pos_ = 0;
};

const Token& Parser::peek(size_t ahead) {
  while (ahead_.size() <= ahead) ahead_.push_back(lexer_.next());
  return ahead_[ahead];
}

Token Parser::take() {
  Token token = peek();
  ahead_.erase(ahead_.begin());
  return token;
}

const Token& Parser::peek_word() {
  while (peek().is(Kind::Space)) take();
  return peek();
}

Token Parser::take_word() {
  peek_word();
  return take();
}

tl::unexpected<Failed> Parser::fail(uint32_t pos, std::string message) {
  if (problem_.empty()) {
    problem_ = std::move(message);
    problem_pos_ = pos;
  }
  return kFailed;
}

std::string Parser::describe(const Token& token) const {
  if (token.is(Kind::End)) return "EOF";
  if (token.is(Kind::Keyword)) return fmt::format("<{}>", token.text);
  return quote(printable(token.text, 40));
}

tl::unexpected<Failed> Parser::unexpected(const Token& token, std::string_view context) {
  if (token.is(Kind::Error)) return fail(token.pos, token.text);
  if (token.is(Kind::End) && context == "input") return fail(token.pos, "unexpected EOF");
  return fail(token.pos, fmt::format("unexpected {} in {}", describe(token), context));
}

bool Parser::expect_right_delim(std::string_view context) {
  const Token token = take_word();
  if (token.is(Kind::RightDelim)) return true;
  unexpected(token, context);
  return false;
}

bool Parser::deeper() {
  if (depth_ < options_.limits.nesting) return true;
  fail(peek().pos, fmt::format("nested more than {} levels deep", options_.limits.nesting));
  return false;
}

bool Parser::run() {
  if (tree_.text.size() > options_.limits.text_bytes) {
    fail(0, fmt::format("the template is longer than {} bytes", options_.limits.text_bytes));
    return false;
  }
  return parse_root();
}

bool Parser::parse_root() {
  while (!peek().is(Kind::End)) {
    const Token& token = peek();
    if (token.is(Kind::LeftDelim)) {
      const size_t word = peek(1).is(Kind::Space) ? 2 : 1;
      if (peek(word).is_keyword("define")) {
        for (size_t i = 0; i <= word; ++i) take();
        if (!parse_definition()) return false;
        continue;
      }
    }
    const uint32_t begin = peek().pos;
    const auto ending = parse_statement(tree_.root);
    if (!ending) return false;
    if (*ending) {
      fail(begin, **ending == Ending::End ? "unexpected {{end}}" : "unexpected {{else}}");
      return false;
    }
  }
  return true;
}

bool Parser::parse_definition() {
  const uint32_t begin = peek().pos;
  const auto name = parse_name("define clause");
  if (!name || !expect_right_delim("define clause")) return false;
  Scope outer = std::exchange(variables_, Scope());
  auto block = parse_block();
  variables_ = std::move(outer);
  if (!block) return false;
  if (block->ending != Ending::End) {
    fail(begin, "unexpected {{else}} in define clause");
    return false;
  }
  return define(*name, std::move(block->body), begin);
}

// Of two definitions of a name, one may be empty; the other counts.
bool Parser::define(std::string name, Body body, uint32_t pos) {
  const auto found = tree_.templates.find(name);
  if (found != tree_.templates.end() && !is_empty(found->second)) {
    if (is_empty(body)) return true;
    fail(pos, fmt::format("multiple definition of template {}", quote(name)));
    return false;
  }
  tree_.templates[std::move(name)] = std::move(body);
  return true;
}

// Statements up to the end or else of the block that they are in.
Parsed<Parser::Block> Parser::parse_block() {
  if (!deeper()) return kFailed;
  ++depth_;
  Block block;
  while (true) {
    if (peek().is(Kind::End)) return unexpected(peek(), "input");
    const auto ending = parse_statement(block.body);
    if (!ending) return kFailed;
    if (!*ending) continue;
    block.ending = **ending;
    --depth_;
    return block;
  }
}

Parsed<std::optional<Parser::Ending>> Parser::parse_statement(Body& body) {
  const Token token = take_word();
  if (token.is(Kind::Text)) {
    body.push_back({.kind = Statement::Kind::Text, .range = {token.pos, token.end}, .text = token.text});
    return std::nullopt;
  }
  if (!token.is(Kind::LeftDelim)) return unexpected(token, "input");
  if (peek_word().is(Kind::Keyword)) {
    const Token word = take();
    return parse_keyword(body, token.pos, word);
  }
  auto pipe = parse_pipe("command", Kind::RightDelim);
  if (!pipe) return kFailed;
  const Range range = (*pipe)->range;
  body.push_back({.kind = Statement::Kind::Action, .range = range, .pipe = std::move(*pipe)});
  return std::nullopt;
}

Parsed<std::optional<Parser::Ending>> Parser::parse_keyword(Body& body, uint32_t begin, const Token& word) {
  if (word.text == "end") {
    if (!expect_right_delim("end")) return kFailed;
    return Ending::End;
  }
  if (word.text == "else") {
    const Token& next = peek_word();
    if (!next.is_keyword("if") && !next.is_keyword("with") && !expect_right_delim("else")) return kFailed;
    return Ending::Else;
  }
  auto statement = [&]() -> Parsed<Statement> {
    if (word.text == "if") return parse_control(Statement::Kind::If, begin, "if");
    if (word.text == "range") return parse_control(Statement::Kind::Range, begin, "range");
    if (word.text == "with") return parse_control(Statement::Kind::With, begin, "with");
    if (word.text == "break") return parse_jump(Statement::Kind::Break, begin, "{{break}}");
    if (word.text == "continue") return parse_jump(Statement::Kind::Continue, begin, "{{continue}}");
    if (word.text == "template") return parse_template(begin);
    if (word.text == "block") return parse_block_clause(begin);
    return unexpected(word, "command");
  }();
  if (!statement) return kFailed;
  body.push_back(std::move(*statement));
  return std::nullopt;
}

Parsed<Statement> Parser::parse_control(Statement::Kind kind, uint32_t begin, std::string_view context) {
  const size_t visible = variables_.size();
  Statement statement{.kind = kind};
  auto pipe = parse_pipe(context, Kind::RightDelim);
  if (!pipe) return kFailed;
  statement.range = {begin, (*pipe)->range.end};
  statement.pipe = std::move(*pipe);
  const uint32_t in_loop = kind == Statement::Kind::Range ? 1 : 0;
  loops_ += in_loop;
  auto block = parse_block();
  loops_ -= in_loop;
  if (!block) return kFailed;
  statement.body = std::move(block->body);
  if (block->ending == Ending::Else && !parse_else(statement, context)) return kFailed;
  variables_.shrink(visible);
  return statement;
}

// `{{else if …}}` and `{{else with …}}` are a statement in the else branch that shares the end.
bool Parser::parse_else(Statement& statement, std::string_view context) {
  const Token next = peek();
  if (next.is(Kind::Keyword)) {
    const bool is_if = next.text == "if";
    if (context != next.text) {
      unexpected(next, "else");
      return false;
    }
    take();
    if (!deeper()) return false;
    ++depth_;
    auto inner = parse_control(is_if ? Statement::Kind::If : Statement::Kind::With, next.pos, next.text);
    if (!inner) return false;
    --depth_;
    statement.otherwise.push_back(std::move(*inner));
    return true;
  }
  auto block = parse_block();
  if (!block) return false;
  if (block->ending != Ending::End) {
    fail(statement.range.begin, "expected end; found {{else}}");
    return false;
  }
  statement.otherwise = std::move(block->body);
  return true;
}

Parsed<Statement> Parser::parse_jump(Statement::Kind kind, uint32_t begin, std::string_view word) {
  if (!expect_right_delim(word)) return kFailed;
  if (loops_ == 0) return fail(begin, fmt::format("{} outside {{{{range}}}}", word));
  return Statement{.kind = kind, .range = {begin, begin}};
}

Parsed<std::string> Parser::parse_name(std::string_view context) {
  const Token token = take_word();
  if (!token.is(Kind::String) && !token.is(Kind::RawString)) return unexpected(token, context);
  auto name = unquote(token.text);
  if (!name) return fail(token.pos, name.error().message());
  return std::move(*name);
}

Parsed<Statement> Parser::parse_template(uint32_t begin) {
  auto name = parse_name("template clause");
  if (!name) return kFailed;
  Statement statement{.kind = Statement::Kind::Template, .text = std::move(*name)};
  if (peek_word().is(Kind::RightDelim)) {
    statement.range = {begin, take().end};
    return statement;
  }
  auto pipe = parse_pipe("template clause", Kind::RightDelim);
  if (!pipe) return kFailed;
  statement.range = {begin, (*pipe)->range.end};
  statement.pipe = std::move(*pipe);
  return statement;
}

// {{block "name" pipeline}} … {{end}} defines a template and calls it.
Parsed<Statement> Parser::parse_block_clause(uint32_t begin) {
  auto name = parse_name("block clause");
  if (!name) return kFailed;
  auto pipe = parse_pipe("block clause", Kind::RightDelim);
  if (!pipe) return kFailed;
  Scope outer = std::exchange(variables_, Scope());
  const uint32_t outer_loops = std::exchange(loops_, 0);
  auto block = parse_block();
  variables_ = std::move(outer);
  loops_ = outer_loops;
  if (!block) return kFailed;
  if (block->ending != Ending::End) return fail(begin, "unexpected {{else}} in block clause");
  if (!define(*name, std::move(block->body), begin)) return kFailed;
  const Range range = {begin, (*pipe)->range.end};
  return Statement{
      .kind = Statement::Kind::Template, .range = range, .text = std::move(*name), .pipe = std::move(*pipe)};
}

Parsed<std::unique_ptr<Pipe>> Parser::parse_pipe(std::string_view context, Kind end) {
  auto pipe = std::make_unique<Pipe>();
  pipe->range.begin = peek_word().pos;
  if (!parse_variables(*pipe, context) || !parse_commands(*pipe, context, end)) return kFailed;
  return pipe;
}

// `$x :=`, `$x =`, and `$i, $x :=` after range.
bool Parser::parse_variables(Pipe& pipe, std::string_view context) {
  while (peek_word().is(Kind::Variable)) {
    const size_t next = peek(1).is(Kind::Space) ? 2 : 1;
    const Token after = peek(next);
    const bool comma = after.is(Kind::Char) && after.text == ",";
    if (!after.is(Kind::Declare) && !after.is(Kind::Assign) && !comma) return true;
    const Token variable = take();
    while (peek().is(Kind::Space)) take();
    take();
    pipe.assigns = after.is(Kind::Assign);
    pipe.variables.push_back(variable.text);
    variables_.add(variable.text);
    if (!comma) return true;
    if (context != "range" || pipe.variables.size() == 2) {
      fail(variable.pos, fmt::format("too many declarations in {}", context));
      return false;
    }
    if (!peek_word().is(Kind::Variable)) {
      fail(peek().pos, "range can only initialize variables");
      return false;
    }
  }
  return true;
}

bool Parser::parse_commands(Pipe& pipe, std::string_view context, Kind end) {
  while (true) {
    const Token& token = peek_word();
    if (token.is(end)) break;
    if (!starts_operand(token)) {
      unexpected(token, context);
      return false;
    }
    auto command = parse_command();
    if (!command) return false;
    const Operand& first = command->args.front();
    const bool runs = first.kind == Operand::Kind::Field || first.kind == Operand::Kind::Variable ||
                      first.kind == Operand::Kind::Function || first.kind == Operand::Kind::Group;
    if (!pipe.commands.empty() && !runs) {
      fail(first.range.begin, fmt::format("non executable command in pipeline stage {}", pipe.commands.size() + 1));
      return false;
    }
    pipe.commands.push_back(std::move(*command));
  }
  const Token closing = take();
  if (pipe.commands.empty()) {
    fail(closing.pos, fmt::format("missing value for {}", context));
    return false;
  }
  pipe.range.end = pipe.commands.back().range.end;
  return true;
}

Parsed<Command> Parser::parse_command() {
  Command command;
  command.range.begin = peek_word().pos;
  while (true) {
    if (starts_operand(peek_word())) {
      auto operand = parse_operand();
      if (!operand) return kFailed;
      command.range.end = operand->range.end;
      command.args.push_back(std::move(*operand));
    }
    const Token& next = peek();
    if (next.is(Kind::Space)) continue;
    if (next.is(Kind::RightDelim) || next.is(Kind::RightParen)) break;
    if (!next.is(Kind::Pipe)) return unexpected(next, "operand");
    take();
    break;
  }
  if (command.args.empty()) return fail(command.range.begin, "empty command");
  return command;
}

Parsed<Operand> Parser::parse_operand() {
  auto operand = parse_term();
  if (!operand) return kFailed;
  while (peek().is(Kind::Field)) {
    if (operand->kind <= Operand::Kind::Number) {
      const std::string term = tree_.text.substr(operand->range.begin, operand->range.end - operand->range.begin);
      return fail(peek().pos, fmt::format("unexpected . after term {}", quote(printable(term, 40))));
    }
    const Token field = take();
    operand->fields.push_back(field.text.substr(1));
    operand->range.end = field.end;
  }
  return operand;
}

Parsed<Operand> Parser::parse_term() {
  const Token token = take();
  Operand out{.range = {token.pos, token.end}};
  switch (token.kind) {
    case Kind::Dot:
      return out;
    case Kind::Nil:
      out.kind = Operand::Kind::Nil;
      return out;
    case Kind::Field:
      out.kind = Operand::Kind::Field;
      out.fields.push_back(token.text.substr(1));
      return out;
    case Kind::Variable:
      if (!use_variable(out, token)) return kFailed;
      return out;
    case Kind::Identifier:
      if (!use_function(out, token)) return kFailed;
      return out;
    case Kind::LeftParen: {
      if (!deeper()) return kFailed;
      ++depth_;
      auto group = parse_pipe("parenthesized pipeline", Kind::RightParen);
      if (!group) return kFailed;
      --depth_;
      out.kind = Operand::Kind::Group;
      out.range.end = (*group)->range.end + 1;
      out.group = std::move(*group);
      return out;
    }
    default:
      if (!read_constant(out, token)) return kFailed;
      return out;
  }
}

bool Parser::read_constant(Operand& out, const Token& token) {
  out.kind = Operand::Kind::Constant;
  if (token.is(Kind::Bool)) {
    out.constant = token.text == "true";
    return true;
  }
  if (token.is(Kind::String) || token.is(Kind::RawString)) {
    auto text = unquote(token.text);
    if (!text) {
      fail(token.pos, text.error().message());
      return false;
    }
    out.constant = std::move(*text);
    return true;
  }
  auto number = parse_number(token.text);
  if (!number) {
    fail(token.pos, number.error().message());
    return false;
  }
  out.kind = Operand::Kind::Number;
  out.number = *number;
  return true;
}

bool Parser::use_variable(Operand& out, const Token& token) {
  out.kind = Operand::Kind::Variable;
  out.name = token.text;
  if (variables_.has(token.text)) return true;
  fail(token.pos, fmt::format("undefined variable {}", quote(token.text)));
  return false;
}

bool Parser::use_function(Operand& out, const Token& token) {
  out.kind = Operand::Kind::Function;
  out.name = token.text;
  out.function = find_function(token.text);
  if (out.function != nullptr && out.function->refusal.empty()) return true;
  if (out.function != nullptr) {
    fail(token.pos, fmt::format("function {} is not available: {}", quote(token.text), out.function->refusal));
    return false;
  }
  const auto similar = nearest_name(token.text, function_names());
  fail(token.pos, similar ? fmt::format("function {} not defined; did you mean {}?", quote(token.text), quote(*similar))
                          : fmt::format("function {} not defined", quote(token.text)));
  return false;
}

}  // namespace

tl::expected<Tree, Diagnostic> parse(std::string_view text, const Options& options) {
  Tree tree{.name = options.name, .text = std::string(text)};
  Parser parser(tree, options);
  if (!parser.run()) return tl::make_unexpected(parser.problem());
  return tree;
}

Diagnostic diagnostic_at(const Tree& tree, uint32_t offset, std::string message) {
  const std::string_view text = tree.text;
  const std::string_view before = text.substr(0, std::min<size_t>(offset, text.size()));
  const size_t line_start = before.rfind('\n') + 1;  // 0 when there is none
  const size_t line_end = std::min(text.find('\n', line_start), text.size());
  return {.message = std::move(message),
          .pos = {.file = tree.name,
                  .line = static_cast<uint32_t>(1 + std::ranges::count(before, '\n')),
                  .column = static_cast<uint32_t>(1 + before.size() - line_start)},
          .source_line = std::string(text.substr(line_start, line_end - line_start))};
}

}  // namespace drover::gotmpl
