#include "assets/unpack.h"

#include "assets/checksum.h"
#include "assets/install.h"
#include "sys/files.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <functional>

namespace drover::assets {
namespace {

// Made as an attacker would: libarchive writes whatever it is told.
class Maker {
 public:
  explicit Maker(const std::string& path, bool zip = false, int filter = ARCHIVE_FILTER_GZIP)
      : out_(archive_write_new()) {
    if (zip) {
      archive_write_set_format_zip(out_);
    } else {
      archive_write_set_format_pax_restricted(out_);
      archive_write_add_filter(out_, filter);
    }
    archive_write_open_filename(out_, path.c_str());
  }
  ~Maker() { archive_write_free(out_); }
  Maker(const Maker&) = delete;
  Maker& operator=(const Maker&) = delete;

  void file(const char* name, const std::string& bytes, unsigned mode = 0644) {
    add(name, AE_IFREG, mode,
        [&](archive_entry* e) { archive_entry_set_size(e, static_cast<la_int64_t>(bytes.size())); });
    archive_write_data(out_, bytes.data(), bytes.size());
  }
  void directory(const char* name) { add(name, AE_IFDIR, 0755, nullptr); }
  void symlink(const char* name, const char* target) {
    add(name, AE_IFLNK, 0777, [&](archive_entry* e) { archive_entry_set_symlink(e, target); });
  }
  void hard_link(const char* name, const char* target) {
    add(name, AE_IFREG, 0644, [&](archive_entry* e) { archive_entry_set_hardlink(e, target); });
  }
  void device(const char* name) {
    add(name, AE_IFCHR, 0666, [](archive_entry* e) { archive_entry_set_rdev(e, 0x103); });
  }

 private:
  void add(const char* name, unsigned type, unsigned mode, const std::function<void(archive_entry*)>& more) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, static_cast<mode_t>(mode));
    if (more) more(entry);
    archive_write_header(out_, entry);
    archive_entry_free(entry);
  }

  archive* out_;
};

class Unpack : public testing::Test {
 protected:
  Unpack() {
    std::string path = "/tmp/drover-unpack-XXXXXX";
    root_ = ::mkdtemp(path.data());
    into_ = sys::Directory::create(root_ + "/into").value();
  }
  ~Unpack() override {
    std::ignore = sys::Directory::open(root_).value().remove_tree("");
    ::rmdir(root_.c_str());
  }

  std::string archive() const { return root_ + "/archive"; }

  Result<uint64_t> unpack(std::string_view kind) {
    const auto file = sys::Directory::open(root_).value().open_file("archive");
    return unpack_archive(*file, *find_archive_kind(kind), *into_, limits_, clock_);
  }

  std::string read(const std::string& path) { return into_->read(path).value_or("(none)"); }

  // What an archive with this content is refused for.
  std::string refused(const std::function<void(Maker&)>& fill) {
    {
      Maker maker(archive());
      fill(maker);
    }
    const auto done = unpack("tar.gz");
    return done ? "accepted" : done.error().message();
  }

  std::string root_;
  std::optional<sys::Directory> into_;
  SystemClock clock_;
  UnpackLimits limits_{.bytes = 10 << 20, .files = 100, .deadline = clock_.mono() + std::chrono::minutes(5)};
};

TEST_F(Unpack, KeepsFilesLinksAndModes) {
  {
    Maker maker(archive());
    maker.directory("./");
    maker.file("bin/run", "#!/bin/sh\n", 0755);
    maker.file("bin/setuid", "x", 06755);
    maker.symlink("bin/link", "../bin/run");
    maker.hard_link("bin/copy", "bin/run");
    maker.file("bin/run2", "old");
    maker.file("bin/run2", "new");
  }
  ASSERT_TRUE(unpack("tar.gz"));
  EXPECT_EQ(read("bin/run"), "#!/bin/sh\n");
  EXPECT_EQ(read("bin/link"), "#!/bin/sh\n");
  EXPECT_EQ(read("bin/copy"), "#!/bin/sh\n");
  EXPECT_EQ(read("bin/run2"), "new");
  EXPECT_EQ(into_->stat("bin/run")->mode, 0755U);
  EXPECT_EQ(into_->stat("bin/copy")->mode, 0755U);
  EXPECT_EQ(into_->stat("bin/setuid")->mode, 0755U);
}

