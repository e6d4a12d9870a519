#include "client/files/log_files.h"

#include "client/testing.h"
#include "drivers/log_writer.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

const std::vector<LogFile> kFiles = {{.index = 3, .size = 10}, {.index = 4, .size = 20}, {.index = 5, .size = 5}};

TEST(LocateLog, CountsFromTheStartAcrossFiles) {
  EXPECT_EQ(locate_log(kFiles, "start", 0), (LogPosition{3, 0}));
  EXPECT_EQ(locate_log(kFiles, "start", 12), (LogPosition{4, 2}));
  EXPECT_EQ(locate_log(kFiles, "", 99), (LogPosition{5, 5}));
}

TEST(LocateLog, CountsFromTheEndAcrossFiles) {
  EXPECT_EQ(locate_log(kFiles, "end", 0), (LogPosition{5, 5}));
  EXPECT_EQ(locate_log(kFiles, "end", 7), (LogPosition{4, 18}));
  EXPECT_EQ(locate_log(kFiles, "end", 99), (LogPosition{3, 0}));
}

class LogReaderTest : public ::testing::Test {
 protected:
  drivers::LogWriter writer(uint32_t max_files) {
    auto made = drivers::LogWriter::open(dir.path(), "t.stdout.", {.max_files = max_files, .max_file_bytes = 64});
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  LogReader reader(LogPosition start = {}) { return {*sys::Directory::open(dir.path()), "t.stdout.", start}; }
  static std::string drain(LogReader& reader, size_t piece) {
    std::string out;
    while (true) {
      const auto bytes = reader.read(piece);
      EXPECT_TRUE(bytes);
      if (!bytes || bytes->empty()) return out;
      out += *bytes;
    }
  }

  TestDir dir;
};

TEST_F(LogReaderTest, FollowsRotationWithoutGapOrRepetition) {
  auto log = writer(1000);
  auto in = reader();
  std::string written;
  std::string read;
  for (int i = 0; i < 500; i++) {
    const std::string line = "line " + std::to_string(i) + "\n";
    log.write(line);
    written += line;
    if (i % 7 == 0) read += drain(in, 13);
  }
  read += drain(in, 1000);
  EXPECT_EQ(read, written);
}

TEST_F(LogReaderTest, HasNothingBeforeTheFirstFile) {
  auto in = reader();
  EXPECT_EQ(drain(in, 100), "");
  writer(10).write("hello\n");
  EXPECT_EQ(drain(in, 100), "hello\n");
}

TEST_F(LogReaderTest, GoesOnWithTheOldestThatIsLeft) {
  auto log = writer(2);
  auto in = reader();
  log.write("first\n");
  EXPECT_EQ(drain(in, 100), "first\n");
  for (int i = 0; i < 40; i++) log.write("a line of some length " + std::to_string(i) + "\n");
  const std::string rest = drain(in, 100);
  EXPECT_TRUE(rest.ends_with("length 39\n"));
  EXPECT_LE(rest.size(), 4 * 64u);
}

}  // namespace
}  // namespace drover::client
