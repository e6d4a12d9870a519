#include "cli/commands.h"
#include "cli/deployment_view.h"
#include "cli/json.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying deployments", api.get("/v1/deployments")));
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

Command deployment_list_command() {
  return {
      .name = "deployment list",
      .arguments = "[options]",
      .summary = "List deployments",
      .text = "Lists the deployments, the newest first. One shows how a new version of a job replaces the old one.",
      .options = {kJsonOption, kTemplateOption, kVerboseOption},
      .run = run,
  };
}

}  // namespace drover::cli
