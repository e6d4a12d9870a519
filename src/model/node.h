#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drover::model {

// Disconnected: it missed its heartbeat, and allocations on it may outlive that (facts 5.9).
enum class NodeStatus : uint8_t { Initializing, Ready, Down, Disconnected };
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

// A directory that the operator offers to tasks by name.
struct HostVolume {
  std::string path;
  bool read_only = false;
};
void describe(codec::StructBuilder& d, HostVolume& r);

struct DeviceInstance {
  std::string id;
  bool healthy = true;
  std::string health_description;
  std::string pci_bus_id;
};
void describe(codec::StructBuilder& d, DeviceInstance& r);

// Devices of one kind: "nvidia/gpu/Tesla T4".
struct NodeDeviceGroup {
  std::string vendor;
  std::string type;
  std::string name;
  std::map<std::string, std::string> attributes;  // "memory" → "15360 MiB"
  std::vector<DeviceInstance> instances;
};
void describe(codec::StructBuilder& d, NodeDeviceGroup& r);

// How allocations leave a node (facts 5.8).
struct DrainStrategy {
  Duration deadline{0};  // 0: none; negative: at once
  bool ignore_system_jobs = false;
  WallTime force_deadline;  // when what is left has to go; zero: never
  WallTime started_at;
};
void describe(codec::StructBuilder& d, DrainStrategy& r);

// The newest drain, also when it is over.
struct LastDrain {
  WallTime started_at;
  WallTime updated_at;
  std::string status;  // "draining", "complete" or "canceled"
  std::map<std::string, std::string> meta;
};
void describe(codec::StructBuilder& d, LastDrain& r);

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
  std::map<std::string, HostVolume> host_volumes;
  std::vector<NodeDeviceGroup> devices;
  std::vector<int32_t> cores;                        // that may be given to one task alone
  std::map<std::string, std::string> host_networks;  // name → address
  // What its market requires and it has: requirements_id() of the market. The note is for people, while it fetches.
  std::string prefetched;
  std::string prefetch_note;

  // Set by the server.
  NodeStatus status = NodeStatus::Initializing;
  std::string status_description;
  NodeEligibility eligibility = NodeEligibility::Eligible;
  std::string computed_class;  // equal for nodes that no constraint without "unique." tells apart
  WallTime status_updated_at;
  std::vector<NodeEvent> events;
  std::optional<DrainStrategy> drain;
  std::optional<LastDrain> last_drain;
  bool prefetching = false;  // its market requires what it does not have yet
  uint64_t create_index = 0;
  uint64_t modify_index = 0;

  bool accepts_work() const {
    return status == NodeStatus::Ready && eligibility == NodeEligibility::Eligible && !prefetching;
  }
};
void describe(codec::StructBuilder& d, Node& r);

// The hash behind Node::computed_class (facts 5.9): datacenter, class, pool, drivers, attributes and meta, without
// names that contain "unique.".
std::string compute_class(const Node& node);

}  // namespace drover::model
