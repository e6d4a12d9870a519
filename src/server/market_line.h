#pragma once

#include "model/evaluation.h"
#include "sched/scheduler.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace drover::server {

// In AllocMetric::dimension_exhausted: there may be room, but others are first.
inline constexpr const char* kMarketQueue = "market queue";

// The jobs of one market that wait for room, in the order in which they were submitted. The first one that could run is
// tried when room is made; those behind it are not, so that nobody overtakes. A job that can run nowhere, whatever room
// there is, stands aside: it holds nobody up. Pure; owned by one thread.
class MarketLine {
 public:
  using EvalRow = state::Row<model::Evaluation>;

  // Takes a blocked evaluation of the job that came at `order`. `holds`: it could run if there were room.
  void block(uint64_t order, EvalRow eval, bool holds);
  void remove(uint64_t order, const model::EvalId& id);

  // A node of this computed class gained room, or joined, at `index`.
  void note_room(const std::string& computed_class, uint64_t index);
  // Those that were blocked because their plans kept colliding are tried again.
  void note_retry();

  // Whether somebody who came before `order` waits for room.
  bool held_before(uint64_t order) const;

  // The next one to be tried, no longer waiting; nothing until something changes. REQUIRES that the one before has been
  // tried to its end.
  std::optional<EvalRow> take();
  // Whether take() may find one.
  bool has_more() const { return dirty_; }

  size_t count() const { return waiting_.size(); }

 private:
  struct Waiting {
    EvalRow eval;
    bool holds = false;
    bool held_back = false;  // was not tried, because of others
  };
  bool may_fit(const Waiting& waiting) const;

  std::map<std::pair<uint64_t, model::EvalId>, Waiting> waiting_;
  std::unordered_map<std::string, uint64_t> room_;  // when nodes of a class gained some last
  bool retry_ = false;
  bool dirty_ = false;
};

// Takes the turn from a decision: nothing is placed, and nothing ends for something that would be.
void hold_back(sched::Decision& decision, const state::Snapshot& snapshot);

// Whether a blocked evaluation was not tried because others are first.
bool was_held_back(const model::Evaluation& eval);
// Whether a blocked evaluation waits for room that nodes could have: some node passes all of the job's rules and is
// large enough when it is empty.
bool waits_for_room(const state::Snapshot& snapshot, const model::Evaluation& eval);

}  // namespace drover::server
