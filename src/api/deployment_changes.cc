#include <algorithm>
#include <utility>

#include "api/find.h"
#include "api/handlers.h"
#include "api/stubs.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "state/rollback.h"

// What people do to deployments by hand.
namespace drover::api {
namespace {

using model::Deployment;
using model::DeploymentState;
namespace text = model::deployment_text;

// A deployment that still goes on, and what is asked of it.
struct Asked {
  state::Row<Deployment> deployment;
  DeploymentRequest body;
};

Result<Asked> read_asked(const Request& request, const state::Snapshot& snapshot, const char* verb) {
  Asked asked;
  if (!request.http.body.empty()) {
    TRY_LET(const auto body, read_json_object(request));
    TRY_LET(asked.body, codec::from_value<DeploymentRequest>(body));
  }
  if (!asked.body.deployment_id.empty() && asked.body.deployment_id != request.id) {
    return err(ErrorCode::InvalidArgument, "Deployment ID does not match");
  }
  TRY_LET(asked.deployment, find_deployment(request, snapshot));
  if (!asked.deployment->active()) return err(ErrorCode::Conflict, "can't {} terminal deployment", verb);
  return asked;
}

// The evaluation that carries on with the deployment's job; none once the job is gone.
std::vector<model::Evaluation> evals_for(const Deployment& deployment, Context& context,
                                         const state::Snapshot& snapshot) {
  const auto job = snapshot.job(deployment.job_key());
  if (!job) return {};
  auto eval = model::make_eval(*job, context.new_eval_id(), model::trigger::kDeploymentWatcher);
  eval.deployment_id = deployment.id;
  return {std::move(eval)};
}

template <class Command>
Write write_of(Command command, std::optional<uint64_t> reverted = {}) {
  const DeploymentResponse answer{.eval_id = command.evals.empty() ? model::EvalId() : command.evals[0].id,
                                  .reverted_job_version = reverted};
  return {.command = state::make_command(std::move(command)), .reply = [answer](const state::Reply& reply) {
            DeploymentResponse filled = answer;
            filled.eval_create_index = reply.eval_create_index;
            filled.deployment_modify_index = reply.index;
            filled.index = reply.index;
            return codec::to_json(filled);
          }};
}

std::optional<model::Job> job_of(const state::Rollback& rollback) {
  return rollback.job ? std::optional(*rollback.job) : std::nullopt;
}

std::optional<uint64_t> version_of(const state::Rollback& rollback) {
  return rollback.job ? std::optional(rollback.job->version) : std::nullopt;
}

// The groups of a deployment that have one of these allocations.
bool has_any(const state::Snapshot& snapshot, const std::string& group, const std::vector<model::AllocId>& ids) {
  return std::ranges::any_of(ids, [&](const model::AllocId& id) {
    const auto alloc = snapshot.alloc(id);
    return alloc && alloc->task_group == group;
  });
}

}  // namespace

Result<Write> fail_deployment(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const Asked asked, read_asked(request, snapshot, "fail"));
  const state::Rollback rollback =
      state::rollback_of(snapshot, *asked.deployment, [](const std::string&) { return true; });
  state::UpdateDeployment command{.update = {.deployment_id = asked.deployment->id,
                                             .status = DeploymentState::Failed,
                                             .status_description = text::kFailedByUser + rollback.note},
                                  .revert = job_of(rollback),
                                  .evals = evals_for(*asked.deployment, context, snapshot),
                                  .time = context.now()};
  return write_of(std::move(command), version_of(rollback));
}

Result<Write> pause_deployment(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const Asked asked, read_asked(request, snapshot, "pause"));
  if (!asked.body.pause) return err(ErrorCode::InvalidArgument, "Pause must be specified");
  const Deployment& deployment = *asked.deployment;
  const bool paused = deployment.status == DeploymentState::Paused;
  if (*asked.body.pause == paused) {
    return err(ErrorCode::Conflict, "{}", paused ? "deployment is already paused" : "deployment is not paused");
  }
  state::UpdateDeployment command{.update = {.deployment_id = deployment.id,
                                             .status = DeploymentState::Paused,
                                             .status_description = text::kPaused},
                                  .time = context.now()};
  if (!*asked.body.pause) {
    command.update.status = DeploymentState::Running;
    command.update.status_description = !deployment.requires_promotion() ? text::kRunning
                                        : deployment.has_auto_promote()  ? text::kAutoPromotion
                                                                         : text::kNeedsPromotion;
    command.evals = evals_for(deployment, context, snapshot);
  }
  return write_of(std::move(command));
}

Result<Write> promote_deployment(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const Asked asked, read_asked(request, snapshot, "promote"));
  if (!asked.body.all && asked.body.groups.empty()) {
    return err(ErrorCode::InvalidArgument, "either All or Groups must be specified");
  }
  if (asked.body.all && !asked.body.groups.empty()) {
    return err(ErrorCode::InvalidArgument, "All and Groups exclude each other");
  }
  return write_of(state::PromoteDeployment{.deployment_id = asked.deployment->id,
                                           .groups = asked.body.groups,
                                           .evals = evals_for(*asked.deployment, context, snapshot),
                                           .time = context.now()});
}

Result<Write> set_allocation_health(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(Asked asked, read_asked(request, snapshot, "set health of allocations for a"));
  const auto& unhealthy = asked.body.unhealthy_allocation_ids;
  if (unhealthy.empty() && asked.body.healthy_allocation_ids.empty()) {
    return err(ErrorCode::InvalidArgument, "must specify at least one healthy/unhealthy allocation ID");
  }
  state::SetAllocHealth command{.deployment_id = asked.deployment->id,
                                .healthy = asked.body.healthy_allocation_ids,
                                .unhealthy = unhealthy,
                                .evals = evals_for(*asked.deployment, context, snapshot),
                                .time = context.now()};
  if (unhealthy.empty()) return write_of(std::move(command));
  const auto concerned = [&](const std::string& group) { return has_any(snapshot, group, unhealthy); };
  const state::Rollback rollback = state::rollback_of(snapshot, *asked.deployment, concerned);
  command.update = {.deployment_id = asked.deployment->id,
                    .status = DeploymentState::Failed,
                    .status_description = text::kFailedAllocations + rollback.note};
  command.revert = job_of(rollback);
  return write_of(std::move(command), version_of(rollback));
}

Result<Write> unblock_deployment(const Request& request, Context&, const state::Snapshot& snapshot) {
  TRY(read_asked(request, snapshot, "unblock"));
  return err(ErrorCode::Conflict, "can't unblock deployment: it is not blocked, as only those of several regions are");
}

}  // namespace drover::api
