#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::scenario {

// One line of a .scn file: words separated by blanks, "…" keeps blanks in a word, # starts a comment. A line that ends
// in <<WORD is followed by text up to a line that is WORD.
struct Statement {
  size_t line = 0;
  std::string text;  // as written
  std::vector<std::string> words;
  std::optional<std::string> document;  // what stood between <<WORD and WORD

  // The word at `index`, or "".
  const std::string& word(size_t index) const;
  // The value of `name=value`.
  std::optional<std::string> option(std::string_view name) const;
};

// Errors name the line.
Result<std::vector<Statement>> parse_script(std::string_view text);

}  // namespace drover::scenario
