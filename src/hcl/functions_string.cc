#include <algorithm>
#include <cctype>

#include <re2/re2.h>

#include "base/strings.h"
#include "hcl/function_args.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

using Context = CallContext;

Result<Value> chomp(const Context& context) {
  TRY_LET(std::string text, text_arg(context, 0));
  text.erase(text.find_last_not_of("\r\n") + 1);
  return Value(std::move(text));
}

// Linear, and charged before the text grows.
Result<std::string> replaced(std::string_view text, std::string_view from, std::string_view to, Budget& budget) {
  std::string out;
  size_t done = 0;
  for (size_t found = text.find(from); found != std::string::npos; found = text.find(from, done)) {
    TRY(budget.charge_bytes(to.size()));
    out.append(text, done, found - done).append(to);
    done = found + from.size();
  }
  return out.append(text, done);
}

Result<Value> indent(const Context& context) {
  TRY_LET(const int64_t width, integer_arg(context, 0));
  TRY_LET(const std::string text, text_arg(context, 1));
  if (width < 0) return wrong_argument(context, 0, "zero or more");
  TRY(context.budget.charge_bytes(static_cast<uint64_t>(width)));
  TRY_LET(std::string out, replaced(text, "\n", "\n" + std::string(static_cast<size_t>(width), ' '), context.budget));
  return Value(std::move(out));
}

// join(separator, list…)
Result<Value> join(const Context& context) {
  TRY_LET(const std::string separator, text_arg(context, 0));
  std::vector<std::string> parts;
  for (size_t i = 1; i < context.args.size(); ++i) {
    TRY_LET(std::vector<std::string> more, text_list_arg(context, i));
    TRY(context.budget.charge_bytes(context.args[i].weight()));
    parts.insert(parts.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  TRY(context.budget.charge_bytes(separator.size() * parts.size()));
  return Value(drover::join(parts, separator));
}

Result<Value> lower(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(lower_case(text));
}

Result<Value> upper(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(upper_case(text));
}

Result<Value> title(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(title_case(text));
}

// trim(text, characters to remove at both ends)
Result<Value> trim(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const std::string set, text_arg(context, 1));
  const std::vector<std::string_view> all = characters(text);
  std::vector<std::string_view> unwanted = characters(set);
  std::sort(unwanted.begin(), unwanted.end());
  const auto wanted = [&](std::string_view c) { return !std::binary_search(unwanted.begin(), unwanted.end(), c); };
  const auto first = std::find_if(all.begin(), all.end(), wanted);
  const auto last = std::find_if(all.rbegin(), std::make_reverse_iterator(first), wanted).base();
  if (first == last) return Value("");
  return Value(
      std::string(first->data(), static_cast<size_t>((last - 1)->data() + (last - 1)->size() - first->data())));
}

Result<Value> trimprefix(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const std::string prefix, text_arg(context, 1));
  return Value(text.starts_with(prefix) ? text.substr(prefix.size()) : text);
}

Result<Value> trimsuffix(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const std::string suffix, text_arg(context, 1));
  return Value(text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}

Result<Value> trimspace(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(trim_white_space(text));
}

// Empty text is found around every character.
Result<Value> replaced_between(std::string_view text, std::string_view to, Budget& budget) {
  std::string out(to);
  for (const std::string_view c : characters(text)) {
    TRY(budget.charge_bytes(to.size()));
    out.append(c).append(to);
  }
  return Value(std::move(out));
}

Result<Value> replace(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const std::string from, text_arg(context, 1));
  TRY_LET(const std::string to, text_arg(context, 2));
  if (from.empty()) return replaced_between(text, to, context.budget);
  TRY_LET(std::string out, replaced(text, from, to, context.budget));
  return Value(std::move(out));
}

// What a match is replaced by: text, and groups of the match by number.
struct Replacement {
  struct Piece {
    std::string text;
    int group = -1;  // Unless negative, the piece is that group.
  };
  std::vector<Piece> pieces;

  int max_group() const {
    int out = 0;
    for (const Piece& piece : pieces) out = std::max(out, piece.group);
    return out;
  }
};

// `$1`, `${1}`, `$name` and `${name}`; `$$` is a dollar. Names of no group are empty, as in Go.
Replacement read_replacement(std::string_view text, const RE2& regex) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  Replacement out;
  std::string plain;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      plain += text[i++];
      continue;
    }
    const bool braced = text.substr(i + 1).starts_with('{');
    const size_t begin = i + (braced ? 2 : 1);
    size_t end = begin;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string name(text.substr(begin, end - begin));
    if (name.empty() || (braced && !text.substr(end).starts_with('}'))) {
      plain += '$';
      i += text.substr(i).starts_with("$$") ? 2 : 1;
      continue;
    }
    const auto named = regex.NamedCapturingGroups().find(name);
    std::optional<int64_t> number = parse_int(name);
    if (named != regex.NamedCapturingGroups().end()) number = named->second;
    if (number && *number <= regex.NumberOfCapturingGroups()) {
      out.pieces.push_back({.text = std::move(plain)});
      out.pieces.push_back({.group = static_cast<int>(*number)});
      plain.clear();
    }
    i = end + (braced ? 1 : 0);
  }
  out.pieces.push_back({.text = std::move(plain)});
  return out;
}

