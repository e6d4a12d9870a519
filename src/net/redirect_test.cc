#include "net/redirect.h"

#include <gtest/gtest.h>

namespace drover::net {
namespace {

TEST(Redirect, AnswersWithALocationThatCounts) {
  for (const int status : {301, 302, 303, 307, 308}) EXPECT_TRUE(is_redirection(status)) << status;
  for (const int status : {200, 300, 304, 305, 404}) EXPECT_FALSE(is_redirection(status)) << status;
}

TEST(Redirect, ALocationIsAUrlOrThePartInWhichItDiffers) {
  constexpr std::string_view kFrom = "http://host:80/a/b?x=1";
  EXPECT_EQ(resolve_location(kFrom, "https://other/c"), "https://other/c");
  EXPECT_EQ(resolve_location(kFrom, "//other/c"), "http://other/c");
  EXPECT_EQ(resolve_location(kFrom, "/c?next=http://other/#top"), "http://host:80/c?next=http://other/");
  EXPECT_EQ(resolve_location(kFrom, "?y=2"), "http://host:80/a/b?y=2");
  EXPECT_EQ(resolve_location(kFrom, "c?d:e"), "http://host:80/a/c?d:e");
  EXPECT_EQ(resolve_location(kFrom, "mailto:somebody"), "mailto:somebody");
  EXPECT_EQ(resolve_location("http://host", "c"), "http://host/c");
  EXPECT_EQ(resolve_location("http://[::1]:80/a/", "c"), "http://[::1]:80/a/c");
}

}  // namespace
}  // namespace drover::net
