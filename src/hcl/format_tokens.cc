#include "hcl/format_tokens.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/strings.h"
#include "hcl/template_piece.h"
#include "hcl/walk.h"

namespace drover::hcl {
namespace {

using Role = FormatToken::Role;

// Where strings stand whose `${` means nothing, and `${…}` that are no expressions: begin → end.
class PlainText {
 public:
  explicit PlainText(const Body& body) { add(body); }

  // The end of the plain text that begins here, or 0.
  size_t end_of(size_t begin) const {
    const auto it = ends_.find(begin);
    return it == ends_.end() ? 0 : it->second;
  }

 private:
  void add(const Range& range) { ends_.emplace(range.begin.offset, range.end.offset); }

  void add(const Body& body) {
    for (const Attribute& attribute : body.attributes) {
      add(attribute.name_range);
      add(*attribute.expr);
    }
    for (const Block& block : body.blocks) {
      add(block.type_range);
      for (const Block::Label& label : block.labels) add(label.range);
      add(block.body);
    }
  }

  void add(const Expr& expr) {
    if (std::holds_alternative<Verbatim>(expr.node)) add(expr.range);
    for_each_child(expr.node, [this](const Expr& child) { add(child); });
  }

  std::map<size_t, size_t> ends_;
};

class Scanner {
 public:
  Scanner(std::string_view text, const Body& body) : text_(text), lexer_(text), plain_(body) {}

  std::vector<FormatToken> scan(size_t begin) {
    scan_code(begin, false);
    return std::move(tokens_);
  }

 private:
  void add(Role role, size_t begin, size_t end, Tok tok = Tok::Invalid) {
    if (begin < end || role == Role::TemplateClose) tokens_.push_back({role, tok, text_.substr(begin, end - begin)});
  }

  // To the end of the text, or past the `}` of a template's sequence.
  size_t scan_code(size_t offset, bool in_sequence) {
    for (size_t depth = 0;;) {
      offset = scan_gap(offset);
      const Token token = lexer_.token_at(offset);
      const bool ends = in_sequence && depth == 0;
      offset = token.end;
      switch (token.kind) {
        case Tok::End:
          return offset;
        case Tok::Quote:
          offset = scan_quoted(token);
          continue;
        case Tok::Heredoc:
          offset = scan_heredoc(token);
          continue;
        case Tok::LBrace:
          ++depth;
          break;
        case Tok::Tilde:
          if (!ends || lexer_.at(offset) != '}') break;
          add(Role::SequenceClose, token.begin, offset + 1);
          return offset + 1;
        case Tok::RBrace:
          if (ends) {
            add(Role::SequenceClose, token.begin, offset);
            return offset;
          }
          if (depth > 0) --depth;
          break;
        default:
          break;
      }
      add(Role::Plain, token.begin, token.end, token.kind);
    }
  }

  // White space, ends of lines and comments.
  size_t scan_gap(size_t offset) {
    for (;;) {
      const char c = lexer_.at(offset);
      size_t end = offset + 1;
      if (lexer_.starts_with(offset, "\r\n") || c == '\n') {
        end += c == '\r' ? 1 : 0;
        add(Role::Newline, offset, end);
      } else if (c == '#' || lexer_.starts_with(offset, "//")) {
        end = std::min(text_.find('\n', offset), text_.size() - 1) + 1;
        add(Role::Comment, offset, end);
      } else if (lexer_.starts_with(offset, "/*")) {
        end = text_.find("*/", offset + 2) + 2;
        add(Role::Comment, offset, end);
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return offset;
      }
      offset = end;
    }
  }

  size_t scan_quoted(const Token& quote) {
    add(Role::TemplateOpen, quote.begin, quote.end);
    size_t end = 0;
    if (const size_t plain = plain_.end_of(quote.begin)) {
      end = plain - 1;
      add(Role::TemplateText, quote.end, end);
    } else {
      end = scan_template(quote.end, text_.size(), true);
    }
    add(Role::TemplateClose, end, end + 1);
    return end + 1;
  }

  size_t scan_heredoc(const Token& header) {
    std::string_view marker = lexer_.text(header).substr(2);
    if (marker.starts_with('-')) marker.remove_prefix(1);
    marker = trim(marker);
    size_t line = header.end;
    size_t line_end = 0;
    for (;; line = line_end + 1) {
      line_end = std::min(text_.find('\n', line), text_.size());
      if (trim(text_.substr(line, line_end - line)) == marker || line_end == text_.size()) break;
    }
    add(Role::TemplateOpen, header.begin, header.end);
    scan_template(header.end, line, false);
    const size_t end = text_.find(marker, line) + marker.size();
    add(Role::TemplateClose, line, end);
    return end;
  }

  // To the closing quote, or to `limit`.
  size_t scan_template(size_t offset, size_t limit, bool quoted) {
    size_t literal = offset;
    const auto sequence = [&](size_t width) {
      add(Role::TemplateText, literal, offset);
      if (lexer_.at(offset + width) == '~') ++width;
      add(Role::SequenceOpen, offset, offset + width);
      literal = scan_code(offset + width, true);
      return literal;
    };
    while (offset < limit && !(quoted && lexer_.at(offset) == '"')) {
      if (lexer_.starts_with(offset, "$${") || lexer_.starts_with(offset, "%%{")) {
        offset += 3;
      } else if (quoted && lexer_.at(offset) == '\\') {
        offset += 2;
      } else if (lexer_.starts_with(offset, "${")) {
        const size_t plain = plain_.end_of(offset);
        offset = plain != 0 ? plain : sequence(2);
      } else if (lexer_.starts_with(offset, "%{") && is_directive(offset)) {
        offset = sequence(2);
      } else {
        ++offset;
      }
    }
    add(Role::TemplateText, literal, offset);
    return offset;
  }

  bool is_directive(size_t offset) const {
    Token word = lexer_.token_at(offset + (lexer_.at(offset + 2) == '~' ? 3 : 2));
    if (word.kind == Tok::Newline) word = lexer_.token_at(word.end);
    return word.kind == Tok::Identifier && directive_kind(lexer_.text(word)) != TemplatePiece::Kind::Text;
  }

  const std::string_view text_;
  const Lexer lexer_;
  const PlainText plain_;
  std::vector<FormatToken> tokens_;
};

}  // namespace

bool FormatToken::ends_line() const {
  return role == Role::Newline || (role == Role::Comment && text.ends_with('\n'));
}

int FormatToken::bracket_change() const {
  if (role == Role::SequenceOpen || is(Tok::LBrace) || is(Tok::LBracket) || is(Tok::LParen)) return 1;
  if (role == Role::SequenceClose || is(Tok::RBrace) || is(Tok::RBracket) || is(Tok::RParen)) return -1;
  return 0;
}

std::vector<FormatToken> format_tokens(std::string_view text, const Body& body) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  return Scanner(text, body).scan(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
}

}  // namespace drover::hcl
