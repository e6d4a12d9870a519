#pragma once

#include "base/result.h"
#include "state/command.h"

#include <optional>
#include <string>
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
Result<Reply> apply_command(Draft& draft, const UpdateDeployment& command);
Result<Reply> apply_command(Draft& draft, const PromoteDeployment& command);
Result<Reply> apply_command(Draft& draft, const SetAllocHealth& command);
Result<Reply> apply_command(Draft& draft, const UpdateTransitions& command);
Result<Reply> apply_command(Draft& draft, const UpdateNodeDrain& command);
Result<Reply> apply_command(Draft& draft, const LaunchPeriodic& command);
Result<Reply> apply_command(Draft& draft, const ScaleJob& command);
Result<Reply> apply_command(Draft& draft, const SetSchedulerConfig& command);
Result<Reply> apply_command(Draft& draft, const ApplyWork& command);
Result<Reply> apply_command(Draft& draft, const ExtendJob& command);
Result<Reply> apply_command(Draft& draft, const PutMarket& command);
Result<Reply> apply_command(Draft& draft, const DeleteMarket& command);
Result<Reply> apply_command(Draft& draft, const SettleLogistics& command);

// For commands that bring evaluations along. Errors: InvalidArgument (an id that belongs to another job, or none).
Status check_evals(const Snapshot& view, const std::vector<model::Evaluation>& evals);
Status check_eval(const Snapshot& view, const std::optional<model::Evaluation>& eval);
// As UpsertEvals says. REQUIRES checked ones.
void write_evals(Draft& draft, const std::vector<model::Evaluation>& evals, WallTime time);
// The same for one that names the specification that it is about.
void write_job_eval(Draft& draft, model::Evaluation eval, uint64_t job_modify_index, WallTime time, Reply& reply);

// Whether `job` may be stored as the job of its name. Errors: Conflict (another kind of job).
Status check_kind(const model::Job& stored, const model::Job& job);
// Stores a job as a new version, unless it is the specification that is stored. REQUIRES a checked one.
void write_job(Draft& draft, model::Job job, WallTime time);
void mark_stability(Draft& draft, const model::JobKey& key, uint64_t version, bool stable);

// Errors: NotFound.
Result<Row<model::Node>> find_node(const Snapshot& view, const model::NodeId& id);
// Whether its market requires something that the node has not reported to have.
bool lacks_requirements(const Snapshot& view, const model::Node& node);
// Notes what happened to a node; the newest are kept.
void add_event(model::Node& node, std::string message, std::string subsystem, WallTime time);

// Gives a deployment its new status if it has not ended; a successful one makes its job version stable.
void write_deployment_status(Draft& draft, const model::DeploymentUpdate& update, WallTime time);

}  // namespace drover::state
