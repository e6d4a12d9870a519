#include "state/apply.h"

#include <fmt/format.h>

namespace drover::state {

using model::EvalStatus;
using model::Evaluation;

namespace {

Status check_one(const Snapshot& view, const Evaluation& eval) {
  if (eval.id.empty()) return err(ErrorCode::InvalidArgument, "an evaluation of job \"{}\" has no id", eval.job_id);
  const auto stored = view.eval(eval.id);
  if (stored && stored->job_key() != eval.job_key()) {
    return err(ErrorCode::InvalidArgument, "evaluation \"{}\" belongs to job \"{}\", not to \"{}\"", eval.id.str(),
               stored->job_id, eval.job_id);
  }
  return Ok{};
}

void cancel_blocked(Draft& draft, const Evaluation& because, const std::string& description) {
  std::vector<Evaluation> cancelled;
  for (const auto& [id, eval] : draft.view().evals_of_job(because.job_key())) {
    if (eval->status != EvalStatus::Blocked || id == because.id) continue;
    cancelled.push_back(*eval);
  }
  for (Evaluation& eval : cancelled) {
    eval.status = EvalStatus::Cancelled;
    eval.status_description = description;
    eval.modify_time = because.modify_time;
    draft.put_eval(std::move(eval));
  }
}

// A blocked evaluation of the job other than this one may exist: they are rare, and looking for them is not free.
bool may_have_blocked(const Draft& draft, const Evaluation& eval) {
  return draft.blocked_evals(eval.job_key()) > (eval.status == EvalStatus::Blocked ? 1 : 0);
}

void write_eval(Draft& draft, Evaluation eval, WallTime time) {
  const auto stored = draft.view().eval(eval.id);
  if (stored && stored->terminal() && !eval.terminal()) return;
  eval.create_time = stored ? stored->create_time : time;
  eval.modify_time = time;
  draft.put_eval(eval);
  if (!may_have_blocked(draft, eval)) return;
  if (eval.status == EvalStatus::Blocked) {
    cancel_blocked(draft, eval, fmt::format("existing blocked evaluation exists for job \"{}\"", eval.job_id));
  } else if (eval.status == EvalStatus::Complete && eval.failed_tg_allocs.empty()) {
    cancel_blocked(draft, eval, fmt::format("evaluation \"{}\" successful", eval.id.str()));
  }
}

}  // namespace

Status check_evals(const Snapshot& view, const std::vector<Evaluation>& evals) {
  for (const Evaluation& eval : evals) TRY(check_one(view, eval));
  return Ok{};
}

Status check_eval(const Snapshot& view, const std::optional<Evaluation>& eval) {
  if (eval) TRY(check_one(view, *eval));
  return Ok{};
}

void write_evals(Draft& draft, const std::vector<Evaluation>& evals, WallTime time) {
  for (const Evaluation& eval : evals) write_eval(draft, eval, time);
}

Result<Reply> apply_command(Draft& draft, const UpsertEvals& command) {
  TRY(check_evals(draft.view(), command.evals));
  write_evals(draft, command.evals, command.time);
  return Reply{.eval_create_index = command.evals.empty() ? 0 : draft.index()};
}

}  // namespace drover::state
