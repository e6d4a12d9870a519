#include <array>

#include "base/strings.h"
#include "gotmpl/functions.h"
#include "gotmpl/hashes.h"
#include "gotmpl/regex.h"
#include "gotmpl/text_tools.h"
#include "gotmpl/unicode.h"

// consul-template's functions on texts.
namespace drover::gotmpl {
namespace {

template <Alphabet alphabet>
Result<Value> encode(Call& call) {
  return call.meter().text(to_base64(call.text(0), alphabet));
}

template <Alphabet alphabet>
Result<Value> decode(Call& call) {
  TRY_LET(std::string bytes, from_base64(call.text(0), alphabet));
  return call.meter().text(std::move(bytes));
}

template <Digest algorithm>
Result<Value> digest(Call& call) {
  TRY(call.meter().steps(1 + call.text(0).size() / 64));
  TRY_LET(std::string hex, digest_hex(algorithm, call.text(0)));
  return Value(std::move(hex));
}

Result<Value> hmac_sha256(Call& call) {
  TRY(call.meter().steps(1 + call.text(0).size() / 64));
  TRY_LET(std::string hex, hmac_sha256_hex(call.text(1), call.text(0)));
  return Value(std::move(hex));
}

Result<Value> indent(Call& call) {
  if (call.integer(0) < 0) return bad_call("indent value must be a positive integer");
  return indent_lines(call.text(1), call.integer(0), IndentEmptyLines::No, call.meter());
}

Result<Value> join(Call& call) {
  return join_items(*call.args[1].as_list(), call.text(0), call.meter());
}

Result<Value> trim(Call& call) {
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

Result<Value> trim_white_space(Call& call) {
  return call.meter().text(std::string(trim_space(call.text(0))));
}

Result<Value> replace(Call& call) {
  return replace_text(call.text(2), call.text(0), call.text(1), call.meter());
}

Result<Value> regex_match(Call& call) {
  TRY_LET(const Regex regex, Regex::compile(call.text(0), call.meter()));
  TRY_LET(const bool found, regex.matches(call.text(1), call.meter()));
  return Value(found);
}

Result<Value> regex_replace(Call& call) {
  TRY_LET(const Regex regex, Regex::compile(call.text(0), call.meter()));
  return regex.replace_all(call.text(2), call.text(1), Regex::Replacement::Template, call.meter());
}

Result<Value> split(Call& call) {
  const std::string_view text = trim_space(call.text(1));
  if (text.empty()) return Value::strings({});
  TRY_LET(const auto parts, split_text(text, call.text(0), call.meter()));
  return call.meter().strings(parts);
}

Result<Value> split_to_map(Call& call) {
  MapItems out;
  TRY_LET(const auto parts, split_text(trim_space(call.text(2)), call.text(0), call.meter()));
  for (const std::string& part : parts) {
    const size_t at = part.find(call.text(1));
    if (at != std::string::npos) out[part.substr(0, at)] = part.substr(at + call.text(1).size());
  }
  TRY(call.meter().bytes(call.text(2).size()));
  return Value::string_map(std::move(out));
}

template <std::string (*change)(std::string_view)>
Result<Value> changed(Call& call) {
  TRY(call.meter().steps(1 + call.text(0).size() / 16));
  return call.meter().text(change(call.text(0)));
}

Result<Value> execute_template(Call& call) {
  if (call.args.size() > 2) {
    return bad_call("executeTemplate: wrong number of arguments, expected 1 or 2, but got {}", call.args.size());
  }
  TRY_LET(std::string text, call.context.execute(call.text(0), call.args.size() > 1 ? call.args[1] : Value()));
  return Value(std::move(text));
}

constexpr std::array kFunctions = std::to_array<Function>({
    {"base64Decode", "s", decode<Alphabet::Standard>},
    {"base64Encode", "s", encode<Alphabet::Standard>},
    {"base64URLDecode", "s", decode<Alphabet::Url>},
    {"base64URLEncode", "s", encode<Alphabet::Url>},
    {"executeTemplate", "sa*", execute_template},
    {"hmacSHA256Hex", "ss", hmac_sha256},
    {"indent", "is", indent},
    {"join", "sl", join},
    {"md5sum", "s", digest<Digest::Md5>},
    {"regexMatch", "ss", regex_match},
    {"regexReplaceAll", "sss", regex_replace},
    {"replaceAll", "sss", replace},
    {"sha256Hex", "s", digest<Digest::Sha256>},
    {"split", "ss", split},
    {"splitToMap", "sss", split_to_map},
    {"toLower", "s", changed<to_lower_text>},
    {"toTitle", "s", changed<to_title_text>},
    {"toUpper", "s", changed<to_upper_text>},
    {"trim", "ss", trim},
    {"trimPrefix", "ss", trim_prefix},
    {"trimSpace", "s", trim_white_space},
    {"trimSuffix", "ss", trim_suffix},
});

}  // namespace

std::span<const Function> text_functions() {
  return kFunctions;
}

}  // namespace drover::gotmpl
