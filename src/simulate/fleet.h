#pragma once

#include "base/clock.h"
#include "simulate/simulated_node.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace drover::simulate {

// How the nodes of a fleet look. Each has its own name, address and rack, and every driver.
struct NodeShape {
  std::string datacenter = "dc1";
  std::string node_class = "simulated";
  std::string node_pool = "default";
  int64_t cpu = 16'000;  // MHz
  int64_t memory_mb = 65'536;
  int64_t disk_mb = 1'000'000;
  size_t racks = 50;  // meta.rack is "r0" to "r49", in turn
};

struct FleetOptions {
  std::vector<std::string> servers;  // "host:port" of the node protocol
  size_t nodes = 100;
  std::string name_prefix = "sim";  // nodes are "sim-0", "sim-1", …
  uint64_t seed = 1;                // the same seed and prefix are the same nodes, so that a fleet can come back
  NodeShape shape;
  Behaviour behaviour;
};

// Now, over all nodes.
struct FleetStatus {
  size_t connected = 0;
  size_t welcomed = 0;    // registered durably since they connected
  size_t reporting = 0;   // with reports that are not acknowledged
  uint64_t messages = 0;  // taken from the servers so far
  uint64_t fetches = 0;   // of assets that nodes did not hold
  std::string refusal;    // why a server would not have one of them; "" if none did
  Census allocs;
};

// The node number `index` of a fleet, as it registers.
model::Node make_node(const FleetOptions& options, size_t index);

// Very many simulated nodes in one process, each with its own stream to the servers. They run on one thread of their
// own.
class Fleet {
 public:
  // `clock` outlives it.
  Fleet(FleetOptions options, const Clock& clock);
  // Stops: the nodes are gone without a word, as machines whose power fails.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  void start();
  // Any thread.
  FleetStatus status() const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace drover::simulate
