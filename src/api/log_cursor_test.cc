#include "api/log_cursor.h"

#include "base/strings.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string frame(const std::string& data, int64_t offset, int index = 0) {
  return fmt::format(R"({{"Offset":{},"Data":"{}","File":"alloc/logs/web.stdout.{}"}})", offset, base64_encode(data),
                     index);
}

std::vector<std::string> texts(const std::vector<LogLine>& lines) {
  std::vector<std::string> out;
  for (const LogLine& line : lines) out.push_back(line.text);
  return out;
}

std::vector<std::string> lines(LogCursor& cursor, const std::string& text) {
  const auto taken = cursor.take(text);
  EXPECT_TRUE(taken);
  return taken ? texts(*taken) : std::vector<std::string>();
}

LogCursor make_cursor(size_t limit = 1000) {
  return {model::AllocId(), "web", "stdout", limit};
}

TEST(LogCursor, GivesWholeLines) {
  LogCursor cursor = make_cursor();
  EXPECT_THAT(lines(cursor, frame("one\r\ntw", 7)), ElementsAre("one"));
  EXPECT_THAT(lines(cursor, "{}"), IsEmpty());
  EXPECT_THAT(lines(cursor, frame("o\n\nthree", 15)), ElementsAre("two", ""));
  EXPECT_THAT(texts(cursor.take_rest()), ElementsAre("three"));
  EXPECT_THAT(texts(cursor.take_rest()), IsEmpty());
}

TEST(LogCursor, SaysWhereALineBegins) {
  LogCursor cursor = make_cursor();
  const auto first = cursor.take(frame("one\ntwo\nth", 10, 3));
  ASSERT_TRUE(first);
  EXPECT_THAT(*first,
              ElementsAre(LogLine{"one", "alloc/logs/web.stdout.3", 0}, LogLine{"two", "alloc/logs/web.stdout.3", 4}));
  const auto second = cursor.take(frame("ree\nfour\n", 9, 4));
  ASSERT_TRUE(second);
  EXPECT_THAT(*second, ElementsAre(LogLine{"three", "alloc/logs/web.stdout.3", 8},
                                   LogLine{"four", "alloc/logs/web.stdout.4", 4}));
}

TEST(LogCursor, JoinsNoHalvesOfLinesBetweenWhichSomethingWasRotatedAway) {
  LogCursor cursor = make_cursor();
  EXPECT_THAT(lines(cursor, frame("one\ntw", 6, 3)), ElementsAre("one"));
  EXPECT_THAT(lines(cursor, frame("nine\nte", 7, 5)), ElementsAre("tw", "nine"));
  // Of a later place in a file the first line has no beginning.
  EXPECT_THAT(lines(cursor, frame("ty\ntwenty\n", 50, 5)), ElementsAre("te", "twenty"));
}

TEST(LogCursor, GoesOnWhereItWas) {
  LogCursor cursor = make_cursor();
  EXPECT_EQ(cursor.request(true).origin, "end");
  EXPECT_EQ(cursor.request(true).offset, 1000);
  EXPECT_TRUE(cursor.request(true).path.empty());
  lines(cursor, frame("one\n", 4, 3));
  const auto request = cursor.request(false);
  EXPECT_FALSE(request.follow);
  EXPECT_EQ(request.path, "alloc/logs/web.stdout.3");
  EXPECT_EQ(request.offset, 4);
}

TEST(LogCursor, LeavesOutALineWhoseBeginningIsNotThere) {
  LogCursor cursor = make_cursor();
  EXPECT_THAT(lines(cursor, frame("f a line", 500)), IsEmpty());
  EXPECT_THAT(lines(cursor, frame(" goes on\nnext\n", 514)), ElementsAre("next"));
}

TEST(LogCursor, CutsLinesThatAreTooLong) {
  LogCursor cursor = make_cursor();
  const std::string text(LogCursor::kMaxLine + 5, 'x');
  EXPECT_THAT(lines(cursor, frame(text, static_cast<int64_t>(text.size()))),
              ElementsAre(text.substr(0, LogCursor::kMaxLine)));
  EXPECT_THAT(texts(cursor.take_rest()), ElementsAre("xxxxx"));
}

TEST(LogCursor, RefusesWhatIsNoPieceOfALog) {
  LogCursor cursor = make_cursor();
  EXPECT_FALSE(cursor.take("[1"));
  EXPECT_FALSE(cursor.take(R"({"File":"x","Data":"!","Offset":1})"));
  EXPECT_FALSE(cursor.take(R"({"File":"x","Data":"aGk="})"));
  EXPECT_FALSE(cursor.take(R"({"File":"x","Data":"aGk=","Offset":1})"));
}

}  // namespace
}  // namespace drover::api
