#include "model/version.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace drover::model {
namespace {

constexpr size_t kMaxVersionLength = 200;
constexpr size_t kMaxConstraintLength = 4096;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '~';
}
bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_digit(c) || is_word_start(c); });
}
bool is_identifier_list(std::string_view text) {
  return std::ranges::all_of(split(text, '.'), is_identifier);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

int sign(int difference) {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

int compare_numbers(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return sign(a.compare(b));
}

int compare_identifiers(std::string_view a, std::string_view b) {
  const bool x = is_number(a), y = is_number(b);
  if (x && y) return compare_numbers(a, b);
  if (x != y) return x ? -1 : 1;  // numbers rank below words
  return sign(a.compare(b));
}

int compare_prereleases(const std::string& a, const std::string& b, VersionScheme scheme) {
  if (a.empty() || b.empty()) return a.empty() ? (b.empty() ? 0 : 1) : -1;
  const auto x = split(a, '.'), y = split(b, '.');
  const size_t common = std::min(x.size(), y.size());
  for (size_t i = 0; i < common; ++i) {
    if (const int order = compare_identifiers(x[i], y[i])) return order;
  }
  if (x.size() == y.size()) return 0;
  const int longer = x.size() > y.size() ? 1 : -1;
  const std::string& next = x.size() > y.size() ? x[common] : y[common];
  return scheme == VersionScheme::Loose && !is_number(next) ? -longer : longer;
}

int64_t segment(const Version& version, size_t i) {
  return i < version.segments.size() ? version.segments[i] : 0;
}

int compare_segments(const Version& a, const Version& b) {
  for (size_t i = 0; i < std::max(a.segments.size(), b.segments.size()); ++i) {
    if (segment(a, i) != segment(b, i)) return segment(a, i) < segment(b, i) ? -1 : 1;
  }
  return 0;
}

// Whether a version may match an ordering constraint at all, as far as prereleases are concerned.
bool prerelease_allows(const Version& version, const Version& constraint) {
  if (version.prerelease.empty()) return true;
  return !constraint.prerelease.empty() && version.segments == constraint.segments;
}

// "~> 1.4.2" is >= 1.4.2 and < 1.5: everything before the last written segment has to be equal. With a prerelease it
// matches prereleases only.
bool matches_pessimistic(const Version& version, const Version& constraint) {
  if (!constraint.prerelease.empty() && version.prerelease.empty()) return false;
  if (compare(version, constraint) < 0 || constraint.segments.size() > version.segments.size()) return false;
  const auto fixed = static_cast<std::ptrdiff_t>(constraint.given) - 1;
  return std::equal(constraint.segments.begin(), constraint.segments.begin() + fixed, version.segments.begin());
}

// The end of the dotted numbers at the start of the text; 0 if there are none.
size_t numbers_end(std::string_view text) {
  size_t end = 0;
  for (size_t at = 0;; at = end + 1) {
    size_t digits = at;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits == at) return end;
    end = digits;
    if (end == text.size() || text[end] != '.') return end;
  }
}

// The prerelease in what follows the numbers: "-5", "-beta.1", and in loose versions "rc2" and "-".
std::string_view prerelease_in(std::string_view text, VersionScheme scheme) {
  if (text.size() > 1 && text[0] == '-' && (is_digit(text[1]) || is_word_start(text[1]))) return text.substr(1);
  return scheme == VersionScheme::Loose && !text.empty() && is_word_start(text[0]) ? text : "";
}

}  // namespace

Result<Version> Version::parse(std::string_view text, VersionScheme scheme) {
  const auto invalid = [&] {
    return err(ErrorCode::InvalidArgument, "\"{}\" is not a version such as 1.2.3 or 1.2.0-beta.1",
               printable(text, 60));
  };
  if (text.size() > kMaxVersionLength) return invalid();
  Version version;
  std::string_view rest = text;
  if (rest.starts_with('v')) rest.remove_prefix(1);
  if (const size_t plus = rest.find('+'); plus != std::string_view::npos) {
    version.metadata = rest.substr(plus + 1);
    rest = rest.substr(0, plus);
    if (!is_identifier_list(version.metadata)) return invalid();
  }
  const size_t end = numbers_end(rest);
  for (const std::string& part : split(rest.substr(0, end), '.')) {
    const auto number = parse_uint(part);
    if (!number || *number > INT64_MAX) return invalid();
    version.segments.push_back(static_cast<int64_t>(*number));
  }
  rest = rest.substr(end);
  version.prerelease = prerelease_in(rest, scheme);
  if (!rest.empty() && !is_identifier_list(version.prerelease)) return invalid();
  version.given = version.segments.size();
  while (version.segments.size() < 3) version.segments.push_back(0);
  return version;
}

