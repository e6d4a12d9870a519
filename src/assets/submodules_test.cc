#include "assets/submodules.h"

#include <gtest/gtest.h>

namespace drover::assets {
namespace {

using namespace std::string_literals;

TEST(Submodules, AreReadFromWhatGitPrints) {
  const auto found = parse_submodules(
      "submodule.a.b.path\nlibs/a\0submodule.a.b.url\n../a.git\0submodule.off.path\noff\0submodule.off.url\n../off\0"
      "submodule.off.update\nnone\0submodule.half.path\nhalf\0core.x\ny\0submodule.bare\0"s);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "a.b");
  EXPECT_EQ(found[0].path, "libs/a");
  EXPECT_EQ(found[0].url, "../a.git");
  EXPECT_FALSE(found[0].skipped);
  EXPECT_TRUE(found[1].skipped);
}

std::string address(std::string_view written) {
  const auto url = submodule_address(*parse_url("https://host:8443/org/repo.git/"), written);
  return url ? to_text(*url) : url.error().message();
}

TEST(Submodules, AddressesMayStartAtTheRepository) {
  EXPECT_EQ(address("../lib.git"), "https://host:8443/org/lib.git");
  EXPECT_EQ(address("./lib"), "https://host:8443/org/repo.git/lib");
  EXPECT_EQ(address("../../other/lib.git"), "https://host:8443/other/lib.git");
  EXPECT_NE(address("../../../lib").find("leaves the server"), std::string::npos);
}

TEST(Submodules, AddressesMayBeElsewhere) {
  EXPECT_EQ(address("https://github.com/org/lib"), "https://github.com/org/lib");
  EXPECT_EQ(address("git@github.com:org/lib.git"), "ssh://github.com/org/lib.git");
}

TEST(Submodules, NothingOfThisMachineIsRead) {
  for (const char* written : {"/srv/repo.git", "file:///srv/repo.git", "ext::sh -c id", "../..//../../..", "fd::17"}) {
    EXPECT_FALSE(submodule_address(*parse_url("https://host/repo.git"), written)) << written;
  }
}

}  // namespace
}  // namespace drover::assets
