#include "server/eval_work.h"

#include "model/logistics.h"
#include "sched/scheduler.h"
#include "server/eval_outcome.h"
#include "server/market_line.h"

#include <fmt/core.h>

namespace drover::server {
namespace {

constexpr Duration kFollowUpDelay = std::chrono::minutes(1);
constexpr uint64_t kFollowUpSpreadSeconds = 300;

}  // namespace

state::Command plan_work(const EvalWork& work, const state::Snapshot& snapshot, WallTime now, Random& random,
                         const sched::HeldIndex* held) {
  const model::Evaluation& eval = *work.eval;
  // What launches others, or has still to get its definition, runs nothing itself, whoever asks for an evaluation of
  // it: allocations of an earlier job of its name may still report.
  auto job = snapshot.job(eval.job_key());
  if (job && (job->is_template() || model::awaits_definition(*job))) job = nullptr;
  sched::Decision decision = sched::schedule(
      {.snapshot = snapshot, .eval = eval, .job = std::move(job), .now = now, .held = held, .seed = random.next()});
  if (work.held_back) hold_back(decision, snapshot);
  const bool exhausted = work.attempts >= sched::max_attempts(eval.type);
  auto outcome = eval_outcome({eval, snapshot, decision, exhausted}, random);
  if (exhausted) return state::make_command(state::UpsertEvals{.evals = std::move(outcome), .time = now});
  return state::make_command(state::ApplyWork{
      .plan = {.plan = std::move(decision.plan), .time = now, .evals = std::move(decision.preemption_evals)},
      .outcome = std::move(outcome)});
}

bool must_plan_again(EvalWork& work, const state::PlanResult& result) {
  if (result.refresh_index == 0) return false;
  work.attempts = result.placed.empty() ? work.attempts + 1 : 0;
  return true;
}

bool must_plan_alone(const EvalWork& work) {
  return work.attempts + 1 == sched::max_attempts(work.eval->type);
}

Refusal refusal_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::NotFound:
    case ErrorCode::Conflict:
      return Refusal::Outdated;
    case ErrorCode::ResourceExhausted:
    case ErrorCode::Unavailable:
    case ErrorCode::Cancelled:
      return Refusal::TryAgain;
    default:
      return Refusal::Failed;
  }
}

Duration redelivery_delay(int32_t deliveries) {
  if (deliveries <= 1) return std::chrono::seconds(1);
  return std::chrono::seconds(20) * (deliveries - 1);
}

std::vector<model::Evaluation> give_up(const model::Evaluation& eval, WallTime now, Random& random) {
  model::Evaluation failed = eval;
  failed.status = model::EvalStatus::Failed;
  failed.status_description = fmt::format("evaluation reached delivery limit ({})", kDeliveryLimit);
  model::Evaluation next = follow_up_of(eval, model::EvalId(random.uuid()), model::trigger::kFailedFollowUp);
  next.wait_until = now + kFollowUpDelay + std::chrono::seconds(random.below(kFollowUpSpreadSeconds + 1));
  failed.next_eval = next.id;
  return {std::move(next), std::move(failed)};
}

}  // namespace drover::server