// cases.md 52
TEST_F(Unpack, RefusesWhatLeavesTheDirectory) {
  const std::string outside = root_ + "/outside";
  const auto expect = [&](const char* what, const std::function<void(Maker&)>& fill) {
    const std::string why = refused(fill);
    EXPECT_NE(why.find(what), std::string::npos) << why;
  };
  expect("leaves the archive", [](Maker& m) { m.file("../outside", "x"); });
  expect("leaves the archive", [](Maker& m) { m.file("a/../../outside", "x"); });
  expect("absolute", [&](Maker& m) { m.file(outside.c_str(), "x"); });
  expect("link out of the archive", [&](Maker& m) { m.symlink("a", root_.c_str()); });
  expect("link out of the archive", [](Maker& m) { m.symlink("a", ".."); });
  expect("link out of the archive", [](Maker& m) { m.symlink("a/b", "../../x"); });
  expect("symbolic link", [](Maker& m) {
    m.directory("d");
    m.symlink("s", "d");
    m.file("s/x", "written through a link");
  });
  expect("link out of the archive", [](Maker& m) {  // "l" is ".", so l/l/.. is above
    m.symlink("l", ".");
    m.symlink("up", "l/l/../..");
  });
  expect("hard link", [](Maker& m) { m.hard_link("h", "etc/passwd"); });
  expect("absolute", [](Maker& m) { m.hard_link("h", "/etc/passwd"); });
  expect("device", [](Maker& m) { m.device("null"); });
  expect("cannot be used", [](Maker& m) { m.file(std::string(300, 'n').c_str(), "x"); });
  EXPECT_NE(::access(outside.c_str(), F_OK), 0);
}

// cases.md 50
TEST_F(Unpack, StopsAtItsLimits) {
  limits_.bytes = 1000;
  EXPECT_NE(refused([](Maker& m) { m.file("zeros", std::string(1 << 20, '\0')); }).find("more than this agent unpacks"),
            std::string::npos);
  limits_ = {.bytes = 0, .files = 3, .deadline = limits_.deadline};
  const auto many = [](Maker& m) {
    for (char c = 'a'; c < 'g'; c++) m.file(std::string(1, c).c_str(), "");
  };
  EXPECT_NE(refused(many).find("more files than this agent unpacks (3)"), std::string::npos);
  limits_ = {.deadline = clock_.mono()};
  EXPECT_NE(refused(many).find("too long"), std::string::npos);
}

TEST_F(Unpack, ReadsEveryKind) {
  struct Case {
    const char* kind;
    int filter;
  };
  for (const Case& c :
       {Case{"tar", ARCHIVE_FILTER_NONE}, Case{"tgz", ARCHIVE_FILTER_GZIP}, Case{"tar.bz2", ARCHIVE_FILTER_BZIP2},
        Case{"txz", ARCHIVE_FILTER_XZ}, Case{"tar.zst", ARCHIVE_FILTER_ZSTD}}) {
    {
      Maker(archive(), false, c.filter).file(c.kind, "bytes");
    }
    ASSERT_TRUE(unpack(c.kind)) << c.kind;
    EXPECT_EQ(read(c.kind), "bytes");
  }
  {
    Maker(archive(), true).file("zipped", "bytes", 0755);
  }
  ASSERT_TRUE(unpack("zip"));
  EXPECT_EQ(read("zipped"), "bytes");
  {
    Maker(archive(), false, ARCHIVE_FILTER_XZ).file("x", "bytes");
  }
  EXPECT_FALSE(unpack("tar.gz"));
  EXPECT_FALSE(unpack("zip"));
}

TEST_F(Unpack, OneFileOutOfACompressedOne) {
  const auto single = [&](std::string_view kind) {
    const auto file = sys::Directory::open(root_).value().open_file("archive");
    return unpack_single_file(*file, *find_archive_kind(kind), *into_, "one", limits_, clock_);
  };
  {
    Maker(archive()).file("inner", "bytes", 0755);
  }
  ASSERT_TRUE(single("gz"));
  EXPECT_NE(read("one").find("ustar"), std::string::npos);
  ASSERT_TRUE(single("tar.gz"));
  EXPECT_EQ(read("one"), "bytes");
  EXPECT_EQ(into_->stat("one")->mode, 0755U);
  ASSERT_TRUE(sys::write_file_atomic(archive(), "not compressed"));
  EXPECT_FALSE(single("gz"));
}

