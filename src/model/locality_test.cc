#include "model/locality.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

TEST(Locality, DatacentersMayBePatterns) {
  EXPECT_TRUE(in_datacenters("eu-west", {"us-*", "eu-*"}));
  EXPECT_TRUE(in_datacenters("eu-west", {"*"}));
  EXPECT_TRUE(in_datacenters("eu-west", {"e*w*t"}));
  EXPECT_FALSE(in_datacenters("eu-west", {"eu"}));
  EXPECT_FALSE(in_datacenters("eu-west", {"*-east"}));
  EXPECT_FALSE(in_datacenters("eu-west", {}));
  EXPECT_TRUE(in_datacenters("", {"*"}));
}

TEST(Locality, AJobRunsInItsNodePoolOrInAll) {
  Node node;
  node.node_pool = "gpu";
  EXPECT_FALSE(in_node_pool(node, Job{.node_pool = "default"}));
  EXPECT_TRUE(in_node_pool(node, Job{.node_pool = "gpu"}));
  EXPECT_TRUE(in_node_pool(node, Job{.node_pool = "all"}));
}

}  // namespace
}  // namespace drover::model
