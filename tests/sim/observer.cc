#include "sim/observer.h"

#include "server/state_changes.h"
#include "sim/changes.h"
#include "sim/invariants.h"

namespace drover::sim {

void Observer::fail(const std::string& what) {
  if (failed()) return;
  failure_ = what;
  trace_.note("FAILED: {}", what);
}

void Observer::see(const std::shared_ptr<const state::Snapshot>& next, bool restarted) {
  if (next == seen_) return;
  if (next->index() < seen_->index() || next->index() < acknowledged_) {
    fail(
        fmt::format("the index goes back: {} after {}, acknowledged {}", next->index(), seen_->index(), acknowledged_));
  }
  if (next->index() > disk_.last_index()) fail("a state is visible that is not durable");
  if (!restarted) note_changes(*seen_, *next, trace_);
  std::set<model::NodeId> nodes;
  std::set<model::JobKey> jobs;
  check_allocs(*seen_, *next, nodes, jobs);
  if (restarted) {
    for (const auto& entry : next->nodes()) nodes.insert(entry.key);
  }
  const auto note = [&](const Status& status) {
    if (!status) fail(status.error().message());
  };
  for (const model::NodeId& node : nodes) note(check_node(*next, node));
  for (const model::JobKey& job : jobs) note(check_counts(*next, job));
  check_jobs(*next);
  seen_ = next;
}

void Observer::check_allocs(const state::Snapshot& before, const state::Snapshot& after,
                            std::set<model::NodeId>& touched, std::set<model::JobKey>& jobs) {
  state::AllocTable::for_each_change(
      before.allocs(), after.allocs(),
      [&](const model::AllocId&, const state::Row<model::Allocation>* was, const state::Row<model::Allocation>* is) {
        const model::Allocation& alloc = is ? **is : **was;
        touched.insert(alloc.node_id);
        jobs.insert(alloc.job_key());
        if (!was || !is) return;
        if (const Status checked = check_successor(**was, **is); !checked) fail(checked.error().message());
      });
  state::NodeTable::for_each_change(before.nodes(), after.nodes(),
                                    [&](const model::NodeId& id, const auto*, const auto*) { touched.insert(id); });
}

void Observer::check_jobs(const state::Snapshot& now) {
  for (const auto& [key, index] : jobs_) {
    const auto job = now.job(key);
    if (!job) {
      fail(fmt::format("job {} was registered and is gone", key.id));
    } else if (job->job_modify_index < index) {
      fail(fmt::format("job {} was changed at {}, but is of {}", key.id, index, job->job_modify_index));
    }
  }
}

void Observer::acknowledged(uint64_t index) {
  if (index > disk_.last_index()) fail("what is not durable is acknowledged");
  acknowledged_ = std::max(acknowledged_, index);
}

void Observer::job_acknowledged(const model::JobKey& key, uint64_t job_modify_index, uint64_t endings) {
  if (endings == this->endings(key)) jobs_[key] = std::max(jobs_[key], job_modify_index);
}

void Observer::job_may_go(const model::JobKey& key) {
  jobs_.erase(key);
  ++endings_[key];
}

uint64_t Observer::endings(const model::JobKey& key) const {
  const auto found = endings_.find(key);
  return found == endings_.end() ? 0 : found->second;
}

void Observer::check_history() {
  const Status replayed = check_replay(disk_.history(), disk_.rows());
  if (!replayed) fail(replayed.error().message());
}

}  // namespace drover::sim