TEST(ArchiveKind, IsTheLongestExtension) {
  EXPECT_EQ(archive_kind_of_file("/x/a.tar.gz")->name, "tar.gz");
  EXPECT_EQ(archive_kind_of_file("a.gz")->name, "gz");
  EXPECT_FALSE(archive_kind_of_file("targz"));
  EXPECT_FALSE(archive_kind_of_file("gz"));
  EXPECT_EQ(name_without_extension("a.sql.gz", *find_archive_kind("gz")), "a.sql");
}

TEST(Checksums, AreFoundInFiles) {
  const std::string md5 = "d41d8cd98f00b204e9800998ecf8427e";
  EXPECT_EQ(parse_checksum("md5:" + md5)->kind, "md5");
  EXPECT_EQ(parse_checksum(md5)->kind, "md5");
  EXPECT_FALSE(parse_checksum("sha256:" + md5));
  EXPECT_FALSE(parse_checksum("crc:00"));
  EXPECT_EQ(find_checksum(md5 + "\n", "x")->digits, md5);
  EXPECT_EQ(find_checksum(std::string(32, '0') + "  a\n" + md5 + " *dir/b\n", "b")->digits, md5);
  EXPECT_EQ(find_checksum("MD5 (b) = " + md5 + "\nMD5 (c) = " + std::string(32, '1') + "\n", "b")->digits, md5);
  EXPECT_FALSE(find_checksum(md5 + "  a\n" + md5 + "  b\n", "c"));
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// cases.md 52: what an earlier task left in the way.
TEST_F(Unpack, PlantedLinksAreNotFollowed) {
  const auto root = sys::Directory::create(root_ + "/task").value();
  const auto work = sys::Directory::create(root_ + "/work").value();
  const auto outside = sys::Directory::create(root_ + "/outside").value();
  const auto bring = [&] {
    ASSERT_TRUE(work.make_directories("out/sub"));
    ASSERT_TRUE(work.write_atomic("out/sub/file", "new"));
    ASSERT_TRUE(work.write_atomic("out/plain", "new"));
  };
  const Fetched tree{.directory = true};
  bring();
  ASSERT_TRUE(root.make_symlink("../outside", "local"));
  EXPECT_FALSE(install(work, tree, Mode::Any, root, "local/", std::nullopt));
  ASSERT_TRUE(root.remove_file("local"));

  ASSERT_TRUE(root.make_directories("local"));
  ASSERT_TRUE(root.make_symlink("../../outside", "local/sub"));
  ASSERT_TRUE(root.make_symlink("../../outside/plain", "local/plain"));
  ASSERT_TRUE(install(work, tree, Mode::Any, root, "local/", std::nullopt));
  EXPECT_TRUE(outside.list("")->empty());
  EXPECT_EQ(root.read("local/sub/file").value_or(""), "new");
  EXPECT_EQ(root.read("local/plain").value_or(""), "new");
  EXPECT_FALSE(install(work, tree, Mode::Any, root, "../outside", std::nullopt));
}

TEST_F(Unpack, DirectoriesAreMerged) {
  const auto root = sys::Directory::create(root_ + "/task").value();
  const auto work = sys::Directory::create(root_ + "/work").value();
  ASSERT_TRUE(root.make_directories("local/sub"));
  ASSERT_TRUE(root.write_atomic("local/sub/kept", "old"));
  ASSERT_TRUE(root.write_atomic("local/sub/file", "old"));
  ASSERT_TRUE(work.make_directories("out/sub"));
  ASSERT_TRUE(work.write_atomic("out/sub/file", "new"));
  ASSERT_TRUE(install(work, {.directory = true}, Mode::Any, root, "local", std::nullopt));
  EXPECT_EQ(root.read("local/sub/kept").value_or(""), "old");
  EXPECT_EQ(root.read("local/sub/file").value_or(""), "new");

  ASSERT_TRUE(work.remove_tree("out"));
  ASSERT_TRUE(work.write_atomic("out", "file"));
  ASSERT_TRUE(install(work, {.name = "name"}, Mode::Any, root, "local/", std::nullopt));
  EXPECT_EQ(root.read("local/name").value_or(""), "file");
  ASSERT_TRUE(work.write_atomic("out", "file"));
  ASSERT_TRUE(install(work, {.name = "name"}, Mode::File, root, "a/b", std::nullopt));
  EXPECT_EQ(root.read("a/b").value_or(""), "file");
  ASSERT_TRUE(work.write_atomic("out", "file"));
  EXPECT_FALSE(install(work, {.name = "name"}, Mode::File, root, "/", std::nullopt));
}

}  // namespace
}  // namespace drover::assets
