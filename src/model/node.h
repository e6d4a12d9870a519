#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/ids.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace drover::model {

enum class NodeStatus : uint8_t { Initializing, Ready, Down };
enum class NodeEligibility : uint8_t { Eligible, Ineligible };
std::span<const codec::EnumName> enum_names(NodeStatus);
std::span<const codec::EnumName> enum_names(NodeEligibility);

// What a driver on a node can do, as fingerprinted.
struct DriverInfo {
  std::map<std::string, std::string> attributes;  // copied into the node's: "driver.docker.version"
  bool detected = false;
  bool healthy = false;
  std::string health_description;  // why not healthy, for people
  WallTime update_time;
};
void describe(codec::StructBuilder& d, DriverInfo& r);

struct NodeNetwork {
  std::string device;
  std::string ip;
  int32_t mbits = 0;
};
void describe(codec::StructBuilder& d, NodeNetwork& r);

// What a node has, or keeps back for itself.
struct NodeCapacity {
  int64_t cpu = 0;  // MHz
  int64_t memory_mb = 0;
  int64_t disk_mb = 0;
  std::vector<int32_t> ports;  // reserved: ports that are never given out
};
void describe(codec::StructBuilder& d, NodeCapacity& r);

// Something that happened to a node; the newest ten are kept.
struct NodeEvent {
  std::string message;
  std::string subsystem;
  WallTime timestamp;
};
void describe(codec::StructBuilder& d, NodeEvent& r);

// A machine that runs tasks. Registered by its agent.
struct Node {
  NodeId id;
  Uuid secret_id;  // proves that a later registration comes from the same agent
  std::string name;
  std::string datacenter = "dc1";
  std::string node_class;
  std::string node_pool = kDefaultNodePool;
  std::string http_addr;  // "ip:port" of its HTTP API
  std::map<std::string, std::string> attributes;
  std::map<std::string, std::string> meta;
  NodeCapacity resources;
  NodeCapacity reserved;
  std::vector<NodeNetwork> networks;
  std::map<std::string, DriverInfo> drivers;
  std::map<std::string, std::string> links;

  // Set by the server.
  NodeStatus status = NodeStatus::Initializing;
  std::string status_description;
  NodeEligibility eligibility = NodeEligibility::Eligible;
  std::string computed_class;  // equal for nodes that no constraint without "unique." tells apart
  WallTime status_updated_at;
  std::vector<NodeEvent> events;
  uint64_t create_index = 0;
  uint64_t modify_index = 0;

  bool accepts_work() const { return status == NodeStatus::Ready && eligibility == NodeEligibility::Eligible; }
};
void describe(codec::StructBuilder& d, Node& r);

// The hash behind Node::computed_class (facts 5.9): datacenter, class, pool, drivers, attributes and meta, without
// names that contain "unique.".
std::string compute_class(const Node& node);

}  // namespace drover::model
