#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drover::model {

// A version as hashicorp/go-version reads it: "1.2.3", "v1.4", "1.2.0-beta.1+build". Missing segments are 0.
struct Version {
  std::vector<int64_t> segments;  // at least three
  std::string prerelease;
  std::string metadata;  // ignored when comparing
  size_t given = 0;      // segments that were written

  static Result<Version> parse(std::string_view text);
  // Requires exactly three segments and no "v": semver.org.
  static Result<Version> parse_semver(std::string_view text);
};

// -1, 0 or 1, by semver's precedence of prereleases.
int compare(const Version& a, const Version& b);

enum class VersionScheme : uint8_t {
  Loose,   // the `version` operand: a prerelease matches only a constraint that names one of the same version
  Semver,  // the `semver` operand: prereleases are ordered like other versions
};

// A comma-separated list, all of which has to hold: ">= 1.2, < 2.0", "~> 1.4", "!= 1.3".
class VersionConstraint {
 public:
  static Result<VersionConstraint> parse(std::string_view text, VersionScheme scheme);
  bool matches(const Version& version) const;
  VersionScheme scheme() const { return scheme_; }

 private:
  struct Term {
    std::string_view op;  // points into a table
    Version version;
  };
  bool matches(const Term& term, const Version& version) const;

  VersionScheme scheme_ = VersionScheme::Loose;
  std::vector<Term> terms_;
};

}  // namespace drover::model
