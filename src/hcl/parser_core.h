#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hcl/ast.h"
#include "hcl/lexer.h"
#include "hcl/limits.h"
#include "hcl/parser.h"

namespace drover::hcl {

struct TemplatePiece;

// How deep evaluation goes below a node: the greatest depth among its children, plus a level for each splat.
uint32_t children_depth(const Expr::Node& node);

// Recursive descent over one source. Functions that return an ExprPtr return null after a failure that has been
// recorded. Body items and blocks are in parser.cc, expressions in expression_parser.cc, templates in
// template_parser.cc and template_builder.cc.
class ParserCore {
 public:
  ParserCore(SourcePtr source, const Limits& limits);

  Body parse_file();
  ExprPtr parse_whole_expression();
  Diagnostics take_diagnostics();

 private:
  enum class Newlines : uint8_t { Significant, Ignored };

  // Sets how line ends are read, until the end of the scope.
  class NewlineMode {
   public:
    NewlineMode(ParserCore& parser, Newlines mode) : parser_(parser), saved_(std::exchange(parser.newlines_, mode)) {}
    ~NewlineMode() { parser_.newlines_ = saved_; }
    NewlineMode(const NewlineMode&) = delete;

   private:
    ParserCore& parser_;
    const Newlines saved_;
  };

  // One level deeper, until the end of the scope. Not ok() when that is too deep: parsing is over then.
  class Nesting {
   public:
    explicit Nesting(ParserCore& parser);
    ~Nesting() { --parser_.nesting_; }
    Nesting(const Nesting&) = delete;
    bool ok() const { return !parser_.fatal_; }

   private:
    ParserCore& parser_;
  };

  // An opening bracket, for the message when the closing one is missing.
  struct Opening {
    std::string what;  // `block "group"`, `list`
    size_t offset;
  };

  // Tokens.
  void advance();
  void move_to(size_t offset);
  bool at(Tok kind) const { return token_.kind == kind; }
  bool at_word(std::string_view word) const { return at(Tok::Identifier) && text() == word; }
  bool accept(Tok kind);
  bool close(Tok kind, const Opening& opening, std::string_view alternative = {});
  Token peek_next() const;
  std::string_view text() const { return lexer_.text(token_); }
  std::string found() const;
  void open_bracket() { ++brackets_; }

  // Positions and errors.
  Range range(size_t begin, size_t end) const;
  Range range_from(size_t begin) const { return range(begin, last_end_); }
  std::string place(size_t offset) const;
  std::nullptr_t fail(size_t offset, std::string message);
  std::nullptr_t fail_here(std::string_view expected);
  std::nullptr_t fail_fatally(size_t offset, std::string message);
  void warn(size_t offset, std::string message);
  void skip_to_next_item();

  // Bodies.
  void parse_body(Body& body, const Opening* opening);
  bool parse_item(Body& body);
  bool parse_attribute(Body& body, std::string name, Range name_range);
  bool parse_block(Body& body, std::string type, Range type_range);
  std::optional<std::string> parse_name();
  std::optional<std::string> parse_plain_string();

  // Expressions.
  ExprPtr make(size_t begin, Expr::Node node) { return make_in(range_from(begin), std::move(node)); }
  ExprPtr make_in(Range range, Expr::Node node);
  ExprPtr parse_expression();
  ExprPtr parse_binary(int min_precedence);
  ExprPtr parse_unary();
  ExprPtr parse_postfix();
  bool parse_dot_step(std::vector<Access::Step>& steps);
  bool parse_bracket_step(std::vector<Access::Step>& steps);
  ExprPtr parse_primary();
  ExprPtr parse_number();
  ExprPtr parse_word();
  ExprPtr parse_call(std::string name, size_t begin);
  ExprPtr parse_parens();
  ExprPtr parse_list();
  ExprPtr parse_object();
  bool parse_object_item(ObjectExpr& object);
  ExprPtr parse_object_key();
  ExprPtr parse_object_value();
  ExprPtr parse_for(Tok closer, const Opening& opening);
  bool parse_for_names(std::string& key, std::string& value);
  bool at_for() const;

  // Templates.
  enum class TemplateKind : uint8_t { Quoted, Heredoc, IndentedHeredoc };
  ExprPtr parse_quoted();
  ExprPtr parse_heredoc();
  std::optional<size_t> read_pieces(size_t begin, TemplateKind kind, std::vector<TemplatePiece>& pieces);
  std::optional<size_t> read_interpolation(size_t begin, TemplateKind kind, std::vector<TemplatePiece>& pieces);
  std::optional<size_t> read_directive(size_t begin, std::vector<TemplatePiece>& pieces);
  bool read_directive_head(std::string_view keyword, TemplatePiece& piece);
  std::optional<size_t> read_escape(size_t begin, std::string& out);
  std::optional<size_t> find_verbatim_end(size_t begin, TemplateKind kind) const;
  size_t skip_quoted(size_t begin) const;
  ExprPtr build_template(size_t begin, TemplateKind kind, std::vector<TemplatePiece>& pieces);
  bool build_parts(std::vector<TemplatePiece>& pieces, size_t& next, std::vector<ExprPtr>& parts);
  ExprPtr build_group(std::vector<TemplatePiece>& pieces, size_t& next, size_t begin);
  ExprPtr build_if(std::vector<TemplatePiece>& pieces, size_t& next);
  ExprPtr build_for(std::vector<TemplatePiece>& pieces, size_t& next);

  const SourcePtr source_;
  const Limits limits_;
  Lexer lexer_;
  Token token_;
  size_t last_end_ = 0;  // Of the token before token_.
  Newlines newlines_ = Newlines::Significant;
  size_t nesting_ = 0;
  size_t heredocs_ = 0;  // That are open around token_.
  size_t brackets_ = 0;  // Opened since the start of the present body item: where to pick up after an error.
  bool fatal_ = false;
  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
};

}  // namespace drover::hcl
