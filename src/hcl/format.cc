#include "hcl/format.h"

#include <algorithm>
#include <span>

#include "hcl/format_tokens.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

using Role = FormatToken::Role;
using Tokens = std::span<FormatToken>;

constexpr size_t kIndent = 2;

// One line of the text in up to three cells; those of neighbouring lines are aligned.
struct Line {
  Tokens lead;     // Up to the others.
  Tokens assign;   // From `=` on, if what it assigns ends on this line.
  Tokens comment;  // What stands behind everything else.
};

int bracket_change(Tokens tokens) {
  int change = 0;
  for (const FormatToken& token : tokens) change += token.bracket_change();
  return change;
}

Line cells_of(Tokens tokens) {
  Line line{.lead = tokens};
  if (tokens.size() > 1 && tokens.back().role == Role::Comment) {
    line.comment = tokens.last(1);
    line.lead = tokens.first(tokens.size() - 1);
  }
  for (size_t i = 1; i < line.lead.size(); ++i) {
    if (!line.lead[i].is(Tok::Assign)) continue;
    if (bracket_change(line.lead.subspan(i)) == 0) {
      line.assign = line.lead.subspan(i);
      line.lead = line.lead.first(i);
    }
    break;
  }
  return line;
}

std::vector<Line> lines_of(Tokens tokens) {
  std::vector<Line> lines;
  size_t begin = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].ends_line() && i + 1 < tokens.size()) continue;
    lines.push_back(cells_of(tokens.subspan(begin, i + 1 - begin)));
    begin = i + 1;
  }
  return lines;
}

// Indents by one level for each line that opens brackets, however many it opens.
class Indentation {
 public:
  size_t before_line(const Line& line) {
    const int change = change_of(line);
    if (change < 0) close(-change);
    const size_t spaces = kIndent * opened_.size();
    if (change > 0) opened_.push_back(change);
    return spaces;
  }

 private:
  // The text of a heredoc opens and closes nothing.
  static int change_of(const Line& line) {
    int change = bracket_change(line.assign);
    for (const FormatToken& token : line.lead) {
      change += token.bracket_change();
      if (token.role == Role::TemplateOpen && token.text.starts_with('<')) break;
    }
    return change;
  }

  void close(int count) {
    while (count > 0 && !opened_.empty()) {
      const int closed = std::min(count, opened_.back());
      count -= closed;
      opened_.back() -= closed;
      if (opened_.back() == 0) opened_.pop_back();
    }
  }

  std::vector<int> opened_;  // The brackets that each level's line opened and that are still open.
};

// Whether a minus after this token is a sign rather than a subtraction.
bool expects_operand(const FormatToken* before) {
  if (before == nullptr) return true;
  if (before->role != Role::Plain) return false;
  switch (before->tok) {
    case Tok::LParen:
    case Tok::LBrace:
    case Tok::LBracket:
    case Tok::Assign:
    case Tok::Colon:
    case Tok::Comma:
    case Tok::Question:
    case Tok::Plus:
    case Tok::Minus:
    case Tok::Star:
    case Tok::Slash:
    case Tok::Percent:
    case Tok::Eq:
    case Tok::Ne:
    case Tok::Gt:
    case Tok::Ge:
    case Tok::Lt:
    case Tok::Le:
    case Tok::And:
    case Tok::Or:
    case Tok::Not:
      return true;
    default:
      return false;
  }
}

bool within_template(const FormatToken& left, const FormatToken& right) {
  return left.role == Role::TemplateOpen || left.role == Role::TemplateText || right.role == Role::TemplateText ||
         right.role == Role::TemplateClose;
}

// Whether two tokens would be read as something else without a space between them.
bool would_merge(const FormatToken& left, const FormatToken& right) {
  if (left.role != Role::Plain || right.role != Role::Plain) return false;
  const std::string joined = std::string(left.text) + std::string(right.text);
  const Token first = Lexer(joined).token_at(0);
  return first.kind != left.tok || first.end != left.text.size();
}

