#include <gtest/gtest.h>

#include "model/allocation.h"
#include "model/constraint.h"
#include "model/node.h"

namespace drover::model {
namespace {

TEST(ConstraintText, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(to_string(Constraint{"${attr.kernel.name}", "windows", "="}), "${attr.kernel.name} = windows");
  EXPECT_EQ(to_string(Constraint{"", "", "distinct_hosts"}), "distinct_hosts");
  EXPECT_EQ(to_string(Constraint{"${meta.rack}", "", "is_set"}), "${meta.rack} is_set");
}

TEST(AllocationName, HoldsItsIndex) {
  Allocation alloc;
  alloc.name = alloc_name("web", "api", 12);
  EXPECT_EQ(alloc.name, "web.api[12]");
  EXPECT_EQ(alloc.index(), 12);
}

TEST(AllocationName, WithoutIndexHasNone) {
  Allocation alloc;
  for (const char* name : {"", "web", "web.api[]", "web.api[-1]", "web.api[1", "web.api[99999999999]", "]"}) {
    alloc.name = name;
    EXPECT_EQ(alloc.index(), -1) << name;
  }
}

TEST(ComputedClass, IgnoresWhatIsUniqueToANode) {
  Node a;
  a.attributes = {{"kernel.name", "linux"}, {"unique.hostname", "a"}};
  a.meta = {{"rack", "1"}};
  Node b = a;
  b.name = "b";
  b.attributes["unique.hostname"] = "b";
  b.resources.cpu = 9000;
  EXPECT_EQ(compute_class(a), compute_class(b));
}

TEST(ComputedClass, TellsApartWhatConstraintsTellApart) {
  const Node a;
  const auto differs = [&](auto change) {
    Node b = a;
    change(b);
    return compute_class(a) != compute_class(b);
  };
  EXPECT_TRUE(differs([](Node& n) { n.datacenter = "dc2"; }));
  EXPECT_TRUE(differs([](Node& n) { n.node_class = "gpu"; }));
  EXPECT_TRUE(differs([](Node& n) { n.node_pool = "batch"; }));
  EXPECT_TRUE(differs([](Node& n) { n.attributes["kernel.name"] = "linux"; }));
  EXPECT_TRUE(differs([](Node& n) { n.meta["rack"] = "1"; }));
  EXPECT_TRUE(differs([](Node& n) { n.drivers["docker"].detected = true; }));
}

TEST(ComputedClass, KeepsAttributesAndMetaApart) {
  Node a;
  a.attributes["x"] = "1";
  Node b;
  b.meta["x"] = "1";
  EXPECT_NE(compute_class(a), compute_class(b));
}

}  // namespace
}  // namespace drover::model
