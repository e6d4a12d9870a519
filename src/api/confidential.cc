#include "api/confidential.h"

#include <string_view>
#include <utility>

#include "api/find.h"
#include "api/flow_output.h"
#include "api/nosana.h"
#include "api/replies.h"
#include "api/submission.h"
#include "codec/json.h"
#include "jobspec/parse.h"
#include "model/logistics.h"

namespace drover::api {
namespace {

Status check_awaits(const model::Job& job) {
  if (!model::awaits_definition(job)) {
    return err(ErrorCode::InvalidArgument, "job \"{}\" does not wait for its definition", job.id);
  }
  if (job.stop) return err(ErrorCode::InvalidArgument, "job \"{}\" is stopped", job.id);
  return Ok{};
}

// The job that a definition alone would be, under that name.
Result<model::Job> parse_as(const std::string& id, std::string_view definition, Diagnostics& problems) {
  jobspec::ParsedJob parsed = jobspec::parse(definition, {.nosana_delivered = true});
  if (parsed.format != jobspec::Format::Nosana) {
    return err(ErrorCode::InvalidArgument, "the definition is none of Nosana's: it has no \"ops\"");
  }
  problems.append(parsed.diagnostics);
  if (!parsed.ok()) return err(parsed.diagnostics.to_error());
  parsed.tree.set("ID", id);
  parsed.tree.set("Name", id);
  auto job = check_job(parsed.tree, problems);
  if (!job) return err(ErrorCode::InvalidArgument, "{}", job.error().message());
  return job;
}

Status check_owes(const Flow& flow) {
  const auto receive = model::logistics_of(*flow.job).receive;
  if (!receive || !receive->listens()) {
    return err(ErrorCode::InvalidArgument, "job \"{}\" is confidential: its result is not handed out here",
               flow.job->id);
  }
  if (flow.alloc && model::owes_result(*flow.job)) return Ok{};
  return err(ErrorCode::InvalidArgument, "job \"{}\" does not wait for somebody to fetch its result: it is {}",
             flow.job->id, jobspec::flow_status(*flow.job, flow.alloc.get()));
}

}  // namespace

Result<state::RegisterJob> take_definition(Context& context, const model::Job& job, std::string_view definition,
                                           Diagnostics& problems) {
  TRY(check_awaits(job));
  TRY_LET(model::Job delivered, parse_as(job.id, definition, problems));
  state::RegisterJob command{.job = job, .enforce_modify_index = job.job_modify_index, .time = context.now()};
  command.job.task_groups = std::move(delivered.task_groups);
  for (auto& [key, value] : delivered.meta) command.job.meta.insert_or_assign(key, std::move(value));
  command.eval = model::make_eval(command.job, context.new_eval_id(), model::trigger::kJobRegister);
  return command;
}

Result<Write> deliver_definition(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto job, find_job(request, snapshot));
  Diagnostics problems;
  TRY_LET(auto command, take_definition(context, *job, request.http.body, problems));
  auto reply = job_reply(command.eval->id, warnings_text(problems.warnings()));
  return Write{.command = state::make_command(std::move(command)), .reply = std::move(reply)};
}

net::Task<std::string> read_result(Context& context, Flow flow) {
  FlowLogs logs = co_await read_flow_logs(context, flow);
  const auto snapshot = context.frontend()->snapshot();
  co_return codec::dump(flow_state(context, *snapshot, flow, {.logs = std::move(logs), .for_owner = true}));
}

net::Task<Result<Answer>> get_job_results(Request request, Context& context) {
  CO_TRY_LET(const Flow flow, find_flow(job_key_of(request), *context.frontend()->snapshot()));
  if (!model::is_confidential(*flow.job)) co_return co_await get_flow_state(std::move(request), context);
  const Status owes = check_owes(flow);
  if (!owes) co_return err(owes.error());
  std::string result = co_await read_result(context, flow);
  const auto settled = co_await context.frontend()->submit(
      state::make_command(state::SettleLogistics{.ns = flow.job->ns,
                                                 .job_id = flow.job->id,
                                                 .job_modify_index = flow.job->job_modify_index,
                                                 .outcome = model::kDelivered,
                                                 .time = context.now()}));
  if (!settled && settled.error().code() == ErrorCode::Conflict) {
    co_return err(ErrorCode::InvalidArgument, "{}", settled.error().message());
  }
  if (!settled) co_return err(settled.error());
  co_return Answer{.body = std::move(result)};
}

}  // namespace drover::api