// The layout's rules, the first one that fits decides. `before` is the token before `left`, if there is one.
bool wants_space(const FormatToken* before, const FormatToken& left, const FormatToken& right) {
  if (right.role == Role::Newline) return false;
  if (left.is(Tok::Identifier) && right.is(Tok::LParen)) return false;
  if (left.is(Tok::Dot) || right.is(Tok::Dot)) return false;
  if (right.is(Tok::Comma) || right.is(Tok::Ellipsis)) return false;
  if (left.is(Tok::Comma)) return true;
  if (within_template(left, right)) return false;
  const bool after_name = before != nullptr && before->is(Tok::Identifier);
  if (left.is(Tok::Identifier) && left.text == "in" && after_name) return true;
  if (right.is(Tok::LBracket) && (left.is(Tok::Identifier) || left.is(Tok::Number) || left.bracket_change() < 0)) {
    return false;
  }
  if (left.is(Tok::Not)) return false;
  if (left.is(Tok::Minus)) return !expects_operand(before);
  if (left.is(Tok::LBrace) || right.is(Tok::RBrace)) return !(left.is(Tok::LBrace) && right.is(Tok::RBrace));
  if (left.role == Role::SequenceOpen && right.is(Tok::LBrace)) return true;
  if (left.is(Tok::RBrace) && right.role == Role::SequenceClose) return true;
  if (left.role == Role::SequenceClose && right.role == Role::SequenceOpen) return false;
  return left.bracket_change() <= 0 && right.bracket_change() >= 0;
}

void space_out(Tokens cell) {
  for (size_t i = 1; i < cell.size(); ++i) {
    const bool space = wants_space(i > 1 ? &cell[i - 2] : nullptr, cell[i - 1], cell[i]);
    cell[i].spaces = space || would_merge(cell[i - 1], cell[i]) ? 1 : 0;
  }
}

// In characters, as far as that can be said without a font: bytes that continue a character do not count.
size_t width(Tokens tokens) {
  size_t sum = 0;
  for (const FormatToken& token : tokens) {
    sum += token.spaces;
    sum += static_cast<size_t>(
        std::ranges::count_if(token.text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
  }
  return sum;
}

// Makes one cell begin in the same column on all lines of each run of lines that have it.
template <class Cell, class Before>
void align(std::span<Line> lines, Cell cell, Before columns_before) {
  for (size_t begin = 0; begin < lines.size();) {
    size_t end = begin;
    size_t widest = 0;
    for (; end < lines.size() && !cell(lines[end]).empty(); ++end) {
      widest = std::max(widest, columns_before(lines[end]));
    }
    for (size_t i = begin; i < end; ++i) cell(lines[i])[0].spaces = widest - columns_before(lines[i]) + 1;
    begin = std::max(end, begin + 1);
  }
}

void lay_out(std::vector<Line>& lines) {
  Indentation indentation;
  for (Line& line : lines) {
    if (line.lead[0].role == Role::Newline) continue;
    line.lead[0].spaces = indentation.before_line(line);
    space_out(line.lead);
    space_out(line.assign);
  }
  align(lines, [](Line& line) { return line.assign; }, [](Line& line) { return width(line.lead); });
  align(
      lines, [](Line& line) { return line.comment; }, [](Line& line) { return width(line.lead) + width(line.assign); });
}

}  // namespace

Result<std::string> format(std::string_view text, std::string file, const Limits& limits) {
  const ParseResult parsed = parse(text, std::move(file), limits);
  if (!parsed.ok()) return err(parsed.diagnostics.to_error());
  std::vector<FormatToken> tokens = format_tokens(text, parsed.body);
  std::vector<Line> lines = lines_of(tokens);
  lay_out(lines);
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const FormatToken& token : tokens) {
    out.append(token.spaces, ' ');
    out += token.text;
  }
  return out;
}

}  // namespace drover::hcl
