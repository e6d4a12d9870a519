#pragma once

#include "base/result.h"
#include "model/version.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

// The operators of constraints and affinities (facts 1.7): the only implementation.
namespace drover::model {

enum class Operator : uint8_t {
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Regexp,
  Version,
  Semver,
  SetContainsAll,
  SetContainsAny,
  IsSet,
  IsNotSet,
  DistinctHosts,
  DistinctProperty,
};

// "=", "==" and "is" are Equal, "set_contains" is SetContainsAll, …
std::optional<Operator> find_operator(std::string_view name);
// All spellings, for messages.
std::span<const std::string_view> operator_names();

constexpr bool is_ordering(Operator op) {
  return op == Operator::Less || op == Operator::LessEqual || op == Operator::Greater || op == Operator::GreaterEqual;
}

// Whether it is a regular expression (RE2's) within the budget of size and memory. Matching one takes linear time.
Status check_regexp(std::string_view pattern);

// Compiled right sides, so that one constraint is compiled once for many nodes. Small and bounded. Not thread-safe.
class MatchCache {
 public:
  MatchCache();
  ~MatchCache();
  MatchCache(MatchCache&&) noexcept;
  MatchCache& operator=(MatchCache&&) noexcept;

  // A right side that does not compile matches nothing.
  bool regexp_matches(std::string_view pattern, std::string_view text);
  bool versions_match(std::string_view list, VersionScheme scheme, std::string_view version);

 private:
  std::map<std::string, std::unique_ptr<const re2::RE2>, std::less<>> regexps_;
  std::map<std::string, std::optional<VersionConstraint>, std::less<>> loose_;
  std::map<std::string, std::optional<VersionConstraint>, std::less<>> semver_;
};

// A side that does not exist (an attribute that the node does not have) matches nothing but IsNotSet, and NotEqual to
// one that does (as in Nomad 1.1). Orderings compare bytes: "9" is greater than "10". The distinct operators are no
// properties of one node: always true here.
bool matches(Operator op, std::optional<std::string_view> left, std::optional<std::string_view> right,
             MatchCache& cache);

}  // namespace drover::model
