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

Evaluation make_blocked(const EvalWork& work, Random& ids) {
  Evaluation blocked;
  blocked.id = model::EvalId(ids.uuid());
  blocked.ns = work.eval.ns;
  blocked.priority = work.eval.priority;
  blocked.type = work.eval.type;
  blocked.job_id = work.eval.job_id;
  blocked.job_modify_index = work.eval.job_modify_index;
  blocked.status = EvalStatus::Blocked;
  blocked.previous_eval = work.eval.id;
  if (work.attempts_exhausted) {
    blocked.triggered_by = model::trigger::kMaxPlanAttempts;
    blocked.status_description = "created due to placement conflicts";
  } else {
    blocked.triggered_by = model::trigger::kQueuedAllocs;
    blocked.status_description = kPlaceRest;
  }
  record_decision(work.decision, work.snapshot.index(), blocked);
  record_eligibility(work.decision, blocked);
  return blocked;
}

}  // namespace

std::vector<Evaluation> eval_outcome(const EvalWork& work, Random& ids) {
  std::vector<Evaluation> out;
  Evaluation eval = work.eval;
  eval.status_description.clear();
  record_decision(work.decision, work.snapshot.index(), eval);
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
