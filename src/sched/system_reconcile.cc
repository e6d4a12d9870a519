#include "sched/system_reconcile.h"

#include <algorithm>

#include "sched/alloc_texts.h"
#include "sched/reschedule.h"
#include "sched/wait.h"

namespace drover::sched {
namespace {

using model::Allocation;
using model::ClientStatus;
using AllocRow = state::Row<Allocation>;

// What ends by itself on a node is started there again, but not in a busy loop: system jobs have no reschedule policy
// that says how fast.
constexpr Duration kRestartDelay = std::chrono::seconds(30);

class SystemReconciler {
 public:
  SystemReconciler(const ReconcileInput& input, const model::TaskGroup* group) : input_(input) {
    changes_.group = group;
  }

  void add(const AllocRow& alloc) {
    if (alloc->terminal()) return add_ended(alloc);
    const auto node = input_.snapshot.node(alloc->node_id);
    if (!node || node->status == model::NodeStatus::Down) return stop(alloc, kLostText, ClientStatus::Lost);
    if (!changes_.group) return stop(alloc, kNotNeededText);
    if (node->status == model::NodeStatus::Disconnected) return add_disconnected(alloc, *node);
    if (alloc->desired_transition.should_migrate()) return stop(alloc, kTaintedText);
    if (!changes_.settled.insert(alloc->node_id).second) return stop(alloc, kNotNeededText);  // one is enough
    if (alloc->job_version == input_.job->version || !node->accepts_work()) {
      ++changes_.ignored;
    } else {
      changes_.older.push_back(alloc);
    }
  }

  SystemChanges finish() { return std::move(changes_); }

 private:
  void stop(const AllocRow& alloc, const char* why, std::optional<ClientStatus> becomes = std::nullopt) {
    changes_.stop.push_back({alloc, why, becomes});
  }

  // It ran to its end, well or not. Sysbatch: that was this version's turn on the node.
  void add_ended(const AllocRow& alloc) {
    const bool ran = alloc->client_status == ClientStatus::Complete || alloc->client_status == ClientStatus::Failed;
    if (!changes_.group || !ran || alloc->server_terminal()) return;
    AllocRow& previous = changes_.previous[alloc->node_id];
    if (!previous || previous->create_index < alloc->create_index) previous = alloc;
    if (alloc->job_version != input_.job->version) return;
    if (input_.job->type == model::JobType::Sysbatch) {
      changes_.settled.insert(alloc->node_id);
    } else if (alloc->next_allocation.empty()) {
      wait_for(alloc);
    }
  }

  void wait_for(const AllocRow& ended) {
    const Later later = end_of({.alloc = ended, .since = ended_at(*ended), .delay = kRestartDelay}, input_);
    if (later.when <= input_.now || ended->desired_transition.force_reschedule.value_or(false)) return;
    changes_.settled.insert(ended->node_id);
    changes_.later.push_back(later);
  }

  // Nothing can take its place elsewhere: it is unknown for as long as the group says, and lost then.
  void add_disconnected(const AllocRow& alloc, const model::Node& node) {
    const auto& disconnect = changes_.group->disconnect;
    const auto lost_after = disconnect ? disconnect->lost_after : std::nullopt;
    const Later later = end_of({.alloc = alloc,
                                .trigger = model::trigger::kMaxDisconnectTimeout,
                                .since = node.status_updated_at,
                                .delay = lost_after.value_or(Duration(0)),
                                .cause = node.modify_index},
                               input_);
    if (later.when <= input_.now) return stop(alloc, kLostText, ClientStatus::Lost);
    if (alloc->client_status != ClientStatus::Unknown) stop(alloc, kUnknownText, ClientStatus::Unknown);
    changes_.later.push_back(later);
    changes_.settled.insert(alloc->node_id);
  }

  const ReconcileInput& input_;
  SystemChanges changes_;
};

}  // namespace

std::map<std::string, SystemChanges> reconcile_system(const ReconcileInput& input) {
  const bool runs = input.job && !input.job->stop;
  std::map<std::string, SystemReconciler> groups;
  if (runs) {
    for (const model::TaskGroup& group : input.job->task_groups) {
      groups.emplace(group.name, SystemReconciler(input, &group));
    }
  }
  // An allocation that runs counts before those that have ended: the latter may have been replaced by it.
  std::vector<AllocRow> allocs;
  for (const auto& entry : input.snapshot.allocs_of_job(input.key)) allocs.push_back(entry.value);
  std::ranges::sort(allocs, {}, [&](const AllocRow& alloc) {
    const bool newest_first = input.job && alloc->job_version == input.job->version;
    return std::tuple(alloc->terminal(), !newest_first, alloc->id);
  });
  for (const AllocRow& alloc : allocs) {
    groups.try_emplace(alloc->task_group, input, nullptr).first->second.add(alloc);
  }
  std::map<std::string, SystemChanges> out;
  for (auto& [name, group] : groups) out.emplace(name, group.finish());
  return out;
}

}  // namespace drover::sched
