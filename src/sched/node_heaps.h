#pragma once

#include "sched/spread.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace drover::sched {

// Nodes ordered by score. A node's score is the mean of its own components (their sum and their number) and of the
// boost that its combination of spread values has at the moment. Within a combination, nodes with equally many
// components are ordered by their sums alone: one heap each. Combinations of one signature have equal boosts, so their
// heads are ordered in the same way: one heap of heads for each signature. The best node is the best of the heads of
// heads: after a placement only the node and the combinations that share a value with it move.
class NodeHeaps {
 public:
  static constexpr size_t kMaxParts = 4;

  struct Entry {
    double sum = 0;
    uint32_t parts = 1;  // 1 to kMaxParts
    uint32_t tie = 0;    // orders equal scores: the greater one first
    uint32_t slot = 0;
  };

  // `spreads` outlives this; its changes have to be told by counts_changed().
  NodeHeaps(const SpreadRules& spreads, size_t slots);

  // The entry of a node that has none, before the first best(): cheaper than put(). order() follows the last one.
  void append(const Entry& entry);
  void order();
  // Sets or replaces the node's entry; takes it out.
  void put(const Entry& entry);
  void drop(uint32_t slot);
  void counts_changed(uint32_t slot);

  // The entry with the best score; nothing if there are none.
  std::optional<Entry> best();

 private:
  struct Stamped : Entry {
    uint32_t stamp = 0;  // stale unless it equals the slot's
    bool operator<(const Stamped& other) const { return sum != other.sum ? sum < other.sum : tie < other.tie; }
  };
  struct Head {
    double sum;
    uint32_t tie;
    uint32_t combination;
    uint32_t stamp;  // stale unless it equals the combination's
    bool operator<(const Head& other) const { return sum != other.sum ? sum < other.sum : tie < other.tie; }
  };
  struct Combination {
    std::array<std::vector<Stamped>, kMaxParts> heaps;  // by parts − 1
    uint32_t stamp = 0;
    bool unsettled = false;
  };
  using Bucket = std::array<std::vector<Head>, kMaxParts>;

  Stamped stamped(const Entry& entry);
  void unsettle(uint32_t combination);
  void settle();
  const Stamped* head_of(Combination& combination, size_t parts);
  const Stamped* head_of(std::vector<Head>& heads, size_t parts);

  const SpreadRules& spreads_;
  std::vector<uint32_t> stamps_;  // by slot
  std::vector<Combination> combinations_;
  std::vector<uint32_t> unsettled_;
  std::map<SpreadRules::Signature, Bucket> buckets_;
};

// The mean of components and boost; a boost of nothing is no component.
inline double score_of(double sum, uint32_t parts, double boost) {
  return boost == 0 ? sum / parts : (sum + boost) / (parts + 1);
}

}  // namespace drover::sched
