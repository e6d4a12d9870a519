#include "hcl/parser_core.h"
#include "hcl/template_piece.h"

namespace drover::hcl {
namespace {

using Piece = TemplatePiece;

}  // namespace

ExprPtr ParserCore::build_template(size_t begin, TemplateKind kind, std::vector<Piece>& pieces) {
  if (kind != TemplateKind::Quoted) split_lines(pieces);
  trim_around(pieces);
  if (kind == TemplateKind::IndentedHeredoc) unindent(pieces);
  join_text(pieces);
  if (pieces.empty()) return make(begin, Literal{Value("")});
  if (pieces.size() == 1 && pieces[0].kind == Piece::Kind::Text) return make(begin, Literal{Value(pieces[0].text)});
  if (pieces.size() == 1 && pieces[0].kind == Piece::Kind::Interpolation && kind == TemplateKind::Quoted) {
    return make(begin, TemplateWrap{std::move(pieces[0].expr)});
  }
  Template out;
  size_t next = 0;
  if (!build_parts(pieces, next, out.parts)) return nullptr;
  if (next < pieces.size()) {
    const Piece& piece = pieces[next];
    return fail(piece.begin, fmt::format("\"%{{ {} }}\" has no beginning", name_of(piece.kind)));
  }
  return make(begin, std::move(out));
}

// Up to a directive that belongs to the level above.
bool ParserCore::build_parts(std::vector<Piece>& pieces, size_t& next, std::vector<ExprPtr>& parts) {
  const Nesting nesting(*this);
  if (!nesting.ok()) return false;
  while (next < pieces.size()) {
    Piece& piece = pieces[next];
    ExprPtr part;
    switch (piece.kind) {
      case Piece::Kind::Text:
        part = make_in(range(piece.begin, piece.end), Literal{Value(std::move(piece.text))});
        break;
      case Piece::Kind::Interpolation:
        part = std::move(piece.expr);
        break;
      case Piece::Kind::If:
        part = build_if(pieces, next);
        break;
      case Piece::Kind::For:
        part = build_for(pieces, next);
        break;
      case Piece::Kind::Else:
      case Piece::Kind::EndIf:
      case Piece::Kind::EndFor:
        return true;
    }
    if (part == nullptr) return false;
    parts.push_back(std::move(part));
    ++next;
  }
  return true;
}

ExprPtr ParserCore::build_if(std::vector<Piece>& pieces, size_t& next) {
  const size_t begin = pieces[next].begin;
  TemplateIf out{.condition = std::move(pieces[next].expr)};
  if ((out.then_part = build_group(pieces, ++next, begin)) == nullptr) return nullptr;
  if (next < pieces.size() && pieces[next].kind == Piece::Kind::Else) {
    if ((out.else_part = build_group(pieces, ++next, begin)) == nullptr) return nullptr;
  }
  if (next >= pieces.size() || pieces[next].kind != Piece::Kind::EndIf) {
    return fail(begin, "expected \"%{ endif }\" to close the \"%{ if\" here");
  }
  return make_in(range(begin, pieces[next].end), std::move(out));
}

ExprPtr ParserCore::build_for(std::vector<Piece>& pieces, size_t& next) {
  Piece& head = pieces[next];
  const size_t begin = head.begin;
  TemplateFor out{
      .key = std::move(head.key_name), .value = std::move(head.value_name), .collection = std::move(head.expr)};
  if ((out.body = build_group(pieces, ++next, begin)) == nullptr) return nullptr;
  if (next >= pieces.size() || pieces[next].kind != Piece::Kind::EndFor) {
    return fail(begin, "expected \"%{ endfor }\" to close the \"%{ for\" here");
  }
  return make_in(range(begin, pieces[next].end), std::move(out));
}

// The parts from `next` to the directive that ends them, as one expression.
ExprPtr ParserCore::build_group(std::vector<Piece>& pieces, size_t& next, size_t begin) {
  Template out;
  if (!build_parts(pieces, next, out.parts)) return nullptr;
  const size_t end = next < pieces.size() ? pieces[next].begin : last_end_;
  return make_in(range(begin, end), std::move(out));
}

}  // namespace drover::hcl
