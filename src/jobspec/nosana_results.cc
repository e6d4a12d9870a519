#include "jobspec/nosana_results.h"

#include <algorithm>
#include <array>
#include <memory>

#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/nosana_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr size_t kMaxPattern = 4096;
constexpr uint32_t kMaxSteps = 200'000;
constexpr uint32_t kMaxHeapKb = 20'000;
constexpr size_t kMaxMatches = 10'000;
constexpr uint32_t kOptions = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_ALT_BSUX | PCRE2_MATCH_UNSET_BACKREF |
                              PCRE2_ALLOW_EMPTY_CLASS | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;

struct PcreDelete {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};
template <class T>
using Pcre = std::unique_ptr<T, PcreDelete>;

// One compiled pattern.
class Regex {
 public:
  static Result<Regex> compile(const std::string& regex) {
    const std::string source = regex == "*" ? "/*" : regex;
    const auto fail = [&](std::string_view why) {
      return err(ErrorCode::InvalidArgument, "SyntaxError: Invalid regular expression: /{}/: {}",
                 printable(source, kMaxPattern), why);
    };
    if (source.size() > kMaxPattern) return fail("the pattern is too long");
    auto translated = to_pcre(source);
    if (!translated) return fail(translated.error().message());
    const Pcre<pcre2_compile_context> context(pcre2_compile_context_create(nullptr));
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
    int code = 0;
    size_t offset = 0;
    Regex out;
    out.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated->data()), translated->size(), kOptions, &code,
                                  &offset, context.get()));
    if (!out.code_) return fail(error_text(code));
    out.data_.reset(pcre2_match_data_create_from_pattern(out.code_.get(), nullptr));
    out.context_.reset(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(out.context_.get(), kMaxSteps);
    pcre2_set_heap_limit(out.context_.get(), kMaxHeapKb);
    return out;
  }

  // The first match and its groups; empty if there is none.
  Result<Value::Array> match(std::string_view text) {
    const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
                                  data_.get(), context_.get());
    if (found == PCRE2_ERROR_NOMATCH) return Value::Array();
    if (found < 0) return err(ErrorCode::ResourceExhausted, "Error: {}", error_text(found));
    const size_t* offsets = pcre2_get_ovector_pointer(data_.get());
    const uint32_t count = pcre2_get_ovector_count(data_.get());
    Value::Array out;
    for (uint32_t i = 0; i < count; ++i) {
      const size_t start = offsets[size_t{2} * i];
      const size_t end = offsets[size_t{2} * i + 1];
      const bool unset = start == PCRE2_UNSET || start > end;
      out.push_back(unset ? Value() : Value(text.substr(start, end - start)));
    }
    return out;
  }

 private:
  static std::string error_text(int code) {
    std::array<unsigned char, 256> buffer{};
    pcre2_get_error_message(code, buffer.data(), buffer.size());
    return reinterpret_cast<const char*>(buffer.data());
  }

  Pcre<pcre2_code> code_;
  Pcre<pcre2_match_data> data_;
  Pcre<pcre2_match_context> context_;
};

Result<Value> extract(const ResultPattern& pattern, const std::vector<OutputLine>& lines) {
  TRY_LET(Regex regex, Regex::compile(pattern.regex));
  Value::Array out;
  for (const OutputLine& line : lines) {
    const bool wanted =
        pattern.streams.empty() || std::ranges::find(pattern.streams, line.stream) != pattern.streams.end();
    if (!wanted) continue;
    TRY_LET(const Value::Array found, regex.match(line.text));
    out.insert(out.end(), found.begin(), found.end());
    if (out.size() > kMaxMatches) return err(ErrorCode::ResourceExhausted, "Error: more than {} matches", kMaxMatches);
  }
  return Value(std::move(out));
}

}  // namespace

Value extract_results(const std::vector<ResultPattern>& patterns, const std::vector<OutputLine>& lines) {
  Value out = Value::Object{};
  for (const ResultPattern& pattern : patterns) {
    auto value = extract(pattern, lines);
    out.set(pattern.name, value ? std::move(*value) : Value(value.error().message()));
  }
  return out;
}

codec::Value results_in(const model::TaskState& state) {
  codec::Value out;
  for (const model::TaskEvent& event : state.events) {
    if (event.type.str() != kResultsEvent || event.details.empty()) continue;
    out = codec::Value::Object{};
    for (const auto& [name, text] : event.details.get()) {
      auto value = codec::parse_json(text);
      out.set(name, value ? std::move(*value) : codec::Value(text));
    }
  }
  return out;
}

Status check_result_pattern(const std::string& regex) {
  TRY(Regex::compile(regex));
  return Ok{};
}

}  // namespace drover::jobspec
