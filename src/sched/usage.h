#pragma once

#include "model/allocation.h"
#include "state/ask.h"
#include "state/columns.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace drover::sched {

// What the nodes of a snapshot have left, as one evaluation changes it: the columns with the plan so far on top.
// Devices are counted here, and matched by DeviceRules.
class Usage {
 public:
  explicit Usage(const state::Columns& columns);

  // The first dimension in which `ask` does not fit on the node, or nothing: "cpu", "memory", "disk", "cores",
  // "network: reserved port collision 443", "network: dynamic port selection failed".
  std::optional<std::string> misfit(size_t slot, const state::GroupAsk& ask) const;
  // The same as misfit() having no value, cheaper.
  bool fits(size_t slot, const state::GroupAsk& ask) const;

  // What is held by name (ports, cores, devices) stands in the allocation.
  void add(size_t slot, const state::GroupAsk& ask, const model::Allocation& alloc) { change(slot, ask, alloc, 1); }
  void remove(size_t slot, const state::GroupAsk& ask, const model::Allocation& alloc) { change(slot, ask, alloc, -1); }

  const state::Holdings& holdings(size_t slot) const;
  bool port_in_use(size_t slot, int32_t port) const;
  // `count` free dynamic ports, found from a start that `seed` chooses. REQUIRES that they fit.
  std::vector<int32_t> pick_dynamic(size_t slot, int32_t count, uint64_t seed) const;

  // Best fit (facts 5.5 "BestFit v3"), from 0 for an empty node to 1 for one that `ask` fills.
  double binpack(size_t slot, const state::GroupAsk& ask) const;
  // The opposite, for clusters that are to be filled evenly: from 1 for an empty node to 0.
  double evenness(size_t slot, const state::GroupAsk& ask) const;

  // By how much `ask` exceeds what is free: 0 or less where it fits.
  struct Excess {
    int64_t cpu = 0;
    int64_t memory_mb = 0;
    int64_t disk_mb = 0;
    int64_t cores = 0;
  };
  Excess excess(size_t slot, const state::GroupAsk& ask) const;

 private:
  // Remembers the last one: many nodes are alike.
  class PowerOfTen {
   public:
    double of(double exponent);

   private:
    double exponent_ = 0;
    double value_ = 1;
  };

  const state::ColumnChunk& chunk(size_t slot) const { return *columns_.chunks()[slot / state::kColumnChunk]; }
  int64_t cpu_of(size_t slot, const state::GroupAsk& ask) const;
  double sum_of_powers(size_t slot, const state::GroupAsk& ask) const;
  int32_t free_dynamic_ports(size_t slot) const;
  void change(size_t slot, const state::GroupAsk& ask, const model::Allocation& alloc, int sign);

  const state::Columns& columns_;
  std::vector<int32_t> cpu_used_;
  std::vector<int32_t> memory_used_;
  std::vector<int32_t> disk_used_;
  mutable PowerOfTen cpu_power_;
  mutable PowerOfTen memory_power_;
  std::unordered_map<size_t, state::Holdings> touched_;  // of the nodes whose holdings the plan changes
};

}  // namespace drover::sched
