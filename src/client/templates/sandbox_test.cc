#include "client/templates/sandbox.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

const drivers::TaskDirs kDirs{
    .alloc = "/var/a1/alloc", .task = "/var/a1/web", .local = "/var/a1/web/local", .secrets = "/var/a1/web/secrets"};

std::string resolved(const Sandbox& sandbox, std::string_view path) {
  const auto place = sandbox.resolve(path);
  return place ? place->root + " : " + place->path : "refused";
}

TEST(Sandbox, RelativePathsBeginInTheTasksDirectory) {
  const Sandbox sandbox(kDirs, {});
  EXPECT_EQ(resolved(sandbox, "local/app.conf"), "/var/a1/web : local/app.conf");
  EXPECT_EQ(resolved(sandbox, "./local//x/../y"), "/var/a1/web : local/y");
  EXPECT_EQ(resolved(sandbox, "../alloc/data/x"), "/var/a1/alloc : data/x");
  EXPECT_EQ(resolved(sandbox, "../web/local/x"), "/var/a1/web : local/x");
}

TEST(Sandbox, AbsolutePathsAreNamesOfTheTasksDirectories) {
  const Sandbox inside(kDirs,
                       {{"NOMAD_ALLOC_DIR", "/alloc"}, {"NOMAD_TASK_DIR", "/local"}, {"NOMAD_SECRETS_DIR", "/s"}});
  EXPECT_EQ(resolved(inside, "/local/x"), "/var/a1/web : local/x");
  EXPECT_EQ(resolved(inside, "/alloc/data/x"), "/var/a1/alloc : data/x");
  EXPECT_EQ(resolved(inside, "/s/key"), "/var/a1/web : secrets/key");
  EXPECT_EQ(resolved(inside, "/var/a1/web/local/x"), "/var/a1/web : local/x");
  EXPECT_EQ(resolved(inside, "/locals/x"), "refused");
}

// cases.md 53
TEST(Sandbox, EverythingElseIsRefused) {
  const Sandbox sandbox(kDirs, {{"NOMAD_TASK_DIR", "/"}});
  for (const char* path : {"/etc/passwd", "../../x", "../db/local/x", "..", ".", "", "local/../../../x", "/var/a1/db/x",
                           "/var/a1/web/../../a2/alloc/x", "../alloc", "/var/a1/alloc/.."}) {
    EXPECT_EQ(resolved(sandbox, path), "refused") << path;
  }
  EXPECT_EQ(resolved(sandbox, std::string_view("local/a\0b", 9)), "refused");
}

}  // namespace
}  // namespace drover::client
