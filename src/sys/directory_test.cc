#include "sys/directory.h"

#include "sys/test_util.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace drover::sys {
namespace {

// outside/secret and root/ beside it.
class DirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(temp_ / "root/sub");
    SYS_ASSERT_OK(write_file_atomic(temp_ / "secret", "secret"));
    SYS_ASSERT_OK(write_file_atomic(temp_ / "root/sub/file", "hello"));
    auto opened = Directory::open(temp_ / "root", "allocation directory");
    SYS_ASSERT_OK(opened);
    root_ = std::make_unique<Directory>(std::move(*opened));
  }

  void link(const std::string& target, const std::string& name) {
    ASSERT_EQ(::symlink(target.c_str(), (temp_ / ("root/" + name)).c_str()), 0);
  }
  // The deepest of so many directories in one another.
  Fd nest(const std::string& top, int depth) {
    Fd at(::open((temp_ / top).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (; depth > 0 && ::mkdirat(at.get(), "d", 0755) == 0; depth--) {
      at = Fd(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    return depth == 0 ? std::move(at) : Fd();
  }
  bool secret_is_untouched() { return read_file(temp_ / "secret").value_or("") == "secret"; }

  TempDir temp_;
  std::unique_ptr<Directory> root_;
};

TEST_F(DirectoryTest, ReadsBeneathAndTakesALeadingSlashForTheRoot) {
  EXPECT_EQ(root_->read("sub/file").value(), "hello");
  EXPECT_EQ(root_->read("/sub//./file").value(), "hello");
}

// cases.md 51
TEST_F(DirectoryTest, RefusesToEscapeWithDotsOrLinks) {
  link("../secret", "relative");
  link(temp_ / "secret", "absolute");
  link("..", "up");
  link("/proc/self", "magic");
  for (const std::string path :
       {"../secret", "sub/../../secret", "/../secret", "relative", "absolute", "up/secret", "magic/root/etc/passwd"}) {
    EXPECT_FALSE(root_->read(path)) << path;
    EXPECT_FALSE(root_->create_file(path)) << path;
    EXPECT_FALSE(root_->make_directories(path + "/x")) << path;
  }
  EXPECT_EQ(root_->read("../secret").error().message(), "path \"../secret\" escapes the allocation directory");
  EXPECT_EQ(root_->read("../secret").error().code(), ErrorCode::PermissionDenied);
  EXPECT_TRUE(secret_is_untouched());
}

TEST_F(DirectoryTest, FollowsALinkThatStaysBeneathUnlessToldNotTo) {
  link("sub/file", "inside");
  EXPECT_EQ(root_->read("inside").value(), "hello");
  EXPECT_FALSE(root_->open_file("inside", {.symlinks = Symlinks::Refuse}));
}

TEST_F(DirectoryTest, WritesNeitherThroughALinkNorToAHardLink) {
  link("sub/file", "inside");
  EXPECT_FALSE(root_->create_file("inside"));
  ASSERT_EQ(::link((temp_ / "secret").c_str(), (temp_ / "root/hard").c_str()), 0);
  EXPECT_FALSE(root_->create_file("hard"));
  EXPECT_TRUE(secret_is_untouched());
  SYS_ASSERT_OK(root_->write_atomic("hard", "new"));
  EXPECT_TRUE(secret_is_untouched());
  EXPECT_EQ(root_->read("hard").value(), "new");
}

TEST_F(DirectoryTest, RefusesAFifoWithoutHanging) {
  ASSERT_EQ(::mkfifo((temp_ / "root/fifo").c_str(), 0600), 0);
  const auto opened = root_->open_file("fifo");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(), "\"fifo\" is not a regular file");
  EXPECT_TRUE(root_->open_file("fifo", {.regular_only = false}));
  EXPECT_FALSE(root_->create_file("fifo"));
}

TEST_F(DirectoryTest, ListsAndStatsWithoutFollowing) {
  link("/etc/shadow", "link");
  const auto entries = root_->list("");
  SYS_ASSERT_OK(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].name, "link");
  EXPECT_EQ((*entries)[0].kind, FileKind::Symlink);
  EXPECT_EQ((*entries)[1].kind, FileKind::Directory);
  EXPECT_EQ(root_->stat("link").value().kind, FileKind::Symlink);
  EXPECT_EQ(root_->stat("sub/file").value().size, 5U);
  EXPECT_EQ(root_->stat("sub/file").value().name, "file");
  EXPECT_EQ(root_->stat("").value().kind, FileKind::Directory);
  EXPECT_EQ(root_->stat("none").error().code(), ErrorCode::NotFound);
  EXPECT_FALSE(root_->list("", 1));
  EXPECT_GE(root_->disk_usage("").value(), 4096U);
}

TEST_F(DirectoryTest, MakesRenamesAndRemovesFiles) {
  SYS_ASSERT_OK(root_->make_directories("a/b/c", 0750));
  SYS_ASSERT_OK(root_->make_directories("a/b/c", 0750));
  EXPECT_EQ(root_->stat("a/b").value().mode, 0750U);
  SYS_ASSERT_OK(root_->write_atomic("a/b/c/f", "x", 0600));
  EXPECT_EQ(root_->stat("a/b/c/f").value().mode, 0600U);
  SYS_ASSERT_OK(root_->rename("a/b/c/f", "a/g"));
  EXPECT_FALSE(root_->rename("a/g", "../g"));
  SYS_ASSERT_OK(root_->remove_file("a/g"));
  EXPECT_EQ(root_->list("a").value().size(), 1U);
}

TEST_F(DirectoryTest, RemovesTreesButNothingBehindLinks) {
  SYS_ASSERT_OK(root_->make_directories("tree/deep/er"));
  link("../..", "tree/up");
  link(temp_ / "secret", "tree/secret");
  SYS_ASSERT_OK(root_->remove_tree("tree"));
  EXPECT_FALSE(root_->exists("tree"));
  EXPECT_TRUE(secret_is_untouched());
  SYS_ASSERT_OK(root_->remove_tree("tree"));
  EXPECT_FALSE(root_->remove_tree(".."));
  EXPECT_FALSE(root_->remove_tree("sub/../../root"));
  SYS_ASSERT_OK(root_->remove_tree(""));
  EXPECT_TRUE(root_->list("").value().empty());
}

TEST_F(DirectoryTest, RemovesATreeThatIsDeeperThanAnyPathMayBe) {
  ASSERT_TRUE(nest("root/sub", 2000).valid());
  SYS_ASSERT_OK(root_->remove_tree("sub"));
  EXPECT_FALSE(root_->exists("sub"));
}

// cases.md 48: neither inodes nor depth are a way around the limit of a disk.
TEST_F(DirectoryTest, MeasuresWhatIsEmptyAndWhatLiesDeep) {
  const uint64_t before = root_->disk_usage("").value();
  for (int i = 0; i < 100; i++) SYS_ASSERT_OK(root_->write_atomic("sub/empty" + std::to_string(i), ""));
  const uint64_t with_files = root_->disk_usage("").value();
  EXPECT_GE(with_files, before + 100 * 4096);
  const Fd deepest = nest("root/sub", 2000);
  Fd file(::openat(deepest.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  SYS_ASSERT_OK(write_all(file, std::string(1 << 20, 'x')));
  EXPECT_GE(root_->disk_usage("").value(), with_files + 2000 * 4096 + (1 << 20));
}

TEST_F(DirectoryTest, CreatesItsOwnRoot) {
  SYS_ASSERT_OK(Directory::create(temp_ / "x/y/z"));
  SYS_ASSERT_OK(Directory::create(temp_ / "x/y/z"));
  EXPECT_FALSE(Directory::open(temp_ / "secret"));
}

}  // namespace
}  // namespace drover::sys
