#include <algorithm>

#include "base/strings.h"
#include "hcl/parser_core.h"
#include "hcl/template_piece.h"

namespace drover::hcl {

namespace {

using Piece = TemplatePiece;

constexpr size_t kMaxVerbatim = 4096;
constexpr size_t kMaxHeredocNesting = 8;

std::string& text_tail(std::vector<Piece>& pieces, size_t offset) {
  if (pieces.empty() || pieces.back().kind != Piece::Kind::Text) pieces.push_back({.begin = offset, .end = offset});
  return pieces.back().text;
}

int nesting_change(Piece::Kind kind) {
  if (kind == Piece::Kind::If || kind == Piece::Kind::For) return 1;
  return kind == Piece::Kind::EndIf || kind == Piece::Kind::EndFor ? -1 : 0;
}

}  // namespace

// The offset after the closing quote, or the end of the line, from inside of a string.
size_t ParserCore::skip_quoted(size_t begin) const {
  size_t offset = begin;
  for (; offset < lexer_.limit() && lexer_.at(offset) != '\n'; ++offset) {
    if (lexer_.at(offset) == '"') return offset + 1;
    if (lexer_.at(offset) == '\\' && offset + 1 < lexer_.limit() && lexer_.at(offset + 1) != '\n') ++offset;
  }
  return offset;
}

ExprPtr ParserCore::parse_quoted() {
  const Nesting nesting(*this);
  if (!nesting.ok()) return nullptr;
  const size_t begin = token_.begin;
  const size_t inside = token_.end;
  std::vector<Piece> pieces;
  const std::optional<size_t> end = read_pieces(inside, TemplateKind::Quoted, pieces);
  move_to(end ? *end + 1 : skip_quoted(inside));
  if (!end) return nullptr;
  return build_template(begin, TemplateKind::Quoted, pieces);
}

ExprPtr ParserCore::parse_heredoc() {
  const size_t begin = token_.begin;
  const size_t body = token_.end;
  std::string_view marker = text().substr(2);
  const bool indented = marker.starts_with('-');
  if (indented) marker.remove_prefix(1);
  marker = trim(marker);
  if (heredocs_ >= kMaxHeredocNesting) {
    return fail_fatally(begin, fmt::format("heredocs are nested more than {} deep", kMaxHeredocNesting));
  }
  const std::string_view all = source_->text().substr(0, lexer_.limit());
  size_t line = body;
  size_t line_end = 0;
  for (;; line = line_end + 1) {
    line_end = std::min(all.find('\n', line), all.size());
    if (line < all.size() && trim(all.substr(line, line_end - line)) == marker) break;
    if (line_end == all.size()) {
      return fail_fatally(
          begin, fmt::format("expected a line \"{}\" to close the heredoc that begins here", printable(marker, 40)));
    }
  }
  const TemplateKind kind = indented ? TemplateKind::IndentedHeredoc : TemplateKind::Heredoc;
  std::vector<Piece> pieces;
  const size_t saved_limit = lexer_.limit();
  lexer_.set_limit(line);
  ++heredocs_;
  const std::optional<size_t> end = read_pieces(body, kind, pieces);
  --heredocs_;
  lexer_.set_limit(saved_limit);
  move_to(line_end);
  if (!end) return nullptr;
  return build_template(begin, kind, pieces);
}

// Reads up to the closing quote or the end of the heredoc, and returns its offset.
std::optional<size_t> ParserCore::read_pieces(size_t begin, TemplateKind kind, std::vector<Piece>& pieces) {
  const bool quoted = kind == TemplateKind::Quoted;
  const std::string_view text = source_->text();
  int64_t open = 0;  // Directives.
  size_t offset = begin;
  while (!fatal_) {
    if (offset >= lexer_.limit() || (quoted && lexer_.at(offset) == '\n')) {
      if (!quoted) return offset;
      fail(begin - 1, "expected '\"' to close the string before the end of the line");
      return std::nullopt;
    }
    const char c = lexer_.at(offset);
    std::optional<size_t> next = offset + 1;
    if (quoted && c == '"') return offset;
    if (lexer_.starts_with(offset, "$${") || lexer_.starts_with(offset, "%%{")) {
      text_tail(pieces, offset) += {c, '{'};
      next = offset + 3;
    } else if (lexer_.starts_with(offset, "${")) {
      next = read_interpolation(offset, kind, pieces);
    } else if (lexer_.starts_with(offset, "%{")) {
      next = read_directive(offset, pieces);
    } else if (quoted && c == '\\') {
      next = read_escape(offset, text_tail(pieces, offset));
    } else {
      const size_t end = std::min(text.find_first_of(quoted ? "$%\\\"\n" : "$%", offset + 1), lexer_.limit());
      text_tail(pieces, offset) += text.substr(offset, end - offset);
      next = end;
    }
    if (!next) return std::nullopt;
    offset = *next;
    open += nesting_change(pieces.back().kind);
    if (open > static_cast<int64_t>(limits_.nesting)) {
      fail_fatally(begin, fmt::format("directives are nested more than {} levels deep", limits_.nesting));
    }
    if (pieces.back().kind == Piece::Kind::Text) pieces.back().end = offset;
  }
  return std::nullopt;
}

// `${ expression }`; what is not an expression is kept as it is.
std::optional<size_t> ParserCore::read_interpolation(size_t begin, TemplateKind kind, std::vector<Piece>& pieces) {
  const size_t errors_before = errors_.size();
  const size_t warnings_before = warnings_.size();
  const size_t brackets_before = brackets_;
  Piece piece{.kind = Piece::Kind::Interpolation, .begin = begin, .trims_before = lexer_.at(begin + 2) == '~'};
  {
    const NewlineMode mode(*this, Newlines::Ignored);
    open_bracket();
    move_to(begin + (piece.trims_before ? 3 : 2));
    piece.expr = parse_expression();
    piece.trims_after = piece.expr != nullptr && accept(Tok::Tilde);
    if (piece.expr != nullptr && at(Tok::RBrace)) {
      brackets_ = brackets_before;
      piece.end = token_.end;
      pieces.push_back(std::move(piece));
      return token_.end;
    }
    if (piece.expr != nullptr) fail_here("\"}\" after the expression");
  }
  if (fatal_) return std::nullopt;
  const std::string reason = errors_[errors_before].message;
  errors_.resize(errors_before);
  brackets_ = brackets_before;
  const std::optional<size_t> end = find_verbatim_end(begin, kind);
  if (!end) {
    fail(begin, "expected \"}\" to close the \"${\" here (write \"$${\" for the text itself)");
    return std::nullopt;
  }
  warnings_.resize(warnings_before);
  const std::string_view text = source_->text().substr(begin, *end - begin);
  warn(begin, fmt::format("\"{}\" is kept as it is for the client, since it is not an expression: {}",
                          printable(text, 80), reason));
  move_to(*end);
  pieces.push_back(
      {.kind = Piece::Kind::Interpolation, .begin = begin, .end = *end, .expr = make(begin, Verbatim{text})});
  return end;
}

// After the brace that matches the one of `${`, within the line and with whole strings only if in a quoted string.
std::optional<size_t> ParserCore::find_verbatim_end(size_t begin, TemplateKind kind) const {
  const size_t limit = std::min(lexer_.limit(), begin + kMaxVerbatim);
  size_t depth = 0;
  size_t quotes = 0;
  for (size_t offset = begin + 1; offset < limit; ++offset) {
    switch (lexer_.at(offset)) {
      case '{':
        ++depth;
        break;
      case '"':
        ++quotes;
        break;
      case '\\':
        if (kind == TemplateKind::Quoted) ++offset;
        break;
      case '\n':
        if (kind == TemplateKind::Quoted) return std::nullopt;
        break;
      case '}':
        if (--depth > 0) break;
        if (kind == TemplateKind::Quoted && quotes % 2 != 0) return std::nullopt;
        return offset + 1;
      default:
        break;
    }
  }
  return std::nullopt;
}

// `%{ if … }` and its like; `%{` before any other word is text, as in `%{http_code}`.
std::optional<size_t> ParserCore::read_directive(size_t begin, std::vector<Piece>& pieces) {
  Piece piece{.begin = begin, .trims_before = lexer_.at(begin + 2) == '~'};
  const NewlineMode mode(*this, Newlines::Ignored);
  move_to(begin + (piece.trims_before ? 3 : 2));
  if (at(Tok::Identifier)) piece.kind = directive_kind(text());
  if (piece.kind == Piece::Kind::Text) {
    text_tail(pieces, begin) += "%{";
    return begin + 2;
  }
  advance();
  if (piece.kind == Piece::Kind::For && !parse_for_names(piece.key_name, piece.value_name)) return std::nullopt;
  if (piece.kind == Piece::Kind::For || piece.kind == Piece::Kind::If) {
    piece.expr = parse_expression();
    if (piece.expr == nullptr) return std::nullopt;
  }
  piece.trims_after = accept(Tok::Tilde);
  if (!at(Tok::RBrace)) {
    fail_here(fmt::format("\"}}\" to close the \"%{{ {}\" at {}", name_of(piece.kind), place(begin)));
    return std::nullopt;
  }
  piece.end = token_.end;
  pieces.push_back(std::move(piece));
  return token_.end;
}

std::optional<size_t> ParserCore::read_escape(size_t begin, std::string& out) {
  constexpr std::pair<char, char> kSimple[] = {{'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'"', '"'}, {'\\', '\\'}};
  const char c = lexer_.at(begin + 1);
  for (const auto& [letter, meaning] : kSimple) {
    if (c != letter) continue;
    out += meaning;
    return begin + 2;
  }
  if (c != 'u' && c != 'U') {
    fail(begin, fmt::format("unknown escape \"\\{}\" (write \"\\\\\" for a backslash)", printable(std::string(1, c))));
    return std::nullopt;
  }
  const size_t digits = c == 'u' ? 4 : 8;
  uint32_t code = 0;
  for (size_t i = 0; i < digits; ++i) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const size_t digit = kHex.find(to_lower(std::string(1, lexer_.at(begin + 2 + i))));
    if (digit == std::string_view::npos) {
      fail(begin, fmt::format("expected {} hexadecimal digits after \"\\{}\"", digits, c));
      return std::nullopt;
    }
    code = code << 4 | static_cast<uint32_t>(digit);
  }
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    fail(begin, "the escape names no Unicode character");
    return std::nullopt;
  }
  append_utf8(out, code);
  return begin + 2 + digits;
}

}  // namespace drover::hcl
