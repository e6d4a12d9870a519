#include "drivers/log_writer.h"

#include "drivers/test_support.h"

namespace drover::drivers {
namespace {

namespace fs = std::filesystem;

class LogWriterTest : public testing::DriverTest {
 protected:
  LogWriter open(LogLimits limits) {
    auto writer = LogWriter::open(root_, "t.stdout.", limits);
    CHECK(writer, "log writer");
    return std::move(*writer);
  }
  std::string file(int index) const {
    return sys::read_file(root_ + "/t.stdout." + std::to_string(index)).value_or("<none>");
  }
};

TEST_F(LogWriterTest, RotatesAtLinesAndRemovesTheOldest) {
  auto writer = open({.max_files = 2, .max_file_bytes = 10});
  writer.write("aaaa\nbbbb\ncccc\n");
  writer.write("dddd\neeee\n");
  EXPECT_EQ(file(0), "<none>");
  EXPECT_EQ(file(1), "cccc\ndddd\n");
  EXPECT_EQ(file(2), "eeee\n");
}

TEST_F(LogWriterTest, ItsTimesTakeNoMoreRoomThanTheyMay) {
  auto writer = open({.max_files = 2, .max_file_bytes = 10 << 20});
  for (int64_t round = 0; round < 400; ++round) {
    std::vector<LogMark> marks;
    for (int64_t i = 1; i <= 1000; ++i) {
      marks.push_back({.offset = marks.size(), .unix_nanos = (round * 1000 + i) * LogWriter::kMarkInterval});
    }
    writer.write(std::string(1000, '\n'), marks);
  }
  const auto noted = sys::read_file(root_ + "/.times.t.stdout.0").value_or("");
  EXPECT_LE(noted.size(), LogWriter::kMaxTimesBytes);
  EXPECT_GT(noted.size(), LogWriter::kMaxTimesBytes / 2);
  EXPECT_TRUE(noted.ends_with('\n'));
}

TEST_F(LogWriterTest, NotesWhenItWasWritten) {
  const auto times = [&](int index) {
    return sys::read_file(root_ + "/.times.t.stdout." + std::to_string(index)).value_or("<none>");
  };
  constexpr int64_t kMilli = 1'000'000;
  auto writer = open({.max_files = 2, .max_file_bytes = 10});
  const std::vector<LogMark> marks = {{0, 100 * kMilli}, {5, 105 * kMilli}, {10, 120 * kMilli}};
  writer.write("aaaa\nbbbb\ncccc\n", marks);
  EXPECT_EQ(times(0), "0 100\n");
  EXPECT_EQ(times(1), "0 120\n");
  const auto position = writer.position();
  writer.write("dddd\n", std::vector<LogMark>{{0, 200 * kMilli}});
  writer.rewind(*position);
  writer.write("eeee\nffff\n", std::vector<LogMark>{{0, 300 * kMilli}, {5, 400 * kMilli}});
  EXPECT_EQ(times(0), "<none>");
  EXPECT_EQ(times(1), "0 120\n5 200\n5 300\n");
  EXPECT_EQ(times(2), "0 400\n");
}

TEST_F(LogWriterTest, CutsALineThatIsLongerThanAFile) {
  auto writer = open({.max_files = 3, .max_file_bytes = 4});
  writer.write("abcdefgh");
  EXPECT_EQ(file(0), "abcd");
  EXPECT_EQ(file(1), "efgh");
}

TEST_F(LogWriterTest, GoesOnWhereAnEarlierOneStopped) {
  open({.max_file_bytes = 8}).write("one\ntwo\nthree\n");
  open({.max_file_bytes = 8}).write("x\n");
  EXPECT_EQ(file(1), "three\nx\n");
}

TEST_F(LogWriterTest, RewindsOverARotation) {
  auto writer = open({.max_file_bytes = 8});
  writer.write("one\n");
  const auto position = writer.position();
  writer.write("two\nthree\nfour\n");
  writer.rewind(*position);
  EXPECT_EQ(file(0), "one\n");
  EXPECT_EQ(file(1), "<none>");
  writer.write("2\n");
  EXPECT_EQ(file(0), "one\n2\n");
}

// cases.md 54
TEST_F(LogWriterTest, NeverWritesThroughWhatATaskPutInItsPlace) {
  sys::write_file_atomic(root_ + "/host", "untouched").value();
  fs::create_symlink(root_ + "/host", root_ + "/t.stdout.0");
  open({}).write("evil\n");
  fs::create_hard_link(root_ + "/host", root_ + "/t.stdout.2");
  open({}).write("evil\n");
  EXPECT_EQ(sys::read_file(root_ + "/host").value(), "untouched");
  EXPECT_EQ(file(3), "evil\n");
}

TEST_F(LogWriterTest, GoesPastADirectoryOfTheSameName) {
  fs::create_directory(root_ + "/t.stdout.0");
  auto writer = open({});
  writer.write("text\n");
  EXPECT_EQ(file(1), "text\n");
}

}  // namespace
}  // namespace drover::drivers