Result<std::string> replace_matches(const std::string& text, const RE2& regex, const Replacement& replacement,
                                    Budget& budget) {
  constexpr size_t kBytesAStep = 256;  // A match may look at all of the rest.
  std::vector<re2::StringPiece> groups(static_cast<size_t>(replacement.max_group()) + 1);
  std::string out;
  size_t done = 0;
  std::optional<size_t> last_end;
  for (size_t from = 0; from <= text.size() && regex.Match(text, from, text.size(), RE2::UNANCHORED, groups.data(),
                                                           static_cast<int>(groups.size()));) {
    TRY(budget.charge_steps(1 + groups.size() + replacement.pieces.size() + (text.size() - from) / kBytesAStep));
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = begin + groups[0].size();
    const bool empty_after_match = begin == end && last_end == begin;
    if (!empty_after_match) {
      out.append(text, done, begin - done);
      done = end;
      last_end = end;
      for (const Replacement::Piece& piece : replacement.pieces) {
        const std::string_view added = piece.group < 0
                                           ? std::string_view(piece.text)
                                           : std::string_view(groups[static_cast<size_t>(piece.group)].data(),
                                                              groups[static_cast<size_t>(piece.group)].size());
        TRY(budget.charge_bytes(added.size()));
        out += added;
      }
    }
    from = end;
    if (begin == end) from += end < text.size() ? first_character(std::string_view(text).substr(end)).size() : 1;
  }
  return out.append(text, done);
}

Result<Value> regex_replace(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const std::string pattern, text_arg(context, 1));
  TRY_LET(const std::string replacement, text_arg(context, 2));
  constexpr uint64_t kSteps = 500, kStepsAByte = 60;  // Compiling a pattern.
  constexpr uint64_t kBytesAStep = 4;                 // Looking for a match without finding one.
  TRY(context.budget.charge_steps(kSteps + pattern.size() * kStepsAByte + text.size() / kBytesAStep));
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 regex(pattern, options);
  if (!regex.ok()) return bad_call(fmt::format("bad regular expression: {}", printable(regex.error(), 100)));
  TRY_LET(std::string out, replace_matches(text, regex, read_replacement(replacement, regex), context.budget));
  return Value(std::move(out));
}

Result<Value> split(const Context& context) {
  constexpr uint64_t kBytesAnItem = 64;
  TRY_LET(const std::string separator, text_arg(context, 0));
  TRY_LET(const std::string text, text_arg(context, 1));
  Value::List out;
  if (separator.empty()) {
    TRY(context.budget.charge_bytes(text.size() * kBytesAnItem));
    for (const std::string_view c : characters(text)) out.emplace_back(c);
    return Value(std::move(out));
  }
  size_t done = 0;
  for (size_t found = text.find(separator); found != std::string::npos; found = text.find(separator, done)) {
    TRY(context.budget.charge_bytes(kBytesAnItem));
    out.emplace_back(text.substr(done, found - done));
    done = found + separator.size();
  }
  out.emplace_back(text.substr(done));
  return Value(std::move(out));
}

Result<Value> strlen(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(Number(static_cast<int64_t>(graphemes(text).size())));
}

// substr(text, offset, length): a negative offset counts from the end, length -1 is all of the rest.
Result<Value> substr(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(int64_t offset, integer_arg(context, 1));
  TRY_LET(const int64_t length, integer_arg(context, 2));
  const std::vector<std::string_view> all = graphemes(text);
  const auto size = static_cast<int64_t>(all.size());
  if (offset < 0) offset = offset < -size ? 0 : offset + size;
  std::string out;
  for (int64_t i = offset; i < size && (length < 0 || i - offset < length); ++i) out += all[static_cast<size_t>(i)];
  return Value(std::move(out));
}

constexpr Function kFunctions[] = {
    {"chomp", 1, 1, chomp},
    {"indent", 2, 2, indent},
    {"join", 2, Function::kAnyNumber, join},
    {"lower", 1, 1, lower},
    {"regex_replace", 3, 3, regex_replace},
    {"replace", 3, 3, replace},
    {"split", 2, 2, split},
    {"strlen", 1, 1, strlen},
    {"substr", 3, 3, substr},
    {"title", 1, 1, title},
    {"trim", 2, 2, trim},
    {"trimprefix", 2, 2, trimprefix},
    {"trimspace", 1, 1, trimspace},
    {"trimsuffix", 2, 2, trimsuffix},
    {"upper", 1, 1, upper},
};

}  // namespace

std::span<const Function> string_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
