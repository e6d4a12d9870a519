#include <algorithm>
#include <array>

#include "base/strings.h"
#include "gotmpl/functions.h"
#include "gotmpl/go_format.h"
#include "gotmpl/hashes.h"
#include "gotmpl/paths.h"
#include "gotmpl/regex.h"
#include "gotmpl/text_tools.h"
#include "gotmpl/unicode.h"

// sprig's functions on texts, under the names that consul-template gives them.
namespace drover::gotmpl {
namespace {

template <std::string (*change)(std::string_view)>
Result<Value> changed(Call& call) {
  TRY(call.meter().steps(1 + call.text(0).size() / 16));
  return call.meter().text(change(call.text(0)));
}

std::string without_space(std::string_view text) {
  std::string out;
  for (; !text.empty();) {
    const Rune rune = decode_rune(text);
    if (!is_space(rune.code)) out += text.substr(0, rune.size);
    text.remove_prefix(rune.size);
  }
  return out;
}

std::string trimmed(std::string_view text) {
  return std::string(trim_space(text));
}

std::string swap_case(std::string_view text) {
  std::string out;
  for (; !text.empty();) {
    const Rune rune = decode_rune(text);
    const std::string_view here = text.substr(0, rune.size);
    const std::string upper = to_upper_text(here);
    out += upper == here ? to_lower_text(here) : upper;
    text.remove_prefix(rune.size);
  }
  return out;
}

std::string untitled(std::string_view text) {
  std::string out;
  bool start = true;
  for (; !text.empty();) {
    const Rune rune = decode_rune(text);
    const std::string_view here = text.substr(0, rune.size);
    out += start ? to_lower_text(here) : std::string(here);
    start = is_space(rune.code);
    text.remove_prefix(rune.size);
  }
  return out;
}

std::string initials_of(std::string_view text) {
  std::string out;
  bool start = true;
  for (; !text.empty();) {
    const Rune rune = decode_rune(text);
    if (start && !is_space(rune.code)) out += text.substr(0, rune.size);
    start = is_space(rune.code);
    text.remove_prefix(rune.size);
  }
  return out;
}

// The words of "FirstName", "first-name" or "HTTPServer", in lower case.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool separator = c == '_' || c == '-' || c == ' ' || c == '.';
    const bool hump = is_upper(c) && i > 0 && !is_upper(text[i - 1]);
    const bool last_capital = is_upper(c) && i + 1 < text.size() && is_lower(text[i + 1]);
    if ((separator || hump || last_capital) && !word.empty()) out.push_back(std::exchange(word, {}));
    if (!separator) word += c;
  }
  if (!word.empty()) out.push_back(std::move(word));
  for (std::string& each : out) each = to_lower_text(each);
  return out;
}

std::string snake_case(std::string_view text) {
  return drover::join(words_of(text), "_");
}

std::string kebab_case(std::string_view text) {
  return drover::join(words_of(text), "-");
}

std::string camel_case(std::string_view text) {
  std::string out;
  for (const std::string& word : words_of(text)) out += to_title_text(word);
  return out;
}

