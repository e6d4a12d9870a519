#include "model/version.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::model {
namespace {

// Longest first, so that ">=" is not read as ">".
constexpr std::string_view kOperators[] = {">=", "<=", "!=", "~>", "=", ">", "<"};

bool is_identifier_list(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '~';
  });
}

int sign(int64_t difference) {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

int compare_identifier(const std::string& a, const std::string& b) {
  const auto x = parse_uint(a), y = parse_uint(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  if (x || y) return x ? -1 : 1;  // numbers rank below words
  return sign(a.compare(b));
}

int compare_prerelease(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.empty() ? (b.empty() ? 0 : 1) : -1;
  const auto x = split(a, '.'), y = split(b, '.');
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (const int order = compare_identifier(x[i], y[i])) return order;
  }
  return sign(static_cast<int64_t>(x.size()) - static_cast<int64_t>(y.size()));
}

int compare_segments(const Version& a, const Version& b) {
  for (size_t i = 0; i < std::max(a.segments.size(), b.segments.size()); ++i) {
    const int64_t x = i < a.segments.size() ? a.segments[i] : 0;
    const int64_t y = i < b.segments.size() ? b.segments[i] : 0;
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

// Whether a version may match an ordering constraint at all, as far as prereleases are concerned.
bool prerelease_allows(const Version& version, const Version& constraint) {
  if (version.prerelease.empty()) return true;
  return !constraint.prerelease.empty() && compare_segments(version, constraint) == 0;
}

// "~> 1.4.2" is >= 1.4.2 and < 1.5: everything before the last written segment has to be equal.
bool matches_pessimistic(const Version& version, const Version& constraint) {
  if (compare(version, constraint) < 0) return false;
  const size_t fixed = constraint.given > 1 ? constraint.given - 1 : 1;
  for (size_t i = 0; i < fixed; ++i) {
    const int64_t have = i < version.segments.size() ? version.segments[i] : 0;
    if (constraint.given > 1 && have != constraint.segments[i]) return false;
  }
  return true;
}

}  // namespace

Result<Version> Version::parse(std::string_view text) {
  const auto invalid = [&] { return err(ErrorCode::InvalidArgument, "\"{}\" is not a version", printable(text, 60)); };
  std::string_view rest = trim(text);
  if (rest.empty() || rest.size() > 200) return invalid();
  if (rest.front() == 'v') rest.remove_prefix(1);
  Version version;
  if (const size_t plus = rest.find('+'); plus != std::string_view::npos) {
    version.metadata = rest.substr(plus + 1);
    rest = rest.substr(0, plus);
    if (!is_identifier_list(version.metadata)) return invalid();
  }
  if (const size_t dash = rest.find('-'); dash != std::string_view::npos) {
    version.prerelease = rest.substr(dash + 1);
    rest = rest.substr(0, dash);
    if (!is_identifier_list(version.prerelease)) return invalid();
  }
  for (const std::string& part : split(rest, '.')) {
    const auto number = parse_uint(part);
    if (!number || *number > INT64_MAX) return invalid();
    version.segments.push_back(static_cast<int64_t>(*number));
  }
  version.given = version.segments.size();
  while (version.segments.size() < 3) version.segments.push_back(0);
  return version;
}

Result<Version> Version::parse_semver(std::string_view text) {
  TRY_LET(Version version, parse(text));
  if (version.given != 3 || trim(text).front() == 'v') {
    return err(ErrorCode::InvalidArgument, "\"{}\" is not a semantic version (major.minor.patch)", printable(text, 60));
  }
  return version;
}

int compare(const Version& a, const Version& b) {
  const int order = compare_segments(a, b);
  return order != 0 ? order : compare_prerelease(a.prerelease, b.prerelease);
}

Result<VersionConstraint> VersionConstraint::parse(std::string_view text, VersionScheme scheme) {
  VersionConstraint constraint;
  constraint.scheme_ = scheme;
  for (const std::string& part : split(text, ',')) {
    std::string_view rest = trim(part);
    Term term{.op = "=", .version = {}};
    for (const std::string_view op : kOperators) {
      if (rest.starts_with(op)) {
        term.op = op;
        rest = trim(rest.substr(op.size()));
        break;
      }
    }
    auto version = Version::parse(rest);
    if (!version) {
      return err(ErrorCode::InvalidArgument, "\"{}\" is not a version constraint: {}", printable(text, 100),
                 version.error().message());
    }
    term.version = std::move(*version);
    constraint.terms_.push_back(std::move(term));
  }
  return constraint;
}

bool VersionConstraint::matches(const Version& version) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) { return matches(term, version); });
}

bool VersionConstraint::matches(const Term& term, const Version& version) const {
  const int order = compare(version, term.version);
  if (term.op == "=") return order == 0;
  if (term.op == "!=") return order != 0;
  if (scheme_ == VersionScheme::Loose && !prerelease_allows(version, term.version)) return false;
  if (term.op == "~>") return matches_pessimistic(version, term.version);
  if (term.op == ">=") return order >= 0;
  if (term.op == "<=") return order <= 0;
  return term.op == ">" ? order > 0 : order < 0;
}

}  // namespace drover::model
