#include "state/apply.h"

namespace drover::state {

Result<Reply> apply_command(Draft& draft, const ApplyWork& command) {
  const model::EvalId& id = command.plan.plan.eval_id;
  const auto eval = draft.view().eval(id);
  if (!eval) return err(ErrorCode::NotFound, "no evaluation with id {}", id.str());
  if (eval->terminal()) return err(ErrorCode::Conflict, "evaluation {} has ended", id.str());
  TRY(check_evals(draft.view(), command.outcome));
  TRY_LET(Reply reply, apply_command(draft, command.plan));
  if (reply.plan.refresh_index != 0) return reply;
  write_evals(draft, command.outcome, command.plan.time);
  return reply;
}

}  // namespace drover::state
