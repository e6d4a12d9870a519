#include "client/hooks/artifacts.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

const drivers::TaskDirs kDirs = {
    .alloc = "/d/1/alloc", .task = "/d/1/web", .local = "/d/1/web/local", .secrets = "/d/1/web/secrets"};

std::string resolved(std::string_view destination) {
  const auto out = resolve_artifact_destination(kDirs, destination);
  return out ? out->root + " " + out->path : "refused";
}

TEST(ArtifactDestination, IsRelativeToTheTasksDirectory) {
  EXPECT_EQ(resolved("local/"), "/d/1/web local/");
  EXPECT_EQ(resolved("./local//a/./b"), "/d/1/web local/a/b");
  EXPECT_EQ(resolved("/local/a"), "/d/1/web local/a");
  EXPECT_EQ(resolved("local/../x"), "/d/1/web x");
  EXPECT_EQ(resolved(""), "/d/1/web ");
}

TEST(ArtifactDestination, MayBeBelowNomadsVariables) {
  EXPECT_EQ(resolved("/d/1/web/local/x"), "/d/1/web local/x");
  EXPECT_EQ(resolved("/d/1/web/secrets"), "/d/1/web secrets");
  EXPECT_EQ(resolved("/d/1/alloc/data/x"), "/d/1/alloc data/x");
  EXPECT_EQ(resolved("/alloc/data/x"), "/d/1/alloc data/x");
  EXPECT_EQ(resolved("/secrets/key"), "/d/1/web secrets/key");
  EXPECT_EQ(resolved("../alloc/data"), "/d/1/alloc data");
  EXPECT_EQ(resolved("../web/local"), "/d/1/web local");
}

// Case 53.
TEST(ArtifactDestination, NeverLeavesTheAllocation) {
  for (const char* path : {"..", "../..", "../other/local", "../../etc/passwd", "local/../../../etc",
                           "/d/1/alloc/../other", "/d/1/web/../..", "../alloc/../../x"}) {
    EXPECT_EQ(resolved(path), "refused") << path;
  }
  EXPECT_EQ(resolved("/etc/passwd"), "/d/1/web etc/passwd");
  EXPECT_EQ(resolved("/d/1/webx/local"), "/d/1/web d/1/webx/local");
  EXPECT_EQ(resolved(std::string_view("local/\0x", 8)), "refused");
}

}  // namespace
}  // namespace drover::client
