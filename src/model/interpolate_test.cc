#include "model/interpolate.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

Node test_node() {
  Node node;
  node.id = *NodeId::parse("11111111-2222-3333-4444-555555555555");
  node.name = "alpha";
  node.datacenter = "eu";
  node.node_class = "big";
  node.node_pool = "gpu";
  node.attributes = {{"kernel.name", "linux"}, {"unique.hostname", "host-1"}, {"cpu model", "x"}};
  node.meta = {{"rack", "r1"}, {"a-b", "c"}};
  return node;
}

TEST(Reference, HasTheFormsOfNomadAndOfHcl) {
  const std::pair<const char*, const char*> table[] = {{"${a}", "a"},
                                                       {"${NOMAD_PORT_http} rest", "NOMAD_PORT_http"},
                                                       {"${attr.kernel.name}", "attr.kernel.name"},
                                                       {"${meta[\"rack\"]}", "meta.rack"},
                                                       {"${env[\"X\"]}", "env.X"},
                                                       {"${attr[\"cpu\"].arch}", "attr.cpu.arch"},
                                                       {"${attr[\"cpu model\"]}", "attr.cpu model"},
                                                       {"${ meta.a-b\t}", "meta.a-b"}};
  for (const auto& [text, name] : table) {
    const auto reference = parse_reference(text);
    ASSERT_TRUE(reference) << text;
    EXPECT_EQ(reference->name, name);
    EXPECT_EQ(reference->length, std::string_view(text).find('}') + 1);
  }
  for (const char* text : {"", "$", "${", "${}", "${ }", "${a", "${a b}", "${a:-b}", "${[\"a\"]}", "${a[b]}",
                           "${a[\"b]}", "${a[\"\"]}", "${a[\"b\"}", "${a[\"${b}\"]}", "a", "$${a}", "${\na}"}) {
    EXPECT_FALSE(parse_reference(text)) << text;
  }
}

TEST(ResolveNodeTarget, KnowsEveryPropertyOfANode) {
  const Node node = test_node();
  const std::pair<const char*, const char*> table[] = {{"${node.unique.id}", "11111111-2222-3333-4444-555555555555"},
                                                       {"${node.unique.name}", "alpha"},
                                                       {"${node.datacenter}", "eu"},
                                                       {"${node.class}", "big"},
                                                       {"${nomad.class}", "big"},
                                                       {"${node.pool}", "gpu"},
                                                       {"${attr.kernel.name}", "linux"},
                                                       {"${attr[\"kernel.name\"]}", "linux"},
                                                       {"${meta.rack}", "r1"},
                                                       {"${meta[\"a-b\"]}", "c"},
                                                       {"literal", "literal"},
                                                       {"x${meta.rack}", "x${meta.rack}"},
                                                       {"", ""}};
  for (const auto& [target, value] : table) EXPECT_EQ(resolve_node_target(target, node), value) << target;
  for (const char* target : {"${attr.none}", "${meta.none}", "${node.none}", "${", "${attr.kernel.name", "${}",
                             "${meta.rack}x", "${meta.rack}${meta.rack}", "${NOMAD_DC}"}) {
    EXPECT_EQ(resolve_node_target(target, node), std::nullopt) << target;
  }
}

TEST(UniqueTarget, IsAReferenceToSomethingUnique) {
  for (const char* target : {"${node.unique.name}", "${attr.unique.hostname}", "${attr[\"unique.hostname\"]}"}) {
    EXPECT_TRUE(is_unique_target(target)) << target;
  }
  for (const char* target : {"${node.class}", "unique.", "${meta.uniquely}"}) {
    EXPECT_FALSE(is_unique_target(target)) << target;
  }
}

TEST(Interpolator, KnowsTheTasksVariablesAndItsNode) {
  const Interpolator interpolate({{"NOMAD_PORT_http", "80"}, {"A", "1"}}, node_variables(test_node(), "global"));
  const std::pair<const char*, const char*> table[] = {
      {"http://x:${NOMAD_PORT_http}/${meta.rack}", "http://x:80/r1"},
      {"${env[\"NOMAD_PORT_http\"]} ${env.A} ${A}", "80 1 1"},
      {"${nomad.class} ${node.class} ${node.region} ${node.pool} ${node.datacenter}", "big big global gpu eu"},
      {"${node.unique.name} ${attr.unique.hostname} ${attr[\"cpu model\"]}", "alpha host-1 x"},
      {"${unknown} ${env.none} $A ${ ${A", "${unknown} ${env.none} $A ${ ${A"},
      {"${A:-x} ${${A}}", "${A:-x} ${1}"},
      {"", ""}};
  for (const auto& [text, expected] : table) EXPECT_EQ(interpolate(text), expected) << text;
}

TEST(Interpolator, DoesNotExpandWhatItInserted) {
  const Interpolator interpolate({{"A", "${B}"}, {"B", "b"}, {"C", "${"}}, {});
  EXPECT_EQ(interpolate("${A}${B}"), "${B}b");
  EXPECT_EQ(interpolate("${C}B}"), "${B}");
}

TEST(Interpolator, BoundsWhatComesOut) {
  const Interpolator interpolate({{"A", std::string(1000, 'x')}}, {});
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "${A}";
  EXPECT_LT(interpolate(text).size(), Interpolator::kMaxResult + text.size());
}

TEST(Interpolator, ExpandsValuesDeeply) {
  const Interpolator interpolate({{"A", "1"}}, {{"node.class", "big"}});
  codec::Value config;
  config.set("args", codec::Value::Array{"${A}", "x${node.class}x", 5, "${env.A}"});
  config.set("${A}", "${nomad.class}");
  codec::Value expected;
  expected.set("args", codec::Value::Array{"1", "xbigx", 5, "1"});
  expected.set("1", "${nomad.class}");
  EXPECT_EQ(interpolate.expand(config), expected);
}

}  // namespace
}  // namespace drover::model
