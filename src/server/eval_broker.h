#pragma once

#include "base/clock.h"
#include "base/thread_owner.h"
#include "model/evaluation.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

namespace drover::server {

// Which evaluation is worked on next (facts 5.2): highest priority first, then oldest; at most one of a job at a time,
// so that plans of one job never race; those that wait for a time are held back until it has come. Owned by one thread.
class EvalBroker {
 public:
  using EvalRow = state::Row<model::Evaluation>;

  // Takes a pending or unblocked evaluation; one that it knows already is replaced by the newer row.
  void enqueue(EvalRow eval);
  // Forgets an evaluation that is not being worked on.
  void remove(const model::EvalId& id);

  // The next evaluation that may be worked on at `now`; outstanding until done().
  std::optional<EvalRow> dequeue(WallTime now);
  // The work on it has ended. If it was enqueued again meanwhile it is ready again.
  void done(const model::EvalId& id);

  // When the first of those that wait for a time may be taken; nothing if none waits.
  std::optional<WallTime> next_due() const;

  size_t ready_count() const { return ready_.size(); }
  size_t outstanding_count() const { return outstanding_.size(); }
  size_t waiting_count() const { return delayed_.size() + held_count_; }

 private:
  // Orders by priority (descending), then age.
  using Rank = std::tuple<int32_t, uint64_t, model::EvalId>;

  static Rank rank(const model::Evaluation& eval) { return {-eval.priority, eval.create_index, eval.id}; }
  void make_ready(const EvalRow& eval);
  // The job is not worked on any more: the next of those held behind it is ready.
  void free_job(const model::JobKey& job);
  void release_delayed(WallTime now);

  ThreadOwner owner_;
  std::unordered_map<model::EvalId, EvalRow> known_;  // ready, held or delayed
  std::set<Rank> ready_;                              // one for each job that is not being worked on
  std::map<model::JobKey, std::set<Rank>> held_;      // behind a ready or outstanding one of the same job
  std::set<std::pair<WallTime, model::EvalId>> delayed_;
  std::unordered_map<model::EvalId, model::JobKey> outstanding_;
  std::map<model::JobKey, model::EvalId> busy_;  // the ready or outstanding one of each job
  size_t held_count_ = 0;
};

}  // namespace drover::server
