#include "model/version.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

constexpr auto kLoose = VersionScheme::Loose;
constexpr auto kSemver = VersionScheme::Semver;

bool matches(const char* constraint, const char* version, VersionScheme scheme) {
  return VersionConstraint::parse(constraint, scheme).value().matches(version);
}

int order(const char* a, const char* b, VersionScheme scheme) {
  return compare(Version::parse(a, scheme).value(), Version::parse(b, scheme).value(), scheme);
}

TEST(Version, ReadsWhatGoVersionReads) {
  for (const char* good :
       {"1.2.3", "1.0", "1", "1.2-5", "1.2-beta.5", "1.2.0-x.Y.0+metadata", "1.2.0-x.Y.0+metadata-width-hyphen",
        "1.2.3-rc1-with-hyphen", "1.2.3.4", "1.2.0.4-x.Y.0+metadata", "1.2.0-X-1.2.0+metadata~dist", "v1.2.3",
        "17.03.0-ce", "1.4.9223372036854775807", "5.6.7.1.2.3", "1.2--x", "1-x.Y.0"}) {
    EXPECT_TRUE(Version::parse(good, kLoose)) << good;
    EXPECT_TRUE(Version::parse(good, kSemver)) << good;
  }
  for (const char* bad : {"", "1.2.beta", "1.21.beta", "foo", "\n1.2", "1.2 ", "foo1.2.3", "1..2", ".1", "1.", "vv1",
                          "1.x", "1.-2", "1.2.3+", "1.2.3-a..b", "99999999999999999999", "1.2.3-\xc3\xa4"}) {
    EXPECT_FALSE(Version::parse(bad, kLoose)) << bad;
    EXPECT_FALSE(Version::parse(bad, kSemver)) << bad;
  }
}

TEST(Version, OnlyLooseOnesGlueThePrereleaseOn) {
  for (const char* glued : {"1.7rc2", "v1.7rc2", "1.0-", "3.4.5alpha1"}) {
    EXPECT_TRUE(Version::parse(glued, kLoose)) << glued;
    EXPECT_FALSE(Version::parse(glued, kSemver)) << glued;
  }
  EXPECT_EQ(Version::parse("1.7rc2")->prerelease, "rc2");
}

TEST(Version, HasItsParts) {
  const auto version = Version::parse("v17.03-metadata-1.2.0+build~dist").value();
  EXPECT_EQ(version.segments, (std::vector<int64_t>{17, 3, 0}));
  EXPECT_EQ(version.given, 2u);
  EXPECT_EQ(version.prerelease, "metadata-1.2.0");
  EXPECT_EQ(version.metadata, "build~dist");
}

struct Comparison {
  const char* a;
  const char* b;
  int order;
};

TEST(Version, IsOrderedAsByGoVersion) {
  const Comparison table[] = {{"1.2.3", "1.4.5", -1},
                              {"1.2-beta", "1.2-beta", 0},
                              {"1.2", "1.1.4", 1},
                              {"1.2", "1.2-beta", 1},
                              {"1.2+foo", "1.2+beta", 0},
                              {"v1.2", "v1.2-beta", 1},
                              {"v1.2.0.0", "v1.2", 0},
                              {"v1.2.0.0.1", "v1.2", 1},
                              {"v1.2", "v1.2.0.0.1", -1},
                              {"v1.2.3.0", "v1.2.3.4", -1},
                              {"1.7rc2", "1.7rc1", 1},
                              {"1.7rc2", "1.7", -1},
                              {"1.2-beta.1", "1.2-beta.2", -1},
                              {"1.2-beta.2", "1.2-beta.11", -1},
                              {"3.2-alpha.1", "3.2-alpha", 1},
                              {"1.2-beta", "1.2-beta.3", -1},
                              {"1.2-alpha", "1.2-beta.3", -1},
                              {"1.2-beta", "1.2-alpha.3", 1},
                              {"3.0-alpha.3", "3.0-rc.1", -1},
                              {"3.0-alpha.1", "3.0-alpha.beta", -1},
                              {"5.4-alpha", "5.4-alpha.beta", 1},
                              {"3.2-rc.1-1-g123", "3.2-rc.2", 1},
                              {"1.2.0", "1.2.0-X-1.2.0+m~d", 1},
                              {"1.10", "1.9", 1}};
  for (const auto& [a, b, expected] : table) {
    EXPECT_EQ(order(a, b, kLoose), expected) << a << " " << b;
    EXPECT_EQ(order(b, a, kLoose), -expected) << b << " " << a;
  }
}

TEST(Version, IsOrderedAsBySemver) {
  const char* ascending[] = {"1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
                             "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",       "1.0.0",
                             "2.0.0+x",      "2.1.0"};
  for (size_t i = 0; i + 1 < std::size(ascending); ++i) {
    EXPECT_LT(order(ascending[i], ascending[i + 1], kSemver), 0) << ascending[i];
  }
  EXPECT_LT(order("1.0.0-99999999999999999999", "1.0.0-100000000000000000000", kSemver), 0);
}

