#include "model/version.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

bool matches(const char* constraint, const char* version, VersionScheme scheme = VersionScheme::Loose) {
  return VersionConstraint::parse(constraint, scheme).value().matches(Version::parse(version).value());
}

TEST(Version, OrdersSegmentsAndPrereleases) {
  const char* ascending[] = {"0.9",          "1.0.0-alpha",   "1.0.0-alpha.1", "1.0.0-alpha.beta",
                             "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",    "1.0",
                             "1.0.1",        "1.2",           "1.10",          "2.0.0+build"};
  for (size_t i = 0; i + 1 < std::size(ascending); ++i) {
    EXPECT_LT(compare(*Version::parse(ascending[i]), *Version::parse(ascending[i + 1])), 0) << ascending[i];
  }
  EXPECT_EQ(compare(*Version::parse("v1"), *Version::parse("1.0.0+x")), 0);
}

TEST(Version, RefusesWhatIsNone) {
  for (const char* bad : {"", "a", "1..2", "1.x", "1.2-", "1.-2", "99999999999999999999"}) {
    EXPECT_FALSE(Version::parse(bad)) << bad;
  }
  EXPECT_FALSE(Version::parse_semver("1.2"));
  EXPECT_TRUE(Version::parse_semver("1.2.3"));
}

TEST(VersionConstraint, NeedsEveryTerm) {
  EXPECT_TRUE(matches(">= 1.2, < 2.0", "1.5.3"));
  EXPECT_FALSE(matches(">= 1.2, < 2.0", "2.0"));
  EXPECT_TRUE(matches("!= 1.3", "1.4"));
  EXPECT_TRUE(matches("1.2.3", "1.2.3"));
  EXPECT_FALSE(VersionConstraint::parse(">= x", VersionScheme::Loose));
}

TEST(VersionConstraint, PessimisticFixesAllButTheLastSegment) {
  EXPECT_TRUE(matches("~> 1.4", "1.9"));
  EXPECT_FALSE(matches("~> 1.4", "2.0"));
  EXPECT_FALSE(matches("~> 1.4", "1.3"));
  EXPECT_TRUE(matches("~> 1.4.2", "1.4.9"));
  EXPECT_FALSE(matches("~> 1.4.2", "1.5"));
  EXPECT_TRUE(matches("~> 1", "9.0"));
}

TEST(VersionConstraint, LooseKeepsPrereleasesOutUnlessNamed) {
  EXPECT_FALSE(matches("> 1.0", "1.1.0-beta"));
  EXPECT_TRUE(matches(">= 1.1.0-alpha", "1.1.0-beta"));
  EXPECT_TRUE(matches("> 1.0", "1.1.0-beta", VersionScheme::Semver));
}

}  // namespace
}  // namespace drover::model
