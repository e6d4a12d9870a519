#pragma once

#include "codec/fwd.h"
#include "model/ids.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::sched {

// One node as a place for one more allocation of a group. `code` is stable, for machines: "" where it would fit, else
// the first check that fails: "node-status", "node-eligibility", "node-drain", "datacenter", "node-pool", "driver",
// "constraint", "network-mode", "csi-volume", "host-network", "host-volume", "devices", "distinct-hosts",
// "distinct-property", "already-there", "cores", "cpu", "memory", "disk", "static-port", "dynamic-ports",
// "free-devices".
struct NodeExplanation {
  model::NodeId node_id;
  std::string node_name;
  std::string code;
  std::string reason;                    // "constraint ${attr.kernel.name} = windows, the node has linux"
  std::string remedy;                    // what would have to change: "needs 200 MB more memory"
  double score = 0;                      // of a node where it would fit
  std::map<std::string, double> scores;  // its components
};
void describe(codec::StructBuilder& d, NodeExplanation& r);

// Why an allocation is where it is.
struct PlacedExplanation {
  model::AllocId alloc_id;
  std::string name;
  model::NodeId node_id;
  std::string node_name;
  double score = 0;
  std::map<std::string, double> scores;
};
void describe(codec::StructBuilder& d, PlacedExplanation& r);

struct GroupExplanation {
  std::string group;
  int32_t desired = 0;  // system jobs: the number of feasible nodes
  int32_t missing = 0;
  std::vector<PlacedExplanation> placed;         // not terminal; at most kMaxPlacedShown
  std::vector<NodeExplanation> nodes;            // where it fits first, best first; then those that lack least
  int32_t nodes_looked_at = 0;                   // of the cluster; `nodes` holds at most kMaxNodesShown
  std::map<std::string, int32_t> nodes_by_code;  // all of them; "" fits
};
void describe(codec::StructBuilder& d, GroupExplanation& r);

struct JobExplanation {
  std::vector<GroupExplanation> groups;
};
void describe(codec::StructBuilder& d, JobExplanation& r);

inline constexpr size_t kMaxNodesShown = 50;
inline constexpr size_t kMaxPlacedShown = 100;

}  // namespace drover::sched
