#include "codec/compare.h"

#include <gtest/gtest.h>

#include "codec/doc.h"
#include "codec/json.h"
#include "codec/random_instance.h"
#include "codec/test_types.h"

namespace drover::codec::test {
namespace {

TEST(Compare, CopiesAreEqualAndOthersAreNot) {
  SeededRandom random(9);
  for (int i = 0; i < 50; ++i) {
    const auto a = random_instance<Everything>(random, {.max_depth = 1});
    const auto b = random_instance<Everything>(random, {.max_depth = 1});
    Everything c;
    copy(type_of<Everything>(), &c, &a);
    EXPECT_TRUE(equal(a, c));
    EXPECT_EQ(equal(a, b), to_json(a) == to_json(b));
  }
}

TEST(Compare, CopiesContainersOfAnyKind) {
  std::vector<std::map<std::string, std::optional<int64_t>>> from = {{{"a", 1}, {"b", std::nullopt}}, {}}, to = {{}};
  copy(type_of<decltype(from)>(), &to, &from);
  EXPECT_EQ(from, to);
  EXPECT_TRUE(equal(from, to));
}

TEST(Compare, SkipsFieldsByFlag) {
  const Everything a{.modify_index = 1}, b{.modify_index = 2};
  EXPECT_FALSE(equal(a, b));
  EXPECT_TRUE(equal(a, b, {.skip_flags = kReadOnly}));
}

TEST(Compare, ComparesOnlyFlaggedFieldsOnDemand) {
  const FieldFilter destructive{.only_flags = kDestructive};
  Task a, b;
  b.resources.cpu = 5;
  EXPECT_TRUE(equal(a, b, destructive));
  b.resources.memory_mb = 5;
  EXPECT_FALSE(equal(a, b, destructive));
  b = a;
  b.env["a"] = "b";
  EXPECT_FALSE(equal(a, b, destructive));
  EXPECT_FALSE(equal(Everything{.tasks = {a}}, Everything{.tasks = {}}, destructive))
      << "a flagged field can be inside";
  EXPECT_TRUE(equal(Resources{.ports = {{}}}, Resources{}, destructive));
}

TEST(Doc, ListsFieldsAsMarkdown) {
  EXPECT_EQ(field_table<Resources>(),
            "| JSON | HCL | Type | Default | Description |\n|---|---|---|---|---|\n"
            "| CPU | cpu | int | `100` | CPU share in MHz |\n"
            "| MemoryMB | memory | int | `300` |  |\n"
            "| Share |  | number | `0.5` |  |\n"
            "| Ports |  | list of Port |  |  |\n");
  EXPECT_NE(field_table<Port>().find("a fixed port \\| or none"), std::string::npos);
  EXPECT_NE(field_table<Task>().find("| KillTimeout |  | duration | `5s` |"), std::string::npos);
  EXPECT_NE(field_table<Everything>().find("| Datacenters |  | list of string | `[\"dc1\"]` |"), std::string::npos);
}

}  // namespace
}  // namespace drover::codec::test
