#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/json.h"
#include "cli/lookup.h"

// deployment fail, pause, resume, promote, unblock; job promote.
namespace drover::cli {
namespace {

std::vector<OptionSpec> change_options() {
  return {kDetachOption, {"verbose", "", "Show full ids."}};
}

// What comes of a change: said, and followed unless -detach.
Result<int> follow_change(const Session& session, ApiClient& api, const codec::Value& answer, std::string done) {
  if (const Json version = Json(answer)["RevertedJobVersion"]; version.present()) {
    done += fmt::format("; the job goes back to version {}", version.text());
  }
  return follow_answer(session, api, answer, done);
}

struct Change {
  std::string_view doing;  // "failing deployment"
  std::string_view path;   // "/v1/deployment/fail/"
  std::string_view done;   // "failed"
};

Result<int> change_deployment(const Session& session, const Change& change, codec::Value request) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string id, find_deployment(api, session.args.positional()[0]));
  request.set("DeploymentID", id);
  TRY_LET(const codec::Value answer, during(change.doing, api.send("PUT", api_path(change.path, id), request)));
  return follow_change(session, api, answer,
                       fmt::format("Deployment \"{}\" {}", session.short_id(safe_text(id)), change.done));
}

Result<int> run_fail(Session& session) {
  return change_deployment(session, {"failing deployment", "/v1/deployment/fail/", "failed"}, {});
}

Result<int> run_pause(Session& session) {
  codec::Value request;
  request.set("Pause", true);
  return change_deployment(session, {"pausing deployment", "/v1/deployment/pause/", "paused"}, std::move(request));
}

Result<int> run_resume(Session& session) {
  codec::Value request;
  request.set("Pause", false);
  return change_deployment(session, {"resuming deployment", "/v1/deployment/pause/", "resumed"}, std::move(request));
}

Result<int> run_unblock(Session& session) {
  return change_deployment(session, {"unblocking deployment", "/v1/deployment/unblock/", "unblocked"}, {});
}

codec::Value promote_request(const Session& session) {
  codec::Value request;
  codec::Value::Array groups;
  for (const std::string& group : session.args.all("group")) groups.emplace_back(group);
  request.set("All", groups.empty());
  if (!groups.empty()) request.set("Groups", std::move(groups));
  return request;
}

Result<int> run_promote(Session& session) {
  return change_deployment(session, {"promoting deployment", "/v1/deployment/promote/", "promoted"},
                           promote_request(session));
}

Result<int> run_job_promote(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(const Answer latest, during("querying deployment", api.get(api_path("/v1/job/", job, "/deployment"))));
  const std::string id = Json(latest.value)["ID"].raw();
  if (id.empty()) return err(ErrorCode::NotFound, "promoting job: job \"{}\" has no deployment", safe_text(job));
  codec::Value request = promote_request(session);
  request.set("DeploymentID", id);
  TRY_LET(const codec::Value answer,
          during("promoting deployment", api.send("PUT", api_path("/v1/deployment/promote/", id), request)));
  return follow_change(
      session, api, answer,
      fmt::format("Deployment \"{}\" of job \"{}\" promoted", session.short_id(safe_text(id)), safe_text(job)));
}

std::vector<OptionSpec> promote_options() {
  return {{"group", "group", "Promote only the canaries of this group; may be given more than once."},
          kDetachOption,
          {"verbose", "", "Show full ids."}};
}

Command change_command(std::string_view name, std::string_view summary, std::string_view text,
                       Result<int> (*run)(Session&)) {
  return {.name = name,
          .arguments = "[options] <deployment>",
          .summary = summary,
          .text = text,
          .options = change_options(),
          .exit_codes = kFollowExitCodes,
          .min_arguments = 1,
          .max_arguments = 1,
          .run = run};
}

}  // namespace

Command deployment_fail_command() {
  return change_command("deployment fail", "Mark a deployment as failed",
                        "Ends a deployment as a failure, as if its allocations had not become healthy: no more of the "
                        "new version are placed, and with auto_revert the job goes back to its last stable version.",
                        run_fail);
}

Command deployment_pause_command() {
  return change_command("deployment pause", "Pause a deployment",
                        "Holds a deployment: nothing more is replaced until it is resumed.", run_pause);
}

Command deployment_resume_command() {
  return change_command("deployment resume", "Resume a paused deployment", "Lets a paused deployment go on.",
                        run_resume);
}

Command deployment_unblock_command() {
  return change_command("deployment unblock", "Unblock a blocked deployment",
                        "Lets a deployment go on that waits for those of other regions.", run_unblock);
}

Command deployment_promote_command() {
  Command command = change_command("deployment promote", "Promote a deployment's canaries",
                                   "Lets the canaries of a deployment take over: the rest of the old version is "
                                   "replaced at the pace of the job's update block. All of them have to be healthy.",
                                   run_promote);
  command.options = promote_options();
  return command;
}

Command job_promote_command() {
  Command command = change_command(
      "job promote", "Promote a job's canaries",
      "Promotes the canaries of a job's newest deployment, as \"deployment promote\" does.", run_job_promote);
  command.arguments = "[options] <job>";
  command.options = promote_options();
  return command;
}

}  // namespace drover::cli
