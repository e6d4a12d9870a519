#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drover::model {

enum class VersionScheme : uint8_t {
  Loose,   // the `version` operator, as hashicorp/go-version: "1.7rc2" is a version, and a prerelease matches only a
           // constraint that names one of the same version
  Semver,  // the `semver` operator, as Nomad's: prereleases are ordered like other versions, by semver.org
};

// "1.2.3", "v1.4", "1.2.0-beta.1+build": numbers in any count, missing ones are 0; then a prerelease and metadata.
struct Version {
  std::vector<int64_t> segments;  // at least three
  std::string prerelease;
  std::string metadata;  // ignored when comparing
  size_t given = 0;      // segments that were written

  // No white space around it. Semver wants a "-" in front of a prerelease.
  static Result<Version> parse(std::string_view text, VersionScheme scheme = VersionScheme::Loose);
};

// -1, 0 or 1. The schemes differ where one prerelease is the start of the other and goes on with a word: to go-version
// "alpha" is greater than "alpha.beta", to semver.org less.
int compare(const Version& a, const Version& b, VersionScheme scheme = VersionScheme::Loose);

// A comma-separated list, all of which has to hold: ">= 1.2, < 2.0", "!= 1.3", "1.4"; only Loose has "~> 1.4".
class VersionConstraint {
 public:
  static Result<VersionConstraint> parse(std::string_view text, VersionScheme scheme);

  bool matches(const Version& version) const;
  // A text that is no version matches nothing.
  bool matches(std::string_view version) const;

 private:
  enum class Op : uint8_t { Equal, NotEqual, Greater, Less, GreaterEqual, LessEqual, Pessimistic };
  struct Term {
    Op op = Op::Equal;
    Version version;
  };
  static Result<Term> parse_term(std::string_view text, VersionScheme scheme);
  bool matches(const Term& term, const Version& version) const;

  VersionScheme scheme_ = VersionScheme::Loose;
  std::vector<Term> terms_;
};

}  // namespace drover::model
