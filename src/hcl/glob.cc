#include "hcl/glob.h"

#include <optional>
#include <string>

#include <re2/re2.h>

namespace drover::hcl {
namespace {

std::string quoted(char c) {
  return RE2::QuoteMeta(std::string(1, c));
}

// `[…]` from its opening bracket; `at` ends after the closing one. Nothing if there is none.
std::optional<std::string> class_regex(std::string_view pattern, size_t& at) {
  size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '^' || pattern[i] == '!');
  std::string out = negated ? "[^/" : "[";
  if (negated) ++i;
  for (bool first = true; i < pattern.size(); first = false, ++i) {
    if (pattern[i] == ']' && !first) {
      at = i + 1;
      return out + "]";
    }
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    out += pattern[i] == '-' ? "-" : quoted(pattern[i]);
  }
  return std::nullopt;
}

// The pattern as a regular expression; nothing if a bracket is not closed.
std::optional<std::string> to_regex(std::string_view pattern) {
  std::string out;
  int alternatives = 0;
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    const std::string_view rest = pattern.substr(i);
    if (rest.starts_with("**/")) {
      out += "(?:[^/]*/)*";
      i += 3;
    } else if (rest.starts_with("**")) {
      out += ".*";
      i += 2;
    } else if (c == '[') {
      const auto characters = class_regex(pattern, i);
      if (!characters) return std::nullopt;
      out += *characters;
    } else {
      i += c == '\\' && rest.size() > 1 ? 2 : 1;
      if (c == '*') {
        out += "[^/]*";
      } else if (c == '?') {
        out += "[^/]";
      } else if (c == '{') {
        out += "(?:";
        ++alternatives;
      } else if (c == '}' && alternatives > 0) {
        out += ")";
        --alternatives;
      } else if (c == ',' && alternatives > 0) {
        out += "|";
      } else {
        out += quoted(c == '\\' && rest.size() > 1 ? rest[1] : c);
      }
    }
  }
  if (alternatives > 0) return std::nullopt;
  return out;
}

}  // namespace

Result<std::vector<std::string>> matching_paths(std::vector<std::string> paths, std::string_view pattern,
                                                Budget& budget) {
  TRY(budget.charge_steps(pattern.size() + paths.size()));
  const std::optional<std::string> text = to_regex(pattern);
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 regex(text.value_or("("), options);
  if (!regex.ok()) return err(ErrorCode::InvalidArgument, "the pattern is not valid");
  std::erase_if(paths, [&](const std::string& path) { return !RE2::FullMatch(path, regex); });
  return paths;
}

}  // namespace drover::hcl
