#include "hcl/template_piece.h"

#include <algorithm>
#include <utility>

namespace drover::hcl {
namespace {

using Piece = TemplatePiece;

constexpr std::string_view kIndent = " \t\r\v\f";
constexpr std::string_view kBlank = " \t\r\v\f\n";

constexpr std::pair<std::string_view, Piece::Kind> kDirectives[] = {
    {"if", Piece::Kind::If},   {"else", Piece::Kind::Else},     {"endif", Piece::Kind::EndIf},
    {"for", Piece::Kind::For}, {"endfor", Piece::Kind::EndFor},
};

size_t indent_of(std::string_view text) {
  return std::min(text.find_first_not_of(kIndent), text.size());
}

bool is_blank_line(std::string_view text) {
  return text.ends_with('\n') && text.find_first_not_of(kBlank) == std::string_view::npos;
}

}  // namespace

Piece::Kind directive_kind(std::string_view word) {
  for (const auto& [name, kind] : kDirectives) {
    if (name == word) return kind;
  }
  return Piece::Kind::Text;
}

std::string_view name_of(Piece::Kind kind) {
  for (const auto& [name, directive] : kDirectives) {
    if (directive == kind) return name;
  }
  return "text";
}

void trim_around(std::vector<Piece>& pieces) {
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].trims_before && i > 0 && pieces[i - 1].kind == Piece::Kind::Text) {
      std::string& text = pieces[i - 1].text;
      text.erase(text.find_last_not_of(kBlank) + 1);
    }
    if (pieces[i].trims_after && i + 1 < pieces.size() && pieces[i + 1].kind == Piece::Kind::Text) {
      std::string& text = pieces[i + 1].text;
      text.erase(0, text.find_first_not_of(kBlank));
    }
  }
}

void split_lines(std::vector<Piece>& pieces) {
  std::vector<Piece> out;
  for (Piece& piece : pieces) {
    if (piece.kind != Piece::Kind::Text) {
      out.push_back(std::move(piece));
      continue;
    }
    for (size_t at = 0; at < piece.text.size();) {
      const size_t end = std::min(piece.text.find('\n', at), piece.text.size() - 1) + 1;
      out.push_back({.begin = piece.begin, .end = piece.end, .text = piece.text.substr(at, end - at)});
      at = end;
    }
  }
  pieces = std::move(out);
}

void join_text(std::vector<Piece>& pieces) {
  std::vector<Piece> out;
  for (Piece& piece : pieces) {
    const bool joins = piece.kind == Piece::Kind::Text && !out.empty() && out.back().kind == Piece::Kind::Text;
    if (joins) {
      out.back().text += piece.text;
      out.back().end = piece.end;
    } else {
      out.push_back(std::move(piece));
    }
  }
  pieces = std::move(out);
}

void unindent(std::vector<Piece>& pieces) {
  size_t common = std::string::npos;
  std::vector<std::string*> starts;
  bool starts_line = true;
  for (Piece& piece : pieces) {
    const bool is_text = piece.kind == Piece::Kind::Text;
    if (starts_line && !(is_text && is_blank_line(piece.text))) {
      common = std::min(common, is_text ? indent_of(piece.text) : 0);
      if (is_text) starts.push_back(&piece.text);
    }
    starts_line = is_text && piece.text.ends_with('\n');
  }
  for (std::string* text : starts) text->erase(0, common);
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
  } else if (c < 0x10000) {
    out += {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
            static_cast<char>(0x80 | (c & 63))};
  } else {
    out += {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
            static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
  }
}

}  // namespace drover::hcl
