#pragma once

#include "sim/sim_disk.h"
#include "sim/trace.h"
#include "state/view.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace drover::sim {

// Watches every state that a server publishes, and what it answers, for what must never be. The first thing that is
// wrong is kept.
class Observer {
 public:
  Observer(const SimDisk& disk, Trace& trace) : disk_(disk), trace_(trace) {}

  void fail(const std::string& what);
  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }

  // The next state of the same history; `restarted`: by a server that has just begun with it.
  void see(const std::shared_ptr<const state::Snapshot>& next, bool restarted);

  // Somebody was told that a change is made.
  void acknowledged(uint64_t index);
  // `endings` as it was when that was asked for: what was asked for before somebody ended the job may be gone.
  void job_acknowledged(const model::JobKey& key, uint64_t job_modify_index, uint64_t endings);
  // From here on it may be gone.
  void job_may_go(const model::JobKey& key);
  uint64_t endings(const model::JobKey& key) const;

  // What is stored follows from the commands that were written: applied again one by one they give the same bytes.
  void check_history();

 private:
  void check_allocs(const state::Snapshot& before, const state::Snapshot& after, std::set<model::NodeId>& touched,
                    std::set<model::JobKey>& jobs);
  void check_jobs(const state::Snapshot& now);

  const SimDisk& disk_;
  Trace& trace_;
  std::string failure_;
  std::shared_ptr<const state::Snapshot> seen_ = std::make_shared<state::Snapshot>();
  uint64_t acknowledged_ = 0;
  std::map<model::JobKey, uint64_t> jobs_;     // acknowledged job_modify_index
  std::map<model::JobKey, uint64_t> endings_;  // how often it was allowed to go
};

}  // namespace drover::sim
