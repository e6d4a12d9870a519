#include "gotmpl/regex.h"

#include <algorithm>
#include <optional>

#include <re2/re2.h>

#include "base/strings.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {
namespace {

constexpr size_t kMaxPattern = 10'000;
constexpr int64_t kMaxMemory = 1 << 20;
constexpr uint64_t kStepsToCompile = 50;
// In the worst case a match takes the product of the sizes of the text and of the compiled expression.
constexpr uint64_t kWorkAStep = 256;
// What a match looks at beyond its end, at times all the rest of the text.
constexpr size_t kLookaheadAStep = 2048;

bool is_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

struct Regex::Program {
  re2::RE2 expression;
};

Regex::Regex(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(const std::string& pattern, Meter& meter) {
  if (pattern.size() > kMaxPattern) {
    return err(ErrorCode::InvalidArgument, "a regular expression of more than {} bytes", kMaxPattern);
  }
  TRY(meter.steps(kStepsToCompile + pattern.size()));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto program = std::unique_ptr<Program>(new Program{re2::RE2(pattern, options)});
  if (!program->expression.ok()) {
    return err(ErrorCode::InvalidArgument, "error parsing regexp: {}", program->expression.error());
  }
  return Regex(std::move(program));
}

uint64_t Regex::program_size() const {
  return static_cast<uint64_t>(std::max(1, program_->expression.ProgramSize()));
}

Result<bool> Regex::matches(std::string_view text, Meter& meter) const {
  TRY(meter.steps(1 + text.size() * program_size() / kWorkAStep));
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), program_->expression);
}

Result<std::vector<Regex::Groups>> Regex::find_all(std::string_view text, Meter& meter, int64_t limit) const {
  const re2::RE2& expression = program_->expression;
  const int count = 1 + expression.NumberOfCapturingGroups();
  const re2::StringPiece subject(text.data(), text.size());
  std::vector<re2::StringPiece> found(static_cast<size_t>(count));
  std::vector<Groups> out;
  TRY(meter.steps(text.size() * program_size() / kWorkAStep));
  size_t at = 0;
  size_t last_end = std::string_view::npos;
  while (at <= text.size() && (limit < 0 || static_cast<int64_t>(out.size()) < limit)) {
    TRY(meter.steps(1 + static_cast<uint64_t>(count) + (text.size() - at) / kLookaheadAStep));
    if (!expression.Match(subject, at, text.size(), re2::RE2::UNANCHORED, found.data(), count)) break;
    const size_t begin = static_cast<size_t>(found[0].data() - text.data());
    const size_t end = begin + found[0].size();
    if (end > begin || begin != last_end) {
      TRY(meter.bytes(sizeof(std::string_view) * found.size()));
      Groups& groups = out.emplace_back();
      for (const re2::StringPiece& piece : found) groups.emplace_back(piece.data(), piece.size());
    }
    last_end = end;
    at = end > begin ? end : begin < text.size() ? begin + decode_rune(text.substr(begin)).size : begin + 1;
  }
  return out;
}

// $name takes the longest name there is, as in Go: $1x is ${1x}.
void Regex::expand(TextBuilder& out, std::string_view with, const Groups& groups) const {
  while (!with.empty()) {
    const size_t dollar = std::min(with.find('$'), with.size());
    out.append(with.substr(0, dollar));
    with.remove_prefix(dollar);
    if (with.empty()) return;
    if (with.starts_with("$$")) {
      out.append('$');
      with.remove_prefix(2);
      continue;
    }
    const bool braces = with.starts_with("${");
    size_t end = braces ? 2 : 1;
    while (end < with.size() && is_name(with[end])) ++end;
    const std::string_view name = with.substr(braces ? 2 : 1, end - (braces ? 2 : 1));
    if (name.empty() || (braces && (end >= with.size() || with[end] != '}'))) {
      out.append('$');
      with.remove_prefix(1);
      continue;
    }
    with.remove_prefix(end + (braces ? 1 : 0));
    std::optional<uint64_t> index = parse_uint(name);
    const auto& named = program_->expression.NamedCapturingGroups();
    if (const auto found = named.find(std::string(name)); !index && found != named.end()) index = found->second;
    if (index && *index < groups.size()) out.append(groups[*index]);
  }
}

Result<Value> Regex::replace_all(std::string_view text, std::string_view with, Replacement kind, Meter& meter) const {
  TRY_LET(const std::vector<Groups> matches, find_all(text, meter));
  TextBuilder out(meter);
  size_t at = 0;
  for (const Groups& groups : matches) {
    if (out.full()) break;
    const size_t begin = static_cast<size_t>(groups[0].data() - text.data());
    out.append(text.substr(at, begin - at));
    if (kind == Replacement::Literal) {
      out.append(with);
    } else {
      expand(out, with, groups);
    }
    at = begin + groups[0].size();
  }
  out.append(text.substr(at));
  return out.value();
}

}  // namespace drover::gotmpl
