#pragma once

#include "base/thread_owner.h"
#include "model/evaluation.h"
#include "server/moment.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace drover::server {

// Which evaluation is worked on next (facts 5.2): highest priority first, then the one that is ready for longest; at
// most one of a job at a time, so that plans of one job never race and no job takes more than its turn; those that wait
// for a time are held back until it has come, in monotonic time from when they were first seen. Owned by one thread.
class EvalBroker {
 public:
  using EvalRow = state::Row<model::Evaluation>;

  // Evaluations of one lane are worked on one after the other, the lowest order first, whatever their priorities: those
  // of the jobs of a market.
  struct Lane {
    std::string name;
    uint64_t order = 0;
  };

  // Takes a pending or unblocked evaluation; one that it knows already is replaced by the newer row. `ready_index` is
  // the state's when it became ready, so that what was blocked for long does not come before everything newer; 0: when
  // it was created.
  void enqueue(EvalRow eval, Moment now, uint64_t ready_index = 0, std::optional<Lane> lane = std::nullopt);
  // Takes it back after its work has failed, once `delay` has passed.
  void enqueue_later(EvalRow eval, Moment now, Duration delay, std::optional<Lane> lane = std::nullopt);
  // Forgets an evaluation that is not being worked on.
  void remove(const model::EvalId& id);

  // The next evaluation that may be worked on; outstanding until done().
  std::optional<EvalRow> dequeue(Moment now);
  // The work on it has ended. If it was enqueued again meanwhile it is ready again.
  void done(const model::EvalId& id);

  // Whether something in the lane is ready or being worked on.
  bool is_busy(const std::string& lane) const { return busy_.contains(key_of(lane)); }

  // Evaluations that a later one of their job makes superfluous, no longer known: to be cancelled. Those that somebody
  // may be watching, because of a request of theirs, and those that allocations wait for are not among them.
  std::vector<EvalRow> take_superfluous();

  // When the first of those that wait for a time may be taken; nothing if none waits.
  std::optional<MonoTime> next_due() const;

  size_t ready_count() const { return ready_.size(); }
  size_t outstanding_count() const { return outstanding_.size(); }
  size_t waiting_count() const { return delayed_.size() + held_count_; }

 private:
  // Orders by priority (descending), then by when it became ready.
  using Rank = std::tuple<int32_t, uint64_t, model::EvalId>;

  struct Entry {
    EvalRow eval;
    uint64_t ready_index = 0;
    std::optional<MonoTime> due;
    std::optional<Lane> lane;

    Rank rank() const { return {lane ? -kLanePriority : -eval->priority, lane ? lane->order : ready_index, eval->id}; }
    model::JobKey key() const { return lane ? key_of(lane->name) : eval->job_key(); }
  };

  static constexpr int32_t kLanePriority = 50;
  // No job has this namespace.
  static model::JobKey key_of(const std::string& lane) { return {.ns = "", .id = lane}; }

  void make_ready(const Entry& entry);
  // The job is not worked on any more: the next of those held behind it is ready.
  void free_job(const model::JobKey& job);
  void release_delayed(MonoTime now);

  ThreadOwner owner_;
  std::unordered_map<model::EvalId, Entry> known_;  // ready, held or delayed
  std::set<Rank> ready_;                            // one for each job that is not being worked on
  std::map<model::JobKey, std::set<Rank>> held_;    // behind a ready or outstanding one of the same job
  std::set<std::pair<MonoTime, model::EvalId>> delayed_;
  std::unordered_map<model::EvalId, model::JobKey> outstanding_;
  std::map<model::JobKey, model::EvalId> busy_;  // the ready or outstanding one of each job
  std::set<model::JobKey> crowded_;              // with more than one held
  size_t held_count_ = 0;
};

}  // namespace drover::server
