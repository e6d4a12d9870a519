#include "sys/host.h"

#include "sys/directory.h"
#include "sys/files.h"
#include "sys/mounts.h"
#include "sys/test_util.h"
#include "sys/users.h"

#include <sys/statvfs.h>

namespace drover::sys {
namespace {

TEST(Host, KnowsItself) {
  const HostInfo host = host_info();
  EXPECT_EQ(host.kernel_name, "linux");
  EXPECT_FALSE(host.hostname.empty());
  EXPECT_FALSE(host.arch.empty());
  EXPECT_FALSE(host.os_name.empty());
  EXPECT_EQ(host.boot_id.size(), 36U);
  EXPECT_GT(cpu_info().count, 0U);
  EXPECT_FALSE(cpu_info().model.empty());
  EXPECT_GT(memory_info().total, memory_info().available);
}

TEST(Host, MeasuresADisk) {
  const auto disk = disk_info("/tmp");
  SYS_ASSERT_OK(disk);
  EXPECT_GT(disk->size, disk->used);
  EXPECT_FALSE(disk->mount_point.empty());
  EXPECT_EQ(disk_info("/no/such/place").error().code(), ErrorCode::NotFound);
}

TEST(Host, SamplesEveryCpu) {
  const HostSample sample = sample_host();
  ASSERT_EQ(sample.cpus.size(), cpu_info().count);
  EXPECT_EQ(sample.cpus[0].cpu, "cpu0");
  EXPECT_GE(sample.cpus[0].total, sample.cpus[0].idle);
  EXPECT_GT(sample.uptime_seconds, 0U);
}

TEST(Network, HasLoopbackAndAPrimaryInterface) {
  bool loopback = false;
  for (const NetworkInterface& interface : network_interfaces()) {
    loopback = loopback || (interface.loopback && !interface.addresses.empty());
  }
  EXPECT_TRUE(loopback);
  const auto primary = primary_interface();
  SYS_ASSERT_OK(primary);
  EXPECT_FALSE(primary->addresses.empty());
}

TEST(Mounts, MakeAndRemoveATmpfs) {
  if (!running_as_root()) GTEST_SKIP() << "needs root";
  TempDir dir;
  std::filesystem::create_directories(dir / "a b/secrets");
  const std::string path = dir / "a b/secrets";
  SYS_ASSERT_OK(mount_tmpfs(path, {.size_bytes = 1 << 20, .mode = 0700, .uid = 65534}));
  EXPECT_TRUE(is_mount_point(path));
  const auto root = Directory::open(dir.path());
  SYS_ASSERT_OK(root);
  EXPECT_EQ(root->stat("a b/secrets").value().uid, 65534U);
  // Never removes what is mounted: it may be the host's.
  EXPECT_FALSE(root->remove_tree("a b"));
  std::filesystem::create_directories(dir / "view");
  SYS_ASSERT_OK(mount_copy(Directory::open(path).value().fd(), dir / "view", Access::ReadOnly));
  EXPECT_FALSE(root->create_file("view/x"));
  EXPECT_EQ(mounts_beneath(dir.path()).value().size(), 2U);
  SYS_ASSERT_OK(unmount_beneath(dir.path()));
  EXPECT_FALSE(is_mount_point(path));
  SYS_ASSERT_OK(unmount(path));
  SYS_ASSERT_OK(root->remove_tree("a b"));
}

TEST(Mounts, WhatIsMountedFromTheSameFileSystemIsNotRemovedEither) {
  if (!running_as_root()) GTEST_SKIP() << "needs root";
  TempDir dir;
  for (const char* name : {"data", "tree/sub/mounted"}) std::filesystem::create_directories(dir / name);
  SYS_ASSERT_OK(write_file_atomic(dir / "data/x", "kept"));
  SYS_ASSERT_OK(mount_copy(Directory::open(dir / "data").value().fd(), dir / "tree/sub/mounted", Access::ReadWrite));
  const auto root = Directory::open(dir.path());
  SYS_ASSERT_OK(root);
  for (const char* path : {"tree", "tree/sub/mounted"}) EXPECT_FALSE(root->remove_tree(path)) << path;
  EXPECT_EQ(read_file(dir / "data/x").value_or(""), "kept");
  SYS_ASSERT_OK(unmount_beneath(dir.path()));
  SYS_ASSERT_OK(root->remove_tree("tree"));
}

TEST(Mounts, CopiesAreOfWhatWasOpenedWhateverItsNameLeadsToLater) {
  if (!running_as_root() || !can_mount_copies()) GTEST_SKIP() << "needs root and Linux 5.12";
  TempDir dir;
  for (const char* name : {"real/inner", "other", "view"}) {
    std::filesystem::create_directories(dir / name);
  }
  SYS_ASSERT_OK(write_file_atomic(dir / "real/x", "real"));
  SYS_ASSERT_OK(write_file_atomic(dir / "view-of-x", ""));
  SYS_ASSERT_OK(mount_tmpfs(dir / "real/inner", {}));
  const auto source = Directory::open(dir / "real");
  SYS_ASSERT_OK(source);
  std::filesystem::rename(dir / "real", dir / "moved");
  std::filesystem::create_directory_symlink(dir / "other", dir / "real");
  SYS_ASSERT_OK(mount_copy(source->fd(), dir / "view", Access::ReadWrite));
  SYS_ASSERT_OK(mount_copy(source->open_file("x").value(), dir / "view-of-x", Access::ReadWrite));
  EXPECT_EQ(read_file(dir / "view/x").value_or(""), "real");
  EXPECT_EQ(read_file(dir / "view-of-x").value_or(""), "real");
  EXPECT_TRUE(is_mount_point(dir / "view/inner"));
  for (const char* name : {"view", "view-of-x"}) SYS_ASSERT_OK(unmount(dir / name));
  EXPECT_TRUE(is_mount_point(dir / "moved/inner"));
  EXPECT_FALSE(is_mount_point(dir / "view/inner"));
  SYS_ASSERT_OK(unmount_beneath(dir.path()));
}

TEST(Mounts, ReadOnlyCopiesAreSoInEveryMountOfTheirs) {
  if (!running_as_root() || !can_mount_copies()) GTEST_SKIP() << "needs root and Linux 5.12";
  TempDir dir;
  for (const char* name : {"data/inner", "view"}) std::filesystem::create_directories(dir / name);
  SYS_ASSERT_OK(mount_tmpfs(dir / "data/inner", {}));
  SYS_ASSERT_OK(mount_copy(Directory::open(dir / "data").value().fd(), dir / "view", Access::ReadOnly));
  const auto flags = [&](const char* name) {
    struct statvfs info = {};
    EXPECT_EQ(::statvfs((dir / name).c_str(), &info), 0);
    return info.f_flag;
  };
  EXPECT_TRUE(flags("view") & ST_RDONLY);
  EXPECT_TRUE(flags("view/inner") & ST_RDONLY);
  EXPECT_TRUE(flags("view/inner") & ST_NOSUID);
  SYS_ASSERT_OK(append_file(dir / "data/inner/x", "still writable"));
  SYS_ASSERT_OK(unmount_beneath(dir.path()));
}

}  // namespace
}  // namespace drover::sys
