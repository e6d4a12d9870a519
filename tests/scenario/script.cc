#include "scenario/script.h"

#include "base/strings.h"

namespace drover::scenario {
namespace {

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false, quoted = false;
  for (const char c : line) {
    if (!quoted && c == '#') break;
    if (!quoted && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '"') {
      quoted = !quoted;
    } else {
      words.back() += c;
    }
  }
  if (quoted) return err(ErrorCode::InvalidArgument, "a quote is not closed");
  return words;
}

}  // namespace

const std::string& Statement::word(size_t index) const {
  static const std::string none;
  return index < words.size() ? words[index] : none;
}

std::optional<std::string> Statement::option(std::string_view name) const {
  for (const std::string& word : words) {
    if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=') {
      return word.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

Result<std::vector<Statement>> parse_script(std::string_view text) {
  const std::vector<std::string> lines = split(text, '\n');
  std::vector<Statement> script;
  for (size_t i = 0; i < lines.size(); ++i) {
    Statement statement{.line = i + 1, .text = std::string(trim(lines[i])), .words = {}, .document = {}};
    auto words = split_words(lines[i]);
    if (!words) return err(words.error().context(fmt::format("line {}", i + 1)));
    statement.words = std::move(*words);
    if (statement.words.empty()) continue;
    if (statement.words.back().starts_with("<<")) {
      const std::string end = statement.words.back().substr(2);
      statement.words.pop_back();
      std::string& document = statement.document.emplace();
      while (++i < lines.size() && trim(lines[i]) != end) document += lines[i] + "\n";
      if (i == lines.size()) return err(ErrorCode::InvalidArgument, "line {}: no line {}", statement.line, end);
    }
    script.push_back(std::move(statement));
  }
  return script;
}

}  // namespace drover::scenario
