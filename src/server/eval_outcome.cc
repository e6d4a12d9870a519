#include "server/eval_outcome.h"

#include <fmt/core.h>

namespace drover::server {
namespace {

using model::EvalStatus;
using model::Evaluation;

constexpr const char* kPlaceRest = "created to place remaining allocations";

void record_decision(const sched::Decision& decision, uint64_t snapshot_index, Evaluation& eval) {
  eval.failed_tg_allocs = decision.failed;
  eval.queued_allocations = decision.queued;
  eval.snapshot_index = snapshot_index;
}

void record_eligibility(const sched::Decision& decision, Evaluation& eval) {
  eval.class_eligibility = decision.class_eligibility;
  eval.escaped_computed_class = decision.escaped_computed_class;
}

Evaluation make_blocked(const WorkedEval& work, Random& ids) {
  const char* trigger = work.attempts_exhausted ? model::trigger::kMaxPlanAttempts : model::trigger::kQueuedAllocs;
  Evaluation blocked = follow_up_of(work.eval, model::EvalId(ids.uuid()), trigger);
  blocked.status = EvalStatus::Blocked;
  blocked.status_description = work.attempts_exhausted ? "created due to placement conflicts" : kPlaceRest;
  record_decision(work.decision, work.snapshot.index(), blocked);
  record_eligibility(work.decision, blocked);
  return blocked;
}

}  // namespace

Evaluation follow_up_of(const Evaluation& eval, model::EvalId id, const char* trigger) {
  Evaluation next;
  next.id = id;
  next.ns = eval.ns;
  next.priority = eval.priority;
  next.type = eval.type;
  next.triggered_by = trigger;
  next.job_id = eval.job_id;
  next.job_modify_index = eval.job_modify_index;
  next.previous_eval = eval.id;
  return next;
}

std::vector<Evaluation> eval_outcome(const WorkedEval& work, Random& ids) {
  std::vector<Evaluation> out;
  Evaluation eval = work.eval;
  eval.status_description.clear();
  record_decision(work.decision, work.snapshot.index(), eval);
  if (work.decision.plan.deployment) eval.deployment_id = work.decision.plan.deployment->id;
  const bool rest = !work.decision.failed.empty() || work.attempts_exhausted;
  if (rest && work.eval.status == EvalStatus::Blocked && !work.attempts_exhausted) {
    eval.status_description = kPlaceRest;
    record_eligibility(work.decision, eval);
  } else {
    eval.status = work.attempts_exhausted ? EvalStatus::Failed : EvalStatus::Complete;
    if (work.attempts_exhausted) {
      eval.status_description = fmt::format("maximum attempts reached ({})", sched::max_attempts(eval.type));
    }
    if (rest) {
      out.push_back(make_blocked(work, ids));
      eval.blocked_eval = out.back().id;
    }
  }
  out.insert(out.end(), work.decision.follow_ups.begin(), work.decision.follow_ups.end());
  out.push_back(std::move(eval));
  return out;
}

}  // namespace drover::server
