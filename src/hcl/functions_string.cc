#include <algorithm>
#include <cctype>

#include <re2/re2.h>

#include "base/strings.h"
#include "hcl/function_args.h"

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
  return Value(to_lower(text));
}

Result<Value> upper(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(to_upper(text));
}

Result<Value> title(const Context& context) {
  TRY_LET(std::string text, text_arg(context, 0));
  bool starts_word = true;
  for (char& c : text) {
    if (starts_word) c = to_upper(std::string_view(&c, 1))[0];
    const auto byte = static_cast<unsigned char>(c);
    starts_word = byte < 0x80 && std::isalnum(byte) == 0 && c != '_' && c != '\'';
  }
  return Value(std::move(text));
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
  return Value(drover::trim(text));
}

Result<Value> replace(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const std::string from, text_arg(context, 1));
  TRY_LET(const std::string to, text_arg(context, 2));
  if (from.empty()) return wrong_argument(context, 1, "text to look for");
  TRY_LET(std::string out, replaced(text, from, to, context.budget));
  return Value(std::move(out));
}

// `$1`, `${1}`, `$name` and `${name}` as RE2 writes them: `\1`. Names of no group are empty, as in Go.
std::string to_rewrite(std::string_view replacement, const RE2& regex) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::string out;
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c == '\\') out += "\\\\";
    if (c != '$' && c != '\\') out += c;
    if (c != '$') continue;
    const bool braced = replacement.substr(i + 1).starts_with('{');
    size_t end = i + 1 + (braced ? 1 : 0);
    const size_t begin = end;
    while (end < replacement.size() && is_word(replacement[end])) ++end;
    const std::string name(replacement.substr(begin, end - begin));
    if (name.empty()) {
      if (replacement.substr(i + 1).starts_with('$')) ++i;
      out += '$';
      continue;
    }
    const auto named = regex.NamedCapturingGroups().find(name);
    const std::optional<int64_t> number =
        named != regex.NamedCapturingGroups().end() ? std::optional<int64_t>(named->second) : parse_int(name);
    if (number && *number >= 0 && *number <= std::min(9, regex.NumberOfCapturingGroups())) {
      out += fmt::format("\\{}", *number);
    }
    i = braced && end < replacement.size() ? end : end - 1;
  }
  return out;
}

Result<Value> regex_replace(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const std::string pattern, text_arg(context, 1));
  TRY_LET(const std::string replacement, text_arg(context, 2));
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 regex(pattern, options);
  if (!regex.ok()) return bad_call(fmt::format("bad regular expression: {}", printable(regex.error(), 100)));
  const std::string rewrite = to_rewrite(replacement, regex);
  constexpr int kGroups = 10;
  constexpr size_t kBytesAStep = 256;  // A match may look at all of the rest.
  re2::StringPiece groups[kGroups];
  const int used = 1 + std::min(kGroups - 1, regex.NumberOfCapturingGroups());
  std::string out;
  size_t done = 0;
  for (size_t from = 0; from <= text.size() && regex.Match(text, from, text.size(), RE2::UNANCHORED, groups, used);) {
    const size_t begin = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = begin + groups[0].size();
    const size_t before = out.size();
    out.append(text, done, begin - done);
    regex.Rewrite(&out, rewrite, groups, used);
    TRY(context.budget.charge_steps(1 + (text.size() - from) / kBytesAStep));
    TRY(context.budget.charge_bytes(out.size() - before));
    done = end;
    from = end;
    if (begin == end) {
      out.append(text, end, 1);
      done = std::min(end + 1, text.size());
      from = end + 1;
    }
  }
  return Value(out.append(text, done));
}

Result<Value> split(const Context& context) {
  TRY_LET(const std::string separator, text_arg(context, 0));
  TRY_LET(const std::string text, text_arg(context, 1));
  Value::List out;
  if (separator.empty()) {
    for (const std::string_view c : characters(text)) out.emplace_back(c);
    return Value(std::move(out));
  }
  size_t done = 0;
  for (size_t found = text.find(separator); found != std::string::npos; found = text.find(separator, done)) {
    out.emplace_back(text.substr(done, found - done));
    done = found + separator.size();
  }
  out.emplace_back(text.substr(done));
  return Value(std::move(out));
}

Result<Value> strlen(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(Number(static_cast<int64_t>(characters(text).size())));
}

Result<Value> strrev(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  std::string out;
  const std::vector<std::string_view> all = characters(text);
  for (auto c = all.rbegin(); c != all.rend(); ++c) out += *c;
  return Value(std::move(out));
}

// substr(text, offset, length): a negative offset counts from the end, length -1 is all of the rest.
Result<Value> substr(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(int64_t offset, integer_arg(context, 1));
  TRY_LET(const int64_t length, integer_arg(context, 2));
  const std::vector<std::string_view> all = characters(text);
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
    {"strrev", 1, 1, strrev},
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
