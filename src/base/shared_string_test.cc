#include "base/shared_string.h"

#include "base/boxed.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace drover {
namespace {

TEST(SharedString, ReadsLikeAString) {
  const SharedString text = "web";
  const std::string copy = text;
  EXPECT_EQ(copy, "web");
  EXPECT_EQ(text, "web");
  EXPECT_EQ("a" + text, "aweb");
  EXPECT_LT(text, std::string("wec"));
  EXPECT_EQ(fmt::format("{}", text), "web");
  EXPECT_TRUE(SharedString().empty());
  EXPECT_EQ(SharedString(""), SharedString());
}

TEST(StringPool, MakesEqualTextsOne) {
  StringPool pool;
  SharedString a = "web", b = "web";
  pool.intern(a);
  pool.intern(b);
  EXPECT_TRUE(a.same_as(b));
  EXPECT_TRUE(a.same_as(pool.intern("web")));
}

TEST(StringPool, DoesNotMarkWhatOthersMayRead) {
  StringPool pool;
  const SharedString shared = "web";
  SharedString copy = shared;
  pool.intern(copy);
  EXPECT_FALSE(copy.same_as(shared));
  EXPECT_EQ(copy, shared);
}

TEST(StringPool, ForgetsWhatNobodyHolds) {
  StringPool pool;
  const SharedString kept = pool.intern("kept");
  for (int i = 0; i < 100'000; ++i) (void)pool.intern(std::to_string(i));
  EXPECT_LT(pool.size(), 2000u);
  EXPECT_TRUE(kept.same_as(pool.intern("kept")));
  EXPECT_FALSE(pool.intern(std::string(1000, 'x')).same_as(pool.intern(std::string(1000, 'x'))));
}

TEST(Boxed, TakesOneWordAndCopiesDeeply) {
  using Numbers = Boxed<std::vector<int>>;
  static_assert(sizeof(Numbers) == sizeof(void*));
  Numbers a;
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(a.begin(), a.end());
  a.push_back(1);
  Numbers b = a;
  b.push_back(2);
  EXPECT_EQ(a.size(), 1u);
  EXPECT_EQ(b.get(), (std::vector<int>{1, 2}));
  a = b;
  EXPECT_EQ(a.back(), 2);
  a.clear();
  EXPECT_TRUE(a.empty());
}

TEST(Boxed, HoldsMaps) {
  Boxed<std::map<std::string, int>> counts;
  ++counts["a"];
  EXPECT_EQ(counts.at("a"), 1);
  EXPECT_TRUE(counts.contains("a"));
  EXPECT_EQ(std::as_const(counts).find("b"), counts.get().end());
}

}  // namespace
}  // namespace drover
