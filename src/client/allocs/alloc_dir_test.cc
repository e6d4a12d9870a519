#include "client/allocs/alloc_dir.h"

#include "client/testing.h"
#include "sys/files.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace drover::client {
namespace {

namespace fs = std::filesystem;

class AllocDirTest : public ::testing::Test {
 protected:
  AllocDirTest() {
    group.tasks = {{.name = "web"}, {.name = "db"}};
    EXPECT_TRUE(alloc.build(group));
  }
  ~AllocDirTest() override {
    EXPECT_TRUE(alloc.destroy());
    EXPECT_TRUE(next.destroy());
  }
  static int mode(const std::string& path) { return static_cast<int>(fs::status(path).permissions()); }

  TestDir dir;
  model::TaskGroup group;
  AllocDir alloc{dir.path(), model::AllocId(Uuid{.hi = 1, .lo = 1})};
  AllocDir next{dir.path(), model::AllocId(Uuid{.hi = 2, .lo = 2})};
};

TEST_F(AllocDirTest, HasNomadsLayoutAndClosedSecrets) {
  for (const char* path : {"/alloc/data", "/alloc/logs", "/alloc/tmp", "/web/local", "/web/tmp", "/db/secrets"}) {
    EXPECT_TRUE(fs::is_directory(alloc.path() + path)) << path;
  }
  EXPECT_EQ(mode(alloc.path() + "/web/secrets"), 0700);
  EXPECT_EQ(mode(alloc.path() + "/alloc/data"), 0777);
  EXPECT_EQ(mode(alloc.path() + "/web/tmp"), 01777);
}

TEST_F(AllocDirTest, BuildingTwiceKeepsWhatIsThere) {
  ASSERT_TRUE(sys::append_file(alloc.path() + "/web/secrets/token", "x"));
  ASSERT_TRUE(alloc.build(group));
  EXPECT_EQ(sys::read_file(alloc.path() + "/web/secrets/token").value_or(""), "x");
}

TEST_F(AllocDirTest, NothingIsLeftAfterwards) {
  ASSERT_TRUE(alloc.destroy());
  EXPECT_FALSE(fs::exists(alloc.path()));
  EXPECT_TRUE(alloc.destroy());
}

TEST_F(AllocDirTest, TakesOverTheDataOfItsPredecessor) {
  ASSERT_TRUE(sys::append_file(alloc.path() + "/alloc/data/a", "1"));
  ASSERT_TRUE(sys::append_file(alloc.path() + "/web/local/b", "2"));
  ASSERT_TRUE(next.build(group));
  ASSERT_TRUE(next.take_over(alloc, group));
  EXPECT_EQ(sys::read_file(next.path() + "/alloc/data/a").value_or(""), "1");
  EXPECT_EQ(sys::read_file(next.path() + "/web/local/b").value_or(""), "2");
}

// cases.md 53
TEST(AllocDirNames, RefusesNamesThatWouldEscape) {
  for (const char* name : {"", ".", "..", "alloc", "a/b"}) EXPECT_FALSE(check_task_name(name)) << name;
  EXPECT_TRUE(check_task_name("web"));
}

}  // namespace
}  // namespace drover::client