int compare(const Version& a, const Version& b, VersionScheme scheme) {
  const int order = compare_segments(a, b);
  return order != 0 ? order : compare_prereleases(a.prerelease, b.prerelease, scheme);
}

Result<VersionConstraint::Term> VersionConstraint::parse_term(std::string_view text, VersionScheme scheme) {
  struct Spelling {
    std::string_view text;
    Op op;
  };
  // Longest first, so that ">=" is not read as ">".
  constexpr std::array<Spelling, 7> kOperators = {{{">=", Op::GreaterEqual},
                                                   {"<=", Op::LessEqual},
                                                   {"!=", Op::NotEqual},
                                                   {"~>", Op::Pessimistic},
                                                   {"=", Op::Equal},
                                                   {">", Op::Greater},
                                                   {"<", Op::Less}}};
  Term term;
  text = trim(text);
  if (text.empty()) return err(ErrorCode::InvalidArgument, "there is nothing between two commas, or beside one");
  for (const Spelling& spelling : kOperators) {
    if (!text.starts_with(spelling.text)) continue;
    term.op = spelling.op;
    text = trim(text.substr(spelling.text.size()));
    break;
  }
  if (!text.empty() && std::string_view("=<>!~^|").find(text.front()) != std::string_view::npos) {
    return err(ErrorCode::InvalidArgument, "the operators are =, !=, >, <, >=, <= and ~>, and a comma for \"and\"");
  }
  if (term.op == Op::Pessimistic && scheme == VersionScheme::Semver) {
    return err(ErrorCode::InvalidArgument, "semver has no operator ~>; use the operator version, or >= and <");
  }
  TRY_LET(term.version, Version::parse(text, scheme));
  return term;
}

Result<VersionConstraint> VersionConstraint::parse(std::string_view text, VersionScheme scheme) {
  if (text.size() > kMaxConstraintLength) {
    return err(ErrorCode::InvalidArgument, "the version constraint is {} bytes long, at most {} are allowed",
               text.size(), kMaxConstraintLength);
  }
  VersionConstraint constraint;
  constraint.scheme_ = scheme;
  for (const std::string& part : split(text, ',')) {
    auto term = parse_term(part, scheme);
    if (!term) {
      return err(ErrorCode::InvalidArgument, "\"{}\" is not a version constraint: {}", printable(text, 100),
                 term.error().message());
    }
    constraint.terms_.push_back(std::move(*term));
  }
  return constraint;
}

bool VersionConstraint::matches(const Version& version) const {
  return std::ranges::all_of(terms_, [&](const Term& term) { return matches(term, version); });
}

bool VersionConstraint::matches(std::string_view version) const {
  const auto parsed = Version::parse(version, scheme_);
  return parsed && matches(*parsed);
}

bool VersionConstraint::matches(const Term& term, const Version& version) const {
  const int order = compare(version, term.version, scheme_);
  if (term.op == Op::Equal) return order == 0;
  if (term.op == Op::NotEqual) return order != 0;
  if (scheme_ == VersionScheme::Loose && !prerelease_allows(version, term.version)) return false;
  switch (term.op) {
    case Op::Greater:
      return order > 0;
    case Op::Less:
      return order < 0;
    case Op::GreaterEqual:
      return order >= 0;
    case Op::LessEqual:
      return order <= 0;
    case Op::Pessimistic:
      return matches_pessimistic(version, term.version);
    case Op::Equal:
    case Op::NotEqual:
      break;
  }
  return false;
}

}  // namespace drover::model
