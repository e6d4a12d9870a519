#include "hcl/template_piece.h"

#include <algorithm>
#include <utility>

namespace drover::hcl {
namespace {

using Piece = TemplatePiece;

constexpr std::string_view kBlank = " \t\r\n";

constexpr std::pair<std::string_view, Piece::Kind> kDirectives[] = {
    {"if", Piece::Kind::If},   {"else", Piece::Kind::Else},     {"endif", Piece::Kind::EndIf},
    {"for", Piece::Kind::For}, {"endfor", Piece::Kind::EndFor},
};

size_t indent_at(std::string_view text) {
  return std::min(text.find_first_not_of(" \t"), text.size());
}

// Lines of white space only do not count, unless something else than text follows on the line.
bool is_blank_line(std::string_view text, bool more_follows) {
  const size_t end = text.find_first_not_of(" \t\r");
  return end == std::string_view::npos ? !more_follows : text[end] == '\n';
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

void unindent(std::vector<Piece>& pieces) {
  size_t common = std::string::npos;
  const auto each_line = [&](auto&& visit) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i].kind != Piece::Kind::Text) continue;
      const std::string_view text = pieces[i].text;
      size_t line = i == 0 ? 0 : text.find('\n') + 1;  // npos + 1 is 0: no line starts in this piece.
      if (i > 0 && line == 0) continue;
      for (; line <= text.size(); line = text.find('\n', line) + 1) {
        visit(i, line, is_blank_line(text.substr(line), i + 1 < pieces.size()));
        if (text.find('\n', line) == std::string_view::npos) break;
      }
    }
  };
  if (!pieces.empty() && pieces[0].kind != Piece::Kind::Text) return;
  each_line([&](size_t piece, size_t line, bool blank) {
    if (!blank) common = std::min(common, indent_at(std::string_view(pieces[piece].text).substr(line)));
  });
  if (common == 0 || common == std::string::npos) return;
  std::vector<std::string> stripped(pieces.size());
  std::vector<size_t> copied(pieces.size(), 0);
  each_line([&](size_t piece, size_t line, bool) {
    const std::string_view text = pieces[piece].text;
    stripped[piece] += text.substr(copied[piece], line - copied[piece]);
    copied[piece] = line + std::min(common, indent_at(text.substr(line)));
  });
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].kind == Piece::Kind::Text) pieces[i].text = stripped[i] + pieces[i].text.substr(copied[i]);
  }
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
