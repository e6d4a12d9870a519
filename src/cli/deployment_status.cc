#include "cli/deployment_status.h"

#include "cli/commands.h"
#include "cli/deployment_monitor.h"
#include "cli/deployment_view.h"
#include "cli/json.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  if (session.args.on("monitor") && session.args.on("json")) {
    return err(ErrorCode::InvalidArgument, "showing deployment: -monitor and -json exclude each other");
  }
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string id, find_deployment(api, session.args.positional()[0]));
  if (session.args.on("monitor")) return monitor_deployment(session, api, id);
  if (session.args.on("json")) {
    TRY_LET(const Answer answer, during("querying deployment", api.get(api_path("/v1/deployment/", id))));
    print_json(session.console, answer.value);
    return kSuccess;
  }
  TRY(show_deployment(session, api, id));
  return kSuccess;
}

}  // namespace

Status show_deployment(const Session& session, ApiClient& api, const std::string& id) {
  TRY_LET(const Answer answer, during("querying deployment", api.get(api_path("/v1/deployment/", id))));
  const Json deployment(answer.value);
  Console& console = session.console;
  console.line(deployment_facts(session, deployment, DeploymentOf::Anything));
  if (deployment["TaskGroups"].size() > 0) {
    console.line("\n" + console.paint(Colour::Bold, "Deployed") + "\n" + deployment_table(deployment));
  }
  return Ok{};
}

Command deployment_status_command() {
  return {
      .name = "deployment status",
      .arguments = "[options] <deployment>",
      .summary = "Show a deployment",
      .text =
          "Shows a deployment, named by its id or the beginning of it: its state, and how many allocations of each "
          "group are placed, healthy and unhealthy.",
      .options = {{"monitor", "", "Follow the deployment until it has ended."},
                  kJsonOption,
                  kTemplateOption,
                  kVerboseOption},
      .exit_codes = "0 on success, 1 on an error; with -monitor 1 unless the deployment was successful.",
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
