#include "server/room.h"

#include <gtest/gtest.h>

namespace drover::server {
namespace {

model::Node ready_node() {
  model::Node node;
  node.status = model::NodeStatus::Ready;
  node.devices = {{.vendor = "nvidia", .type = "gpu", .name = "T4", .attributes = {{"memory", "15360 MiB"}}}};
  node.devices[0].instances = {{.id = "GPU-1"}, {.id = "GPU-2", .healthy = false, .health_description = "lost"}};
  node.host_volumes["data"] = {.path = "/data", .read_only = true};
  return node;
}

bool gains(const model::Node& was, const model::Node& is) {
  return may_take_more({.before = std::make_shared<model::Node>(was), .after = std::make_shared<model::Node>(is)});
}

TEST(Room, ADeviceThatIsWellAgainMakesSome) {
  const model::Node was = ready_node();
  model::Node is = was;
  EXPECT_FALSE(gains(was, is));
  is.devices[0].instances[1].healthy = true;
  EXPECT_TRUE(gains(was, is));
  EXPECT_FALSE(gains(is, was));
  is = was;
  is.devices[0].attributes["memory"] = "16384 MiB";
  EXPECT_TRUE(gains(was, is));
}

TEST(Room, AHostVolumeThatCanBeUsedNowMakesSome) {
  const model::Node was = ready_node();
  model::Node is = was;
  is.host_volumes["data"].read_only = false;
  EXPECT_TRUE(gains(was, is));
  EXPECT_FALSE(gains(is, was));
  is.host_volumes["data"].read_only = true;
  is.host_volumes["more"] = {.path = "/more"};
  EXPECT_TRUE(gains(was, is));
}

}  // namespace
}  // namespace drover::server
