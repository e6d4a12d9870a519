#include "base/slim_vector.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/flat_map.h"
#include "base/random.h"

namespace drover {
namespace {

using Texts = SlimVector<std::string>;

std::string text_of(uint64_t number) {
  return "a text that is not short, number " + std::to_string(number);
}

TEST(SlimVectorTest, IsOneWordAndTakesNothingWhenEmpty) {
  EXPECT_EQ(sizeof(Texts), sizeof(void*));
  Texts texts;
  EXPECT_TRUE(texts.empty());
  EXPECT_EQ(texts.begin(), texts.end());
  texts.push_back("x");
  texts.clear();
  EXPECT_EQ(texts.data(), nullptr);
}

TEST(SlimVectorTest, DoesAsAVectorDoes) {
  SeededRandom random(1);
  Texts slim;
  std::vector<std::string> plain;
  for (int step = 0; step < 2000; ++step) {
    const uint64_t action = random.below(10);
    const size_t at = plain.empty() ? 0 : random.below(plain.size());
    const auto offset = static_cast<std::ptrdiff_t>(at);
    if (action < 5) {
      plain.push_back(text_of(random.next()));
      slim.push_back(plain.back());
    } else if (action < 7 && !plain.empty()) {
      plain.erase(plain.begin() + offset);
      slim.erase(slim.begin() + offset);
    } else if (action == 7) {
      plain.insert(plain.begin() + offset, "inserted");
      slim.insert(slim.begin() + offset, "inserted");
    } else if (action == 8) {
      plain.erase(plain.begin(), plain.begin() + offset);
      slim.erase(slim.begin(), slim.begin() + offset);
    } else {
      const Texts copy = slim;
      slim = Texts(plain);
      EXPECT_EQ(slim, copy);
    }
    ASSERT_TRUE(std::equal(slim.begin(), slim.end(), plain.begin(), plain.end()));
  }
}

TEST(SlimVectorTest, AppendsAnElementOfItsOwn) {
  Texts texts{"first, and long enough for the heap"};
  for (int i = 0; i < 20; ++i) texts.push_back(texts.front());
  EXPECT_EQ(texts.back(), "first, and long enough for the heap");
}

TEST(SlimVectorTest, IsMovedWithoutCopies) {
  Texts texts{"x"};
  const std::string* const element = texts.data();
  const Texts moved = std::move(texts);
  EXPECT_EQ(moved.data(), element);
  EXPECT_TRUE(texts.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(FlatMapTest, KeepsItsKeysSortedAndOnce) {
  FlatMap<int> map{{"b", 2}, {"a", 1}, {"b", 3}};
  map["c"] = 4;
  std::string shown;
  for (const auto& [key, value] : map) shown += key + "=" + std::to_string(value) + " ";
  EXPECT_EQ(shown, "a=1 b=2 c=4 ");
  EXPECT_EQ(map.at("c"), 4);
  EXPECT_EQ(map.find("d"), map.end());
  EXPECT_FALSE(map.emplace("a", 9).second);
  EXPECT_EQ(map.erase("b"), 1u);
  EXPECT_FALSE(map.contains("b"));
  EXPECT_EQ(map.size(), 2u);
}

}  // namespace
}  // namespace drover
