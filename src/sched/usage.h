#pragma once

#include "model/allocation.h"
#include "model/node.h"
#include "state/ask.h"
#include "state/columns.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::sched {

// What the nodes of a snapshot have left, as one evaluation changes it: the columns with the plan so far on top.
class Usage {
 public:
  explicit Usage(const state::Columns& columns);

  // The first dimension in which `ask` does not fit on the node, or nothing: "cpu", "memory", "disk", "network:
  // reserved port collision 443", "network: dynamic port selection failed".
  std::optional<std::string> misfit(size_t slot, const state::GroupAsk& ask) const;
  // The same as misfit() having no value, cheaper.
  bool fits(size_t slot, const state::GroupAsk& ask) const;

  void add(size_t slot, const state::GroupAsk& ask, const std::vector<model::AllocatedPort>& ports);
  void remove(size_t slot, const state::GroupAsk& ask, const std::vector<model::AllocatedPort>& ports);

  bool port_in_use(size_t slot, int32_t port) const;
  // `count` free dynamic ports, found from a start that `seed` chooses. REQUIRES that they fit.
  std::vector<int32_t> pick_dynamic(size_t slot, int32_t count, uint64_t seed) const;

  // Best fit (facts 5.5 "BestFit v3"), from 0 for an empty node to 1 for one that `ask` fills.
  double binpack(size_t slot, const state::GroupAsk& ask) const;

 private:
  const state::ColumnChunk& chunk(size_t slot) const { return *columns_.chunks()[slot / state::kColumnChunk]; }
  int32_t free_dynamic_ports(size_t slot) const;

  const state::Columns& columns_;
  std::vector<int32_t> cpu_used_;
  std::vector<int32_t> memory_used_;
  std::vector<int32_t> disk_used_;
  // Ports that the plan takes (+1) or frees (-1), by slot; only nodes whose ports it touches are in here.
  std::map<size_t, std::map<int32_t, int>> port_changes_;
};

}  // namespace drover::sched
