#pragma once

#include "base/boxed.h"
#include "base/clock.h"
#include "base/shared_string.h"
#include "codec/fwd.h"
#include "model/ids.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::model {

// A component of a node's score: "binpack", "job-anti-affinity", …
struct ScorePart {
  SharedString name;
  double value = 0;
};
void describe(codec::StructBuilder& d, ScorePart& r);

// How one node scored for a placement: the components that applied and their mean.
struct NodeScore {
  NodeId node_id;
  double norm_score = 0;
  std::map<std::string, double> scores;
};
void describe(codec::StructBuilder& d, NodeScore& r);

// Why a placement went where it went, or nowhere (facts 2.1 "AllocMetric"). The keys of the maps are stable texts.
struct AllocMetric {
  int32_t nodes_evaluated = 0;
  int32_t nodes_filtered = 0;
  std::map<std::string, int32_t> nodes_available;  // by datacenter
  Boxed<std::map<std::string, int32_t>> class_filtered;
  Boxed<std::map<std::string, int32_t>> constraint_filtered;  // "${attr.kernel.name} = windows", "missing drivers"
  int32_t nodes_exhausted = 0;
  Boxed<std::map<std::string, int32_t>> class_exhausted;
  Boxed<std::map<std::string, int32_t>> dimension_exhausted;  // "memory", "network: reserved port collision https=443"
  std::vector<NodeScore> score_meta_data;                     // the best nodes, at the first of the placements only
  Duration allocation_time{0};
  int32_t coalesced_failures = 0;  // further placements of the group that failed for the same reason
};
void describe(codec::StructBuilder& d, AllocMetric& r);

}  // namespace drover::model
