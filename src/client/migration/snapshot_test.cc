#include "client/migration/snapshot.h"

#include "client/testing.h"
#include "sys/files.h"
#include "sys/users.h"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SnapshotTest : public ::testing::Test {
 protected:
  SnapshotTest() {
    for (const char* path : {"/old/alloc/data", "/old/web/local", "/old/web/secrets", "/new"}) {
      fs::create_directories(dir.path() + path);
    }
  }
  sys::Directory open(const std::string& path) { return *sys::Directory::open(dir.path() + path); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(dir.path() + path).parent_path());
    std::ofstream(dir.path() + path) << text;
  }

  std::string pack() {
    SnapshotWriter writer(open("/old"), snapshot_parts({"web"}));
    std::string out;
    while (true) {
      const auto piece = writer.next();
      EXPECT_TRUE(piece) << piece.error().message();
      if (!piece || piece->empty()) return out;
      out += *piece;
    }
  }

  Status unpack(const std::string& archive, SnapshotLimits limits = {.bytes = 1 << 20}) {
    SnapshotReader reader(open("/new"), snapshot_parts({"web"}), limits);
    for (size_t at = 0; at < archive.size(); at += 1000) TRY(reader.add(std::string_view(archive).substr(at, 1000)));
    TRY(reader.finish());
    links_left_out = reader.links_left_out();
    files = reader.files();
    return Ok{};
  }

  // An archive whose end says that all of it is there.
  static std::string whole(const std::vector<std::pair<codec::TarEntry, std::string>>& entries) {
    SnapshotSum sum;
    std::string out;
    for (auto [entry, bytes] : entries) {
      entry.size = bytes.size();
      sum.add(entry);
      sum.add_bytes(bytes);
      out += codec::tar_header(entry) + bytes + codec::tar_padding(bytes.size());
    }
    const std::string text = sum.finish();
    return out + codec::tar_header({.name = kSnapshotSum, .size = text.size()}) + text +
           codec::tar_padding(text.size()) + codec::tar_end();
  }

  std::string at_new(const std::string& path) { return sys::read_file(dir.path() + "/new" + path).value_or("none"); }
  static std::string message(const Status& status) { return status ? "" : status.error().message(); }

  TestDir dir;
  uint64_t links_left_out = 0;
  uint64_t files = 0;
};

