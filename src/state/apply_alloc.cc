#include "codec/compare.h"
#include "codec/describe.h"
#include "state/apply.h"
#include "state/deployment_tally.h"

#include <utility>

namespace drover::state {

using model::Allocation;
using model::ClientStatus;

namespace {

// A terminal status is final, but for Lost: the node may come back and tell how it ended.
bool may_become(ClientStatus from, const Allocation& reported) {
  switch (from) {
    case ClientStatus::Pending:
    case ClientStatus::Running:
    case ClientStatus::Unknown:
      return true;
    case ClientStatus::Lost:
      return reported.client_terminal();
    case ClientStatus::Complete:
    case ClientStatus::Failed:
      return reported.client_status == from;
  }
  return false;
}

void take_report(Draft& draft, const Allocation& reported, WallTime time, DeploymentTally& tally) {
  const Row<Allocation> stored = draft.view().alloc(reported.id);
  if (!stored || (!reported.node_id.empty() && reported.node_id != stored->node_id)) return;
  if (!may_become(stored->client_status, reported)) return;
  Allocation changed = *stored;
  changed.client_status = reported.client_status;
  changed.client_description = reported.client_description;
  changed.task_states = reported.task_states;
  changed.checks = reported.checks;
  if (reported.deployment_status && reported.deployment_status->healthy) {
    const bool canary = stored->deployment_status && stored->deployment_status->canary;
    changed.deployment_status = reported.deployment_status;
    changed.deployment_status->canary = canary;
  }
  if (codec::equal(*stored, changed)) return;
  changed.modify_time = time;
  tally.note(stored.get(), changed);
  draft.put_alloc(std::move(changed));
}

template <class T>
void take(std::optional<T>& member, const std::optional<T>& given) {
  if (given) member = given;
}

void take_transition(Draft& draft, const AllocTransition& wanted, WallTime time) {
  const Row<Allocation> stored = draft.view().alloc(wanted.alloc_id);
  if (!stored) return;
  model::DesiredTransition transition = stored->desired_transition;
  take(transition.migrate, wanted.transition.migrate);
  take(transition.reschedule, wanted.transition.reschedule);
  take(transition.force_reschedule, wanted.transition.force_reschedule);
  take(transition.no_shutdown_delay, wanted.transition.no_shutdown_delay);
  if (codec::equal(stored->desired_transition, transition)) return;
  Allocation changed = *stored;
  // The node has to know that it need not wait; everything else is the scheduler's.
  if (transition.no_shutdown_delay != stored->desired_transition.no_shutdown_delay) {
    changed.alloc_modify_index = draft.index();
  }
  changed.desired_transition = transition;
  changed.modify_time = time;
  draft.put_alloc(std::move(changed));
}

}  // namespace

Result<Reply> apply_command(Draft& draft, const UpdateAllocs& command) {
  TRY(check_evals(draft.view(), command.evals));
  DeploymentTally tally;
  for (const Allocation& reported : command.allocs) take_report(draft, reported, command.time, tally);
  tally.write(draft, command.time);
  write_evals(draft, command.evals, command.time);
  return Reply{.eval_create_index = command.evals.empty() ? 0 : draft.index()};
}

Result<Reply> apply_command(Draft& draft, const UpdateTransitions& command) {
  TRY(check_evals(draft.view(), command.evals));
  for (const AllocTransition& wanted : command.transitions) take_transition(draft, wanted, command.time);
  write_evals(draft, command.evals, command.time);
  return Reply{.eval_create_index = command.evals.empty() ? 0 : draft.index()};
}

}  // namespace drover::state
