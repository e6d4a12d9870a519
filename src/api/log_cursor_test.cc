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

std::vector<std::string> lines(LogCursor& cursor, const std::string& text) {
  auto taken = cursor.take(text);
  EXPECT_TRUE(taken) << taken.error().message();
  return taken ? *taken : std::vector<std::string>();
}

LogCursor make_cursor(size_t limit = 1000) {
  return {model::AllocId(), "web", "stdout", limit};
}

TEST(LogCursor, GivesWholeLines) {
  LogCursor cursor = make_cursor();
  EXPECT_THAT(lines(cursor, frame("one\r\ntw", 7)), ElementsAre("one"));
  EXPECT_THAT(lines(cursor, "{}"), IsEmpty());
  EXPECT_THAT(lines(cursor, frame("o\n\nthree", 14)), ElementsAre("two", ""));
  EXPECT_THAT(cursor.take_rest(), ElementsAre("three"));
  EXPECT_THAT(cursor.take_rest(), IsEmpty());
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
  EXPECT_THAT(cursor.take_rest(), ElementsAre("xxxxx"));
}

TEST(LogCursor, RefusesWhatIsNoPieceOfALog) {
  LogCursor cursor = make_cursor();
  EXPECT_FALSE(cursor.take("[1"));
  EXPECT_FALSE(cursor.take(R"({"File":"x","Data":"!","Offset":1})"));
  EXPECT_FALSE(cursor.take(R"({"File":"x","Data":"aGk="})"));
}

}  // namespace
}  // namespace drover::api