TEST_F(SnapshotTest, DataGoesAndNothingElse) {
  write("/old/alloc/data/a/b/c.txt", "hello");
  write("/old/web/local/big", std::string(700'000, 'x'));
  write("/old/web/secrets/token", "secret");
  write("/old/alloc/logs/web.stdout.0", "log");
  fs::create_symlink("a/b", dir.path() + "/old/alloc/data/link");
  fs::create_directory(dir.path() + "/old/alloc/data/empty");
  ::mkfifo((dir.path() + "/old/alloc/data/fifo").c_str(), 0600);
  ::chmod((dir.path() + "/old/alloc/data/a/b/c.txt").c_str(), 04751);
  ::chmod((dir.path() + "/old/alloc/data/a/b").c_str(), 0500);
  ASSERT_EQ(message(unpack(pack())), "");
  EXPECT_EQ(files, 2u);
  EXPECT_EQ(at_new("/alloc/data/link/c.txt"), "hello");
  EXPECT_EQ(at_new("/web/local/big").size(), 700'000u);
  EXPECT_TRUE(fs::is_directory(dir.path() + "/new/alloc/data/empty"));
  EXPECT_FALSE(fs::exists(dir.path() + "/new/web/secrets"));
  EXPECT_FALSE(fs::exists(dir.path() + "/new/alloc/logs"));
  EXPECT_FALSE(fs::exists(dir.path() + "/new/alloc/data/fifo"));
  struct stat info = {};
  ASSERT_EQ(::stat((dir.path() + "/new/alloc/data/a/b/c.txt").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0751u) << "setuid does not travel";
  ASSERT_EQ(::stat((dir.path() + "/new/alloc/data/a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0500u);
}

TEST_F(SnapshotTest, LinksThatLeadOutAreLeftOut) {
  fs::create_symlink("/etc/passwd", dir.path() + "/old/web/local/out");
  fs::create_symlink("../../../../etc", dir.path() + "/old/web/local/up");
  fs::create_symlink("/alloc/../etc", dir.path() + "/old/web/local/around");
  fs::create_symlink("/alloc/data/x", dir.path() + "/old/web/local/in");
  fs::create_symlink("../../alloc/data", dir.path() + "/old/web/local/beside");
  ASSERT_EQ(message(unpack(pack())), "");
  EXPECT_EQ(links_left_out, 3u);
  EXPECT_FALSE(fs::is_symlink(dir.path() + "/new/web/local/out"));
  EXPECT_FALSE(fs::is_symlink(dir.path() + "/new/web/local/around"));
  EXPECT_TRUE(fs::is_symlink(dir.path() + "/new/web/local/in"));
  EXPECT_TRUE(fs::is_symlink(dir.path() + "/new/web/local/beside"));
}

TEST_F(SnapshotTest, WhatBreaksOffIsNotTakenForTheWhole) {
  write("/old/alloc/data/a", "hello");
  const std::string archive = pack();
  for (const size_t size : {size_t{0}, size_t{600}, archive.size() - 3 * codec::kTarBlock, archive.size() - 1500}) {
    fs::remove_all(dir.path() + "/new/alloc");
    EXPECT_THAT(message(unpack(archive.substr(0, size))), HasSubstr("broke off")) << size;
  }
}

TEST_F(SnapshotTest, WhatWasChangedOnTheWayIsNoticed) {
  write("/old/alloc/data/a", "hello");
  std::string archive = pack();
  archive[archive.find("hello")] = 'j';
  EXPECT_THAT(message(unpack(archive)), HasSubstr("digest"));
}

// cases.md 50
TEST_F(SnapshotTest, MoreThanTheDiskHoldsIsRefused) {
  write("/old/alloc/data/a", std::string(5000, 'x'));
  EXPECT_THAT(message(unpack(pack(), {.bytes = 4999})), HasSubstr("larger than the ephemeral disk"));
  fs::remove_all(dir.path() + "/new/alloc");
  EXPECT_THAT(message(unpack(pack(), {.bytes = 5000, .entries = 0})), HasSubstr("more than 0 files"));
  // A header may promise more than anybody sends.
  const std::string promise = codec::tar_header({.name = "alloc/data/bomb", .size = 1ull << 40});
  EXPECT_THAT(message(unpack(promise)), HasSubstr("larger than the ephemeral disk"));
}

// cases.md 52
TEST_F(SnapshotTest, AnArchiveThatLeadsOutsideWritesNothingThere) {
  write("/outside/file", "mine");
  const std::string outside = dir.path() + "/outside";
  for (const char* name :
       {"../outside/file", "/etc/drover-test", "alloc/data/../../../outside/file", "alloc/data//x", "web/local/./x"}) {
    EXPECT_NE(message(unpack(whole({{{.name = name}, "evil"}}))), "") << name;
  }
  // A link, and then a file through it.
  fs::remove_all(dir.path() + "/new/web");
  const codec::TarEntry link{.name = "web/local/l", .kind = codec::TarKind::Symlink, .target = "../../alloc/data"};
  EXPECT_NE(message(unpack(whole({{link, ""}, {{.name = "web/local/l/file"}, "evil"}}))), "");
  fs::remove_all(dir.path() + "/new/web");
  const codec::TarEntry out{.name = "web/local/l", .kind = codec::TarKind::Symlink, .target = "../../../outside"};
  EXPECT_EQ(message(unpack(whole({{out, ""}, {{.name = "web/local/l/file"}, "evil"}}))), "");
  EXPECT_FALSE(fs::is_symlink(dir.path() + "/new/web/local/l"));
  // Twice the same name: the second would write through what the first has made.
  fs::remove_all(dir.path() + "/new/web");
  EXPECT_NE(message(unpack(whole({{{.name = "web/local/f"}, "a"}, {{.name = "web/local/f"}, "b"}}))), "");
  EXPECT_EQ(*sys::read_file(outside + "/file"), "mine");
}

TEST_F(SnapshotTest, PartsThatTheNewGroupDoesNotHaveStayAway) {
  ASSERT_EQ(message(unpack(whole({{{.name = "old/local/f"}, "a"}, {{.name = "web/local/f"}, "b"}}))), "");
  EXPECT_FALSE(fs::exists(dir.path() + "/new/old"));
  EXPECT_EQ(at_new("/web/local/f"), "b");
}

}  // namespace
}  // namespace drover::client
