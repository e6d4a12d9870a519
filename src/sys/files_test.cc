#include "sys/files.h"

#include "sys/signals.h"
#include "sys/test_util.h"
#include "sys/users.h"

#include <sys/stat.h>
#include <csignal>
#include <filesystem>

namespace drover::sys {
namespace {

TEST(Files, WriteAtomicReplacesTheFileAndLeavesNothingElseBehind) {
  TempDir dir;
  SYS_ASSERT_OK(write_file_atomic(dir / "a", "one", 0640));
  SYS_ASSERT_OK(write_file_atomic(dir / "a", "two", 0640));
  EXPECT_EQ(read_file(dir / "a").value(), "two");
  struct stat info = {};
  ASSERT_EQ(::stat((dir / "a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Files, WriteAtomicInAMissingDirectoryIsNotFound) {
  TempDir dir;
  const auto status = write_file_atomic(dir / "no/a", "x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::NotFound);
}

TEST(Files, ReadRefusesMoreThanItsLimit) {
  TempDir dir;
  SYS_ASSERT_OK(write_file_atomic(dir / "a", std::string(1000, 'x')));
  EXPECT_EQ(read_file(dir / "a", 1000).value().size(), 1000U);
  const auto too_long = read_file(dir / "a", 999);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code(), ErrorCode::ResourceExhausted);
}

TEST(Files, AppendAddsToTheEnd) {
  TempDir dir;
  SYS_ASSERT_OK(append_file(dir / "a", "one\n"));
  SYS_ASSERT_OK(append_file(dir / "a", "two\n"));
  EXPECT_EQ(read_file(dir / "a").value(), "one\ntwo\n");
  EXPECT_FALSE(write_existing(dir / "b", "x"));
}

TEST(Signals, AreKnownByNameShortNameAndNumber) {
  EXPECT_EQ(parse_signal("SIGUSR1"), SIGUSR1);
  EXPECT_EQ(parse_signal("usr1"), SIGUSR1);
  EXPECT_EQ(parse_signal("15"), SIGTERM);
  EXPECT_EQ(parse_signal("SIGNOTHING"), std::nullopt);
  EXPECT_EQ(parse_signal("0"), std::nullopt);
  EXPECT_EQ(parse_signal(""), std::nullopt);
  EXPECT_EQ(signal_name(SIGINT), "SIGINT");
  for (const std::string& name : signal_names()) EXPECT_TRUE(parse_signal(name)) << name;
}

TEST(Users, AreFoundByNameNumberAndGroup) {
  EXPECT_EQ(find_user("root").value().uid, 0U);
  EXPECT_EQ(find_user("0").value().name, "root");
  EXPECT_EQ(find_user("root:12").value().gid, 12U);
  const auto unknown = find_user("no-such-user");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::NotFound);
  EXPECT_EQ(unknown.error().message(), "unknown user \"no-such-user\"");
}

}  // namespace
}  // namespace drover::sys
