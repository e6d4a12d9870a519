#pragma once

#include "base/result.h"
#include "state/command.h"

#include <optional>
#include <vector>

// The applying functions, one for each command: validate against draft.view(), then write. REQUIRES a command begun.
// Each ends with an error only before it has written anything.
namespace drover::state {

Result<Reply> apply_command(Draft& draft, const RegisterJob& command);
Result<Reply> apply_command(Draft& draft, const DeregisterJob& command);
Result<Reply> apply_command(Draft& draft, const SetJobStability& command);
Result<Reply> apply_command(Draft& draft, const RegisterNode& command);
Result<Reply> apply_command(Draft& draft, const UpdateNodeStatus& command);
Result<Reply> apply_command(Draft& draft, const UpdateNodeEligibility& command);
Result<Reply> apply_command(Draft& draft, const DeregisterNode& command);
Result<Reply> apply_command(Draft& draft, const UpdateAllocs& command);
Result<Reply> apply_command(Draft& draft, const UpsertEvals& command);
Result<Reply> apply_command(Draft& draft, const ApplyPlan& command);
Result<Reply> apply_command(Draft& draft, const SetServices& command);
Result<Reply> apply_command(Draft& draft, const Collect& command);

// For commands that bring evaluations along. Errors: InvalidArgument (an id that belongs to another job, or none).
Status check_evals(const Snapshot& view, const std::vector<model::Evaluation>& evals);
Status check_eval(const Snapshot& view, const std::optional<model::Evaluation>& eval);
// As UpsertEvals says. REQUIRES checked ones.
void write_evals(Draft& draft, const std::vector<model::Evaluation>& evals, WallTime time);

}  // namespace drover::state
