#pragma once

#include "base/random.h"
#include "server/blocked_evals.h"
#include "server/eval_broker.h"
#include "server/market_line.h"
#include "server/state_changes.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace drover::server {

struct EvalCounts {
  size_t ready = 0;
  size_t outstanding = 0;
  size_t waiting = 0;
  size_t blocked = 0;
};

enum class WorkResult : uint8_t {
  Done,      // its outcome is durable, or it was not needed any more
  TryAgain,  // nothing could be written at the moment
  Failed,    // there is something wrong with it
};

// All evaluations that have not ended, and which of them is worked on next (facts 5.2, 5.3): those that are pending,
// and those that are blocked and may fit now. Owned by one thread.
class EvalQueue {
 public:
  using EvalRow = BlockedEvals::EvalRow;

  explicit EvalQueue(Random& random) : random_(random) {}

  void note(const StateChanges& changes, Moment now);

  // The next evaluation to work on; nothing if there is none, or while people have paused the broker.
  std::optional<EvalRow> next(Moment now);
  // Whether the job of what next() has just given has to wait its turn in its market: it is to be looked at, and
  // nothing of it placed.
  bool is_held_back(const EvalRow& eval) const;
  // The work on it has ended.
  void finished(const EvalRow& eval, WorkResult result, Moment now);

  // What has to be written about evaluations: those that others of their job make superfluous are cancelled, those that
  // failed too often end.
  std::vector<model::Evaluation> take_changes(Moment now);

  // What take_changes() gave could not be written: those that have not ended come back.
  void not_written(const std::vector<model::EvalId>& evals, Moment now);

  // Blocked ones whose plans kept colliding get another turn (facts 5.3: every minute).
  void retry_collided();

  // Whether next() may find more blocked ones at once, although it has just found nothing.
  bool has_more() const;
  std::optional<MonoTime> next_due() const { return broker_.next_due(); }
  EvalCounts counts() const;

 private:
  static constexpr size_t kBackAtOnce = 64;

  void note_eval(const RowChange<model::Evaluation>& change, Moment now);
  void take_blocked(Moment now);
  void follow_markets(Moment now);
  std::optional<EvalBroker::Lane> lane_of(const model::Evaluation& eval) const;
  void forget_blocked(const model::EvalId& id);
  void block(const EvalRow& eval);

  Random& random_;
  EvalBroker broker_;
  BlockedEvals blocked_;
  std::map<std::string, MarketLine> lines_;           // by market
  std::map<model::EvalId, EvalBroker::Lane> places_;  // of what stands in a line
  std::set<model::EvalId> settling_;                  // worked on in a lane, what became of it not noted yet
  uint64_t markets_index_ = 0;
  std::shared_ptr<const state::Snapshot> snapshot_;
  std::set<model::EvalId> back_;  // were blocked, and are ready or worked on
  std::map<model::EvalId, int32_t> failures_;
  std::vector<EvalRow> given_up_;
  bool paused_ = false;
};

}  // namespace drover::server
