#include "jobspec/yaml.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string read(std::string_view text) {
  const auto document = parse_yaml(text);
  return document ? codec::dump(document->value) : "ERROR " + document.error().message();
}

TEST(Yaml, ScalarsFollowTheCoreSchema) {
  EXPECT_EQ(read("[~, null, '', yes, true, FALSE, 'true', \"1\", 1, -1, 0x1F, 0o17, 0b11, 1_000, 012]"),
            R"([null,null,"","yes",true,false,"true","1",1,-1,31,15,3,1000,12])");
  EXPECT_EQ(read("[1.5, 1e3, .5, 1., 0.1, 1:30, 2001-12-14, 1.2.3, -, 9223372036854775808]"),
            R"([1.5,1000,0.5,1,0.1,"1:30","2001-12-14","1.2.3","-",9223372036854775808])");
  EXPECT_EQ(read("a: |\n  x\n  y\nb: >-\n  x\n  y\nc:\n"), R"({"a":"x\ny\n","b":"x y","c":null})");
  EXPECT_EQ(read("[!!str 1, !!int '1', !!float 1]"), R"(["1",1,1])");
}

TEST(Yaml, AliasesAndMergeKeys) {
  EXPECT_EQ(read("a: &x {k: 1, l: 2}\nb: *x\nc: {<<: *x, l: 3}\nd: {<<: [*x, {m: 4}]}"),
            R"({"a":{"k":1,"l":2},"b":{"k":1,"l":2},"c":{"l":3,"k":1},"d":{"k":1,"l":2,"m":4}})");
  EXPECT_THAT(read("a: {<<: 1}"), StartsWith("ERROR line 1, column 9: \"<<\" needs"));
  EXPECT_THAT(read("a: &x [*x]"), HasSubstr("within what it stands for"));
}

TEST(Yaml, ErrorsSayWhere) {
  EXPECT_THAT(read("a: 1\nb: [1, 2"), StartsWith("ERROR line "));
  EXPECT_EQ(read("a: 1\na: 2"), "ERROR line 2, column 1: the key \"a\" is there twice");
  EXPECT_THAT(read("a: 1\n--- \nb: 2"), HasSubstr("second document"));
  EXPECT_THAT(read("{[1]: 2}"), HasSubstr("a key has to be a string"));
  EXPECT_THAT(read("a: !!set {b}"), HasSubstr("not supported"));
  EXPECT_THAT(read("a: .inf"), HasSubstr("finite"));
  EXPECT_THAT(read("a: \x04"), HasSubstr("control character"));
  EXPECT_THAT(read("a: \xff"), HasSubstr("UTF-8"));
}

TEST(Yaml, BombsAreRefused) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    laughs += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
  }
  EXPECT_THAT(read(laughs), HasSubstr("too many values"));
  EXPECT_THAT(read(std::string(100, '[') + std::string(100, ']')), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(read(std::string(100'000, '[')), StartsWith("ERROR"));
}

TEST(Yaml, PlacesAreThoseOfKeysAndElements) {
  const auto document = parse_yaml("version: '0.1'\nops:\n  - id: a\n    args:\n      image: x\n");
  ASSERT_TRUE(document);
  const auto place = [&](std::string_view path) {
    const auto it = std::ranges::find(document->places, path, &YamlPlace::path);
    return it == document->places.end() ? "none" : fmt::format("{}:{}", it->line, it->column);
  };
  EXPECT_EQ(place("version"), "1:1");
  EXPECT_EQ(place("ops[0].id"), "3:5");
  EXPECT_EQ(place("ops[0].args.image"), "5:7");
}

}  // namespace
}  // namespace drover::jobspec