struct Match {
  const char* constraint;
  const char* version;
  bool expected;
};

TEST(VersionConstraint, MatchesAsGoVersion) {
  const Match table[] = {
      {">= 1.0, < 1.2", "1.1.5", true},
      {"< 1.0, < 1.2", "1.1.5", false},
      {"= 1.0", "1.1.5", false},
      {"= 1.0", "1.0.0", true},
      {"1.0", "1.0.0", true},
      {"!= 1.0", "1.0.0", false},
      {"!= 1.0", "1.0.0-beta", true},
      {"~> 1.0", "2.0", false},
      {"~> 1.0", "1.1", true},
      {"~> 1.0", "1.2.3", true},
      {"~> 1.0.0", "1.2.3", false},
      {"~> 1.0.0", "1.0.7", true},
      {"~> 1.0.0", "1.1.0", false},
      {"~> 1.0.7", "1.0.4", false},
      {"~> 1.0.7", "1.0.7", true},
      {"~> 1.0.7", "1.0.8", true},
      {"~> 1.0.7", "1.0.7.5", true},
      {"~> 1.0.7", "1.0.6.99", false},
      {"~> 1.0.7", "1.0.8.0", true},
      {"~> 1.0.9.5", "1.0.9.5", true},
      {"~> 1.0.9.5", "1.0.9.4", false},
      {"~> 1.0.9.5", "1.0.9.6", true},
      {"~> 1.0.9.5", "1.0.9.5.0", true},
      {"~> 1.0.9.5", "1.0.9.5.1", true},
      {"~> 1.0.9.0", "1.0.9", false},
      {"~> 1", "9.0", true},
      {"~> 2.0", "2.1.0-beta", false},
      {"~> 2.1.0-a", "2.2.0", false},
      {"~> 2.1.0-a", "2.1.0", false},
      {"~> 2.1.0-a", "2.1.0-beta", true},
      {"~> 2.1.0-a", "2.2.0-alpha", false},
      {"> 2.0", "2.1.0-beta", false},
      {">= 2.1.0-a", "2.1.0-beta", true},
      {">= 2.1.0-a", "2.1.1-beta", false},
      {">= 2.0.0", "2.1.0-beta", false},
      {">= 2.1.0-a", "2.1.1", true},
      {">= 2.1.0-a", "2.1.0", true},
      {"<= 2.1.0-a", "2.0.0", true},
      {" >=1.0 ,<2 ", "1.5", true},
      {">= v1.2", "v1.3", true},
      {">= 20.10", "20.10.7+dfsg1", true},
      {"= 1.2.3+a", "1.2.3+b", true},
      {">= 1.0", "no version", false},
      {"> 10", "8", false},
  };
  for (const auto& [constraint, version, expected] : table) {
    EXPECT_EQ(matches(constraint, version, kLoose), expected) << constraint << " with " << version;
  }
}

TEST(VersionConstraint, SemverOrdersPrereleasesLikeOtherVersions) {
  const Match table[] = {
      {">= 1.0, < 1.2", "1.1.5", true},
      {"1.0", "1.0.0", true},
      {"> 10", "8", false},
      {"> 2.0", "2.1.0-beta", true},
      {"> 2.1.0-a", "2.1.0-beta", true},
      {"> 2.1.0-a", "2.1.1-beta", true},
      {"> 2.1.0-a", "2.1.0", true},
      {"<= 2.1.0-a", "2.0.0", true},
      {">= 0.6.1", "1.3.0-beta1", true},
      {"> 1.0-beta1", "1.0-rc1", true},
      {">= 0.6.1", "1.3.0-beta1+ent", true},
      {"> 1.3.0-beta1+cgo", "1.3.0-beta1+ent", false},
      {"= 1.3.0-beta1+cgo", "1.3.0-beta1+ent", true},
      {">= 1.0", "1.7rc2", false},
  };
  for (const auto& [constraint, version, expected] : table) {
    EXPECT_EQ(matches(constraint, version, kSemver), expected) << constraint << " with " << version;
  }
}

TEST(VersionConstraint, SaysWhatIsWrong) {
  for (const char* bad : {"", ">=", ">= 1.x", "1.0,", ",1.0", "11387778780781445675529500000000000000000", "== 1.0",
                          "=> 1.0", "^1.2", "~1.2", "1.0 || 2.0", ">= 1.0 < 2.0"}) {
    EXPECT_FALSE(VersionConstraint::parse(bad, kLoose)) << bad;
    EXPECT_FALSE(VersionConstraint::parse(bad, kSemver)) << bad;
  }
  EXPECT_FALSE(VersionConstraint::parse("~> 1.0", kSemver));
  EXPECT_FALSE(VersionConstraint::parse(">= 1.0beta1", kSemver));
  EXPECT_FALSE(VersionConstraint::parse(std::string(5000, '1'), kLoose));
  const auto wrong = VersionConstraint::parse(">= 1, => 2", kLoose);
  EXPECT_NE(wrong.error().message().find("the operators are"), std::string::npos) << wrong.error().message();
}

}  // namespace
}  // namespace drover::model
