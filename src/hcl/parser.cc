#include "hcl/parser.h"

#include "base/strings.h"
#include "hcl/parser_core.h"

namespace drover::hcl {
namespace {

constexpr size_t kMaxErrors = 20;
constexpr size_t kMaxShown = 40;
constexpr size_t kMaxLabels = 32;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

ParseResult parse(std::string_view text, std::string file, const Limits& limits) {
  ParseResult result;
  if (text.size() > limits.text_bytes) {
    result.diagnostics.error(
        file, fmt::format("the file has {} bytes, more than the limit of {}", text.size(), limits.text_bytes));
    return result;
  }
  ParserCore parser(std::make_shared<const Source>(std::move(file), std::string(text)), limits);
  result.body = parser.parse_file();
  result.diagnostics = parser.take_diagnostics();
  return result;
}

Expression parse_expression(std::string_view text, std::string file, const Limits& limits) {
  Expression result;
  if (text.size() > limits.text_bytes) {
    result.diagnostics.error(file, fmt::format("the expression is longer than {} bytes", limits.text_bytes));
    return result;
  }
  result.source = std::make_shared<const Source>(std::move(file), std::string(text));
  ParserCore parser(result.source, limits);
  result.expr = parser.parse_whole_expression();
  result.diagnostics = parser.take_diagnostics();
  if (result.diagnostics.has_errors()) result.expr = nullptr;
  return result;
}

ParserCore::ParserCore(SourcePtr source, const Limits& limits)
    : source_(std::move(source)), limits_(limits), lexer_(source_->text()) {
  move_to(source_->text().starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
}

ParserCore::Nesting::Nesting(ParserCore& parser) : parser_(parser) {
  if (++parser_.nesting_ <= parser_.limits_.nesting) return;
  parser_.fail_fatally(parser_.token_.begin, fmt::format("blocks and expressions are nested more than {} levels deep",
                                                         parser_.limits_.nesting));
}

Diagnostics ParserCore::take_diagnostics() {
  Diagnostics out;
  for (Diagnostic& error : errors_) out.add(std::move(error));
  for (Diagnostic& warning : warnings_) out.add(std::move(warning));
  return out;
}

void ParserCore::advance() {
  move_to(token_.end);
}

void ParserCore::move_to(size_t offset) {
  if (fatal_) return;
  last_end_ = offset;
  token_ = lexer_.token_at(offset);
  if (newlines_ == Newlines::Ignored && at(Tok::Newline)) token_ = lexer_.token_at(token_.end);
}

Token ParserCore::peek_next() const {
  const Token next = lexer_.token_at(token_.end);
  return newlines_ == Newlines::Ignored && next.kind == Tok::Newline ? lexer_.token_at(next.end) : next;
}

bool ParserCore::accept(Tok kind) {
  if (!at(kind)) return false;
  advance();
  return true;
}

bool ParserCore::close(Tok kind, const Opening& opening, std::string_view alternative) {
  if (at(kind)) {
    if (brackets_ > 0) --brackets_;
    advance();
    return true;
  }
  const std::string_view closer = kind == Tok::RBracket ? "]" : kind == Tok::RParen ? ")" : "}";
  fail_here(
      fmt::format("{}\"{}\" to close the {} opened at {}", alternative, closer, opening.what, place(opening.offset)));
  return false;
}

std::string ParserCore::found() const {
  if (at(Tok::End)) return "the end of the text";
  if (at(Tok::Newline)) return "the end of the line";
  return fmt::format("\"{}\"", printable(text(), kMaxShown));
}

Range ParserCore::range(size_t begin, size_t end) const {
  return {source_.get(), source_->pos_at(begin), source_->pos_at(end)};
}

std::string ParserCore::place(size_t offset) const {
  const Pos pos = source_->pos_at(offset);
  return fmt::format("{}:{}", pos.line, pos.column);
}

std::nullptr_t ParserCore::fail(size_t offset, std::string message) {
  if (fatal_) return nullptr;
  errors_.push_back(error_at(range(offset, offset), std::move(message)));
  return nullptr;
}

std::nullptr_t ParserCore::fail_here(std::string_view expected) {
  if (lexer_.starts_with(token_.begin, "/*")) {
    return fail_fatally(token_.begin, "expected \"*/\" to close the comment opened here");
  }
  return fail(token_.begin, fmt::format("expected {}, found {}", expected, found()));
}

std::nullptr_t ParserCore::fail_fatally(size_t offset, std::string message) {
  fail(offset, std::move(message));
  fatal_ = true;
  token_ = {Tok::End, static_cast<uint32_t>(offset), static_cast<uint32_t>(offset)};
  return nullptr;
}

void ParserCore::warn(size_t offset, std::string message) {
  if (warnings_.size() < Diagnostics::kLimit)
    warnings_.push_back(warning_at(range(offset, offset), std::move(message)));
}

// To the end of the line, or past the last bracket that the failed item opened.
void ParserCore::skip_to_next_item() {
  size_t depth = brackets_;
  for (;;) {
    if (depth > limits_.nesting) {
      fatal_ = true;
      token_.kind = Tok::End;
    }
    switch (token_.kind) {
      case Tok::End:
        return;
      case Tok::Newline:
        if (depth == 0) return;
        break;
      case Tok::LBrace:
      case Tok::LBracket:
      case Tok::LParen:
        ++depth;
        break;
      case Tok::RBrace:
        if (depth == 0) return;
        --depth;
        break;
      case Tok::RBracket:
      case Tok::RParen:
        if (depth > 0) --depth;
        break;
      case Tok::Quote:
        token_.end = static_cast<uint32_t>(skip_quoted(token_.end));
        break;
      default:
        break;
    }
    advance();
  }
}

Body ParserCore::parse_file() {
  Body body;
  body.source = source_;
  parse_body(body, nullptr);
  body.range = range(0, source_->text().size());
  return body;
}

void ParserCore::parse_body(Body& body, const Opening* opening) {
  for (;;) {
    while (at(Tok::Newline)) advance();
    if (at(Tok::End)) {
      if (opening != nullptr && errors_.empty()) {
        fail_here(fmt::format("\"}}\" to close {} opened at {}", opening->what, place(opening->offset)));
      }
      return;
    }
    if (at(Tok::RBrace)) {
      if (opening != nullptr) return;
      if (errors_.empty()) fail(token_.begin, "\"}\" closes nothing: there is no block open here");
      advance();
      continue;
    }
    brackets_ = 0;
    if (!parse_item(body)) {
      if (errors_.size() >= kMaxErrors) fail_fatally(token_.begin, "too many errors: reading stops here");
      skip_to_next_item();
    }
  }
}

bool ParserCore::parse_item(Body& body) {
  if (!at(Tok::Identifier) && !at(Tok::Quote)) {
    fail_here("the name of an argument or block");
    return false;
  }
  const size_t begin = token_.begin;
  std::optional<std::string> name = parse_name();
  if (!name) return false;
  const Range name_range = range_from(begin);
  if (at(Tok::Assign)) return parse_attribute(body, std::move(*name), name_range);
  return parse_block(body, std::move(*name), name_range);
}

bool ParserCore::parse_attribute(Body& body, std::string name, Range name_range) {
  advance();
  if (at(Tok::Newline)) {
    if (peek_next().kind == Tok::Identifier) {
      fail_here(fmt::format("a value for \"{}\"", printable(name, kMaxShown)));
      return false;
    }
    advance();
  }
  ExprPtr expr = parse_expression();
  if (expr == nullptr) return false;
  body.attributes.push_back({.name = std::move(name),
                             .expr = std::move(expr),
                             .range = range_from(name_range.begin.offset),
                             .name_range = name_range});
  accept(Tok::Comma);
  return true;
}

bool ParserCore::parse_block(Body& body, std::string type, Range type_range) {
  const Nesting nesting(*this);
  if (!nesting.ok()) return false;
  Block block{.type = std::move(type), .type_range = type_range};
  while (at(Tok::Identifier) || at(Tok::Quote)) {
    const size_t begin = token_.begin;
    if (block.labels.size() == kMaxLabels) {
      fail(begin, fmt::format("a block has more than {} labels", kMaxLabels));
      return false;
    }
    std::optional<std::string> label = parse_name();
    if (!label) return false;
    block.labels.push_back({.text = std::move(*label), .range = range_from(begin)});
  }
  if (at(Tok::Newline) && peek_next().kind == Tok::LBrace) advance();
  if (!at(Tok::LBrace)) {
    const std::string shown = printable(block.type, kMaxShown);
    fail_here(block.labels.empty() ? fmt::format("\"=\" or \"{{\" after \"{}\"", shown)
                                   : fmt::format("\"{{\" after the labels of block \"{}\"", shown));
    return false;
  }
  const Opening opening{fmt::format("block \"{}\"", printable(block.type, kMaxShown)), type_range.begin.offset};
  const size_t inside = token_.end;
  advance();
  block.body.source = source_;
  parse_body(block.body, &opening);
  block.body.range = range(inside, token_.begin);
  accept(Tok::RBrace);
  accept(Tok::Comma);
  block.range = range_from(type_range.begin.offset);
  body.blocks.push_back(std::move(block));
  return true;
}

// `name`, HCL1's `dotted.name`, or "name".
std::optional<std::string> ParserCore::parse_name() {
  if (at(Tok::Quote)) return parse_plain_string();
  std::string name(text());
  advance();
  while (at(Tok::Dot) && token_.begin == last_end_ && peek_next().kind == Tok::Identifier) {
    advance();
    name += "." + std::string(text());
    advance();
  }
  return name;
}

// A quoted string in which `${` has no meaning.
std::optional<std::string> ParserCore::parse_plain_string() {
  const size_t begin = token_.begin;
  std::string out;
  for (size_t offset = token_.end; offset < lexer_.limit() && lexer_.at(offset) != '\n';) {
    const char c = lexer_.at(offset);
    if (c == '"') {
      move_to(offset + 1);
      return out;
    }
    if (c == '\\') {
      const std::optional<size_t> end = read_escape(offset, out);
      if (!end) return std::nullopt;
      offset = *end;
    } else {
      out += c;
      ++offset;
    }
  }
  move_to(skip_quoted(token_.end));
  fail(begin, "expected '\"' to close the string before the end of the line");
  return std::nullopt;
}

}  // namespace drover::hcl
