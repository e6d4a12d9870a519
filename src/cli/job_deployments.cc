#include "cli/commands.h"
#include "cli/deployment_view.h"
#include "cli/json.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> show_latest(const Session& session, ApiClient& api, const std::string& job) {
  TRY_LET(const Answer answer, during("querying deployment", api.get(api_path("/v1/job/", job, "/deployment"))));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  if (answer.value.is_null()) {
    session.console.line("No deployment found");
    return kSuccess;
  }
  session.console.line(deployment_facts(session, answer.value, DeploymentOf::Anything) + "\n\n" +
                       session.console.paint(Colour::Bold, "Deployed") + "\n" + deployment_table(answer.value));
  return kSuccess;
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  if (session.args.on("latest")) return show_latest(session, api, job);
  net::StringPairs query;
  if (session.args.on("all")) query.emplace_back("all", "true");
  TRY_LET(const Answer answer,
          during("querying deployments", api.get(api_path("/v1/job/", job, "/deployments"), std::move(query))));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
  } else if (Json(answer.value).size() == 0) {
    session.console.line("No deployments found");
  } else {
    session.console.line(deployment_list(session, Json(answer.value).items(), DeploymentOf::Anything));
  }
  return kSuccess;
}

}  // namespace

Command job_deployments_command() {
  return {
      .name = "job deployments",
      .arguments = "[options] <job>",
      .summary = "List a job's deployments",
      .text = "Lists the deployments of a job, the newest first.",
      .options = {{"latest", "", "Show only the newest one, with its groups."},
                  {"all", "", "Also those of an earlier job with the same id."},
                  kJsonOption,
                  kTemplateOption,
                  kVerboseOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