std::string quote_meta(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

Result<Value> trim_all(Call& call) {
  return call.meter().text(std::string(trim_any(call.text(1), call.text(0), Side::Both)));
}

Result<Value> trim_prefix(Call& call) {
  std::string_view text = call.text(1);
  if (text.starts_with(call.text(0))) text.remove_prefix(call.text(0).size());
  return call.meter().text(std::string(text));
}

Result<Value> trim_suffix(Call& call) {
  std::string_view text = call.text(1);
  if (text.ends_with(call.text(0))) text.remove_suffix(call.text(0).size());
  return call.meter().text(std::string(text));
}

Result<Value> repeat(Call& call) {
  const std::string& text = call.text(1);
  const auto count = static_cast<size_t>(std::max<int64_t>(call.integer(0), 0));
  if (text.empty() || count == 0) return Value("");
  TRY(call.meter().bytes(count > SIZE_MAX / text.size() ? SIZE_MAX : count * text.size()));
  std::string out;
  out.reserve(count * text.size());
  for (size_t i = 0; i < count; ++i) out += text;
  return Value(std::move(out));
}

Result<Value> substr(Call& call) {
  const auto size = static_cast<int64_t>(call.text(2).size());
  const int64_t begin = std::clamp<int64_t>(call.integer(0), 0, size);
  const int64_t end = call.integer(1) < 0 || call.integer(1) > size ? size : std::max(call.integer(1), begin);
  return call.meter().text(call.text(2).substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
}

Result<Value> trunc(Call& call) {
  const std::string& text = call.text(1);
  const int64_t n = call.integer(0);
  const auto size = static_cast<int64_t>(text.size());
  if (n >= 0) return call.meter().text(text.substr(0, static_cast<size_t>(std::min(n, size))));
  return call.meter().text(n <= -size ? text : text.substr(static_cast<size_t>(size + n)));
}

Result<Value> abbrev(Call& call) {
  const std::string& text = call.text(1);
  const int64_t width = call.integer(0);
  if (width < 4 || static_cast<int64_t>(text.size()) <= width) return call.args[1];
  return call.meter().text(text.substr(0, static_cast<size_t>(width - 3)) + "...");
}

Result<Value> contains_text(Call& call) {
  TRY(call.meter().search(call.text(1).size(), call.text(0).size()));
  return Value(call.text(1).find(call.text(0)) != std::string::npos);
}

Result<Value> has_prefix(Call& call) {
  return Value(call.text(1).starts_with(call.text(0)));
}

Result<Value> has_suffix(Call& call) {
  return Value(call.text(1).ends_with(call.text(0)));
}

// Each argument but nil ones, quoted, with spaces between them.
template <bool single>
Result<Value> quoted(Call& call) {
  TextBuilder out(call.meter());
  for (const Value& arg : call.args) {
    if (arg.is_nil()) continue;
    TRY_LET(const std::string text, to_text(arg, call.meter()));
    if (out.size() > 0) out.append(' ');
    out.append(single ? "'" + text + "'" : quote(text));
  }
  return out.value();
}

Result<Value> cat(Call& call) {
  TextBuilder out(call.meter());
  bool first = true;
  for (const Value& arg : call.args) {
    if (arg.is_nil()) continue;
    if (!first) out.append(' ');
    first = false;
    append_value(out, arg);
  }
  return out.value();
}

Result<Value> indent(Call& call) {
  if (call.integer(0) < 0) return bad_call("a negative indentation");
  return indent_lines(call.text(1), call.integer(0), IndentEmptyLines::Yes, call.meter());
}

Result<Value> nindent(Call& call) {
  TRY_LET(const Value text, indent(call));
  return call.meter().text("\n" + text.text());
}

Result<Value> replace(Call& call) {
  return replace_text(call.text(2), call.text(0), call.text(1), call.meter());
}

Result<Value> plural(Call& call) {
  return call.args[call.integer(2) == 1 ? 0 : 1];
}

Result<Value> regex_match(Call& call) {
  TRY_LET(const Regex regex, Regex::compile(call.text(0), call.meter()));
  TRY_LET(const bool found, regex.matches(call.text(1), call.meter()));
  return Value(found);
}

Result<Value> regex_find(Call& call) {
  TRY_LET(const Regex regex, Regex::compile(call.text(0), call.meter()));
  TRY_LET(const auto matches, regex.find_all(call.text(1), call.meter(), 1));
  return matches.empty() ? Value("") : call.meter().text(std::string(matches[0][0]));
}

Result<Value> regex_find_all(Call& call) {
  TRY_LET(const Regex regex, Regex::compile(call.text(0), call.meter()));
  TRY_LET(const auto matches, regex.find_all(call.text(1), call.meter(), call.integer(2)));
  std::vector<std::string> out;
  for (const Regex::Groups& groups : matches) out.emplace_back(groups[0]);
  return call.meter().strings(out);
}

template <Regex::Replacement kind>
Result<Value> regex_replace(Call& call) {
  TRY_LET(const Regex regex, Regex::compile(call.text(0), call.meter()));
  return regex.replace_all(call.text(1), call.text(2), kind, call.meter());
}

Result<Value> regex_split(Call& call) {
  const int64_t limit = call.integer(2);
  TRY_LET(const Regex regex, Regex::compile(call.text(0), call.meter()));
  TRY_LET(const auto matches, regex.find_all(call.text(1), call.meter(), limit));
  std::vector<std::string> out;
  const std::string_view text = call.text(1);
  size_t at = 0;
  for (const Regex::Groups& groups : matches) {
    if (limit > 0 && static_cast<int64_t>(out.size()) == limit - 1) break;
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    if (begin + groups[0].size() == 0) continue;
    out.emplace_back(text.substr(at, begin - at));
    at = begin + groups[0].size();
  }
  if (limit != 0) out.emplace_back(text.substr(at));
  return call.meter().strings(out);
}

Result<Value> base64_encoded(Call& call) {
  return call.meter().text(to_base64(call.text(0), Alphabet::Standard));
}

// Like sprig, what is no base64 gives the problem as its text; unlike sprig, here it is an error.
Result<Value> base64_decoded(Call& call) {
  TRY_LET(std::string bytes, from_base64(call.text(0), Alphabet::Standard));
  return call.meter().text(std::move(bytes));
}

Result<Value> base32_decoded(Call& call) {
  TRY_LET(std::string bytes, from_base32(call.text(0)));
  return call.meter().text(std::move(bytes));
}

template <Digest algorithm>
Result<Value> digest(Call& call) {
  TRY(call.meter().steps(1 + call.text(0).size() / 64));
  TRY_LET(std::string hex, digest_hex(algorithm, call.text(0)));
  return Value(std::move(hex));
}

std::string adler32_text(std::string_view text) {
  return std::to_string(adler32(text));
}

Result<Value> to_string(Call& call) {
  if (call.args[0].is_string()) return call.args[0];
  TRY_LET(std::string text, to_text(call.args[0], call.meter()));
  return Value(std::move(text));
}

Result<Value> to_strings(Call& call) {
  std::vector<std::string> out;
  for (const Value& item : call.args[0].as_list()->items) {
    TRY_LET(std::string text, to_text(item, call.meter()));
    out.push_back(std::move(text));
  }
  return call.meter().strings(out);
}

Result<Value> join(Call& call) {
  if (const List* list = call.args[1].as_list()) return join_items(*list, call.text(0), call.meter());
  TRY_LET(std::string text, to_text(call.args[1], call.meter()));
  return Value(std::move(text));
}

// The parts as a map: _0, _1, …
Result<Value> numbered(std::vector<std::string> parts, Meter& meter) {
  MapItems out;
  for (size_t i = 0; i < parts.size(); ++i) out["_" + std::to_string(i)] = std::move(parts[i]);
  return meter.map(std::move(out));
}

Result<Value> split(Call& call) {
  TRY_LET(auto parts, split_text(call.text(1), call.text(0), call.meter()));
  return numbered(std::move(parts), call.meter());
}

Result<Value> splitn(Call& call) {
  TRY_LET(auto parts, split_text(call.text(2), call.text(0), call.meter(), call.integer(1)));
  return numbered(std::move(parts), call.meter());
}

Result<Value> split_list(Call& call) {
  TRY_LET(const auto parts, split_text(call.text(1), call.text(0), call.meter()));
  return call.meter().strings(parts);
}

Result<Value> sort_alpha(Call& call) {
  const List* list = call.args[0].as_list();
  std::vector<std::string> out;
  if (list == nullptr) {
    TRY_LET(std::string text, to_text(call.args[0], call.meter()));
    return call.meter().strings({std::move(text)});
  }
  for (const Value& item : list->items) {
    TRY_LET(std::string text, to_text(item, call.meter()));
    out.push_back(std::move(text));
  }
  TRY(call.meter().steps(out.size() * 8));
  std::ranges::sort(out);
  return call.meter().strings(out);
}

Result<Value> is_absolute(Call& call) {
  return Value(call.text(0).starts_with('/'));
}

constexpr std::array kFunctions = std::to_array<Function>({
    {"sprig_abbrev", "is", abbrev},
    {"sprig_adler32sum", "s", changed<adler32_text>},
    {"sprig_b32dec", "s", base32_decoded},
    {"sprig_b32enc", "s", changed<to_base32>},
    {"sprig_b64dec", "s", base64_decoded},
    {"sprig_b64enc", "s", base64_encoded},
    {"sprig_base", "s", changed<path_base>},
    {"sprig_camelcase", "s", changed<camel_case>},
    {"sprig_cat", "a*", cat},
    {"sprig_clean", "s", changed<path_clean>},
    {"sprig_contains", "ss", contains_text},
    {"sprig_dir", "s", changed<path_dir>},
    {"sprig_ext", "s", changed<path_ext>},
    {"sprig_hasPrefix", "ss", has_prefix},
    {"sprig_hasSuffix", "ss", has_suffix},
    {"sprig_indent", "is", indent},
    {"sprig_initials", "s", changed<initials_of>},
    {"sprig_isAbs", "s", is_absolute},
    {"sprig_join", "sa", join},
    {"sprig_kebabcase", "s", changed<kebab_case>},
    {"sprig_lower", "s", changed<to_lower_text>},
    {"sprig_nindent", "is", nindent},
    {"sprig_nospace", "s", changed<without_space>},
    {"sprig_plural", "ssi", plural},
    {"sprig_quote", "a*", quoted<false>},
    {"sprig_regexFind", "ss", regex_find},
    {"sprig_regexFindAll", "ssi", regex_find_all},
    {"sprig_regexMatch", "ss", regex_match},
    {"sprig_regexQuoteMeta", "s", changed<quote_meta>},
    {"sprig_regexReplaceAll", "sss", regex_replace<Regex::Replacement::Template>},
    {"sprig_regexReplaceAllLiteral", "sss", regex_replace<Regex::Replacement::Literal>},
    {"sprig_regexSplit", "ssi", regex_split},
    {"sprig_repeat", "is", repeat},
    {"sprig_replace", "sss", replace},
    {"sprig_sha1sum", "s", digest<Digest::Sha1>},
    {"sprig_sha256sum", "s", digest<Digest::Sha256>},
    {"sprig_sha512sum", "s", digest<Digest::Sha512>},
    {"sprig_snakecase", "s", changed<snake_case>},
    {"sprig_sortAlpha", "a", sort_alpha},
    {"sprig_split", "ss", split},
    {"sprig_splitList", "ss", split_list},
    {"sprig_splitn", "sis", splitn},
    {"sprig_squote", "a*", quoted<true>},
    {"sprig_substr", "iis", substr},
    {"sprig_swapcase", "s", changed<swap_case>},
    {"sprig_title", "s", changed<to_title_text>},
    {"sprig_toString", "a", to_string},
    {"sprig_toStrings", "l", to_strings},
    {"sprig_trim", "s", changed<trimmed>},
    {"sprig_trimAll", "ss", trim_all},
    {"sprig_trimPrefix", "ss", trim_prefix},
    {"sprig_trimSuffix", "ss", trim_suffix},
    {"sprig_trunc", "is", trunc},
    {"sprig_untitle", "s", changed<untitled>},
    {"sprig_upper", "s", changed<to_upper_text>},
});

}  // namespace

std::span<const Function> sprig_text_functions() {
  return kFunctions;
}

}  // namespace drover::gotmpl
