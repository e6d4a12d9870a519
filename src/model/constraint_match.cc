#include "model/constraint_match.h"

#include <algorithm>
#include <array>

#include <re2/re2.h>

#include "base/strings.h"

namespace drover::model {
namespace {

constexpr size_t kMaxRegexpLength = 4096;
constexpr int64_t kMaxRegexpMemory = int64_t{1} << 20;
constexpr size_t kMaxCached = 64;

constexpr std::array<std::string_view, 19> kNames = {"=",
                                                     "==",
                                                     "is",
                                                     "!=",
                                                     "not",
                                                     "<",
                                                     "<=",
                                                     ">",
                                                     ">=",
                                                     "regexp",
                                                     "version",
                                                     "semver",
                                                     "set_contains",
                                                     "set_contains_all",
                                                     "set_contains_any",
                                                     "is_set",
                                                     "is_not_set",
                                                     "distinct_hosts",
                                                     "distinct_property"};
constexpr std::array<Operator, 19> kOperators = {
    Operator::Equal,          Operator::Equal,          Operator::Equal,           Operator::NotEqual,
    Operator::NotEqual,       Operator::Less,           Operator::LessEqual,       Operator::Greater,
    Operator::GreaterEqual,   Operator::Regexp,         Operator::Version,         Operator::Semver,
    Operator::SetContainsAll, Operator::SetContainsAll, Operator::SetContainsAny,  Operator::IsSet,
    Operator::IsNotSet,       Operator::DistinctHosts,  Operator::DistinctProperty};

// The entry of `key`, made by `make` if there is none; a cache that is full starts anew.
template <class Map, class Make>
const typename Map::mapped_type& remember(Map& map, std::string_view key, const Make& make) {
  const auto found = map.find(key);
  if (found != map.end()) return found->second;
  if (map.size() >= kMaxCached) map.clear();
  return map.emplace(std::string(key), make()).first->second;
}

// Sorted, trimmed, each once.
std::vector<std::string_view> as_set(const std::vector<std::string>& items) {
  std::vector<std::string_view> set;
  for (const std::string& item : items) set.push_back(trim(item));
  std::ranges::sort(set);
  const auto twice = std::ranges::unique(set);
  set.erase(twice.begin(), twice.end());
  return set;
}

bool set_matches(Operator op, std::string_view have, std::string_view want) {
  const auto have_items = split(have, ','), want_items = split(want, ',');
  const auto set = as_set(have_items), wanted = as_set(want_items);
  if (op == Operator::SetContainsAll) return std::ranges::includes(set, wanted);
  return std::ranges::any_of(wanted, [&](std::string_view item) { return std::ranges::binary_search(set, item); });
}

Result<std::unique_ptr<const re2::RE2>> compile_regexp(std::string_view pattern) {
  if (pattern.size() > kMaxRegexpLength) {
    return err(ErrorCode::InvalidArgument, "the regular expression is {} bytes long, at most {} are allowed",
               pattern.size(), kMaxRegexpLength);
  }
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kMaxRegexpMemory);
  auto compiled = std::make_unique<const RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is no regular expression: {}", printable(pattern, 80),
               printable(compiled->error(), 120));
  }
  return compiled;
}

}  // namespace

std::optional<Operator> find_operator(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return kOperators[static_cast<size_t>(found - kNames.begin())];
}

std::span<const std::string_view> operator_names() {
  return kNames;
}

Status check_regexp(std::string_view pattern) {
  TRY(compile_regexp(pattern));
  return Ok{};
}

MatchCache::MatchCache() = default;
MatchCache::~MatchCache() = default;
MatchCache::MatchCache(MatchCache&&) noexcept = default;
MatchCache& MatchCache::operator=(MatchCache&&) noexcept = default;

bool MatchCache::regexp_matches(std::string_view pattern, std::string_view text) {
  const auto& regexp = remember(regexps_, pattern, [&] {
    auto compiled = compile_regexp(pattern);
    return compiled ? std::move(*compiled) : nullptr;
  });
  return regexp && RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regexp);
}

bool MatchCache::versions_match(std::string_view list, VersionScheme scheme, std::string_view version) {
  const auto& constraint =
      remember(scheme == VersionScheme::Loose ? loose_ : semver_, list, [&]() -> std::optional<VersionConstraint> {
        auto parsed = VersionConstraint::parse(list, scheme);
        if (!parsed) return std::nullopt;
        return std::move(*parsed);
      });
  return constraint && constraint->matches(version);
}

bool matches(Operator op, std::optional<std::string_view> left, std::optional<std::string_view> right,
             MatchCache& cache) {
  switch (op) {
    case Operator::IsSet:
      return left.has_value();
    case Operator::IsNotSet:
      return !left.has_value();
    case Operator::NotEqual:
      return left != right;
    case Operator::DistinctHosts:
    case Operator::DistinctProperty:
      return true;
    default:
      break;
  }
  if (!left || !right) return false;
  switch (op) {
    case Operator::Equal:
      return *left == *right;
    case Operator::Less:
      return *left < *right;
    case Operator::LessEqual:
      return *left <= *right;
    case Operator::Greater:
      return *left > *right;
    case Operator::GreaterEqual:
      return *left >= *right;
    case Operator::SetContainsAll:
    case Operator::SetContainsAny:
      return set_matches(op, *left, *right);
    case Operator::Version:
      return cache.versions_match(*right, VersionScheme::Loose, *left);
    case Operator::Semver:
      return cache.versions_match(*right, VersionScheme::Semver, *left);
    case Operator::Regexp:
      return cache.regexp_matches(*right, *left);
    default:
      return false;
  }
}

}  // namespace drover::model
