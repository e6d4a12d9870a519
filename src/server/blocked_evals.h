#pragma once

#include "base/thread_owner.h"
#include "model/evaluation.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace drover::server {

// Evaluations that wait for room (facts 5.3). One comes back when a node of a class that could take its
// job, or of a class that it has not seen, has gained room. They come back a few at a time and in turn, so that room on
// one node costs bounded work with any number of them (cases.md 33). Owned by one thread.
class BlockedEvals {
 public:
  using EvalRow = state::Row<model::Evaluation>;

  // Takes a blocked evaluation. If room was made since the snapshot that it was decided on it comes back in its turn.
  void block(EvalRow eval);
  void remove(const model::EvalId& id);

  // A node of this computed class gained room, or joined, at `index`.
  void note_room(const std::string& computed_class, uint64_t index);
  // Those that were blocked because their plans kept colliding come back without room being made.
  void note_retry();

  // At most `limit` that may fit now, no longer blocked, after a look at a bounded number of them.
  std::vector<EvalRow> take(size_t limit);
  // Whether take() may find more.
  bool has_more() const { return left_to_look_ > 0; }

  size_t count() const { return blocked_.size(); }

 private:
  bool may_fit(const model::Evaluation& eval) const;

  ThreadOwner owner_;
  std::map<model::EvalId, EvalRow> blocked_;
  std::unordered_map<std::string, uint64_t> room_;          // when nodes of a class gained some last
  std::set<std::pair<uint64_t, std::string>> newest_room_;  // the same by index
  bool retry_ = false;                                      // in this round
  model::EvalId next_;                                      // where the look goes on
  size_t left_to_look_ = 0;                                 // until the round is over
};

}  // namespace drover::server
