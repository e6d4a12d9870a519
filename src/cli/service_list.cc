#include "cli/commands.h"
#include "cli/json.h"
#include "cli/text.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying services", api.get("/v1/services")));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  Table table({"Service Name", "Namespace", "Tags"});
  for (const Json& list : Json(answer.value).items()) {
    for (const Json& service : list["Services"].items()) {
      table.add({service["ServiceName"].text(), list["Namespace"].text(), "[" + comma_list(service["Tags"]) + "]"});
    }
  }
  session.console.line(table.empty() ? "No service registrations found" : table.format());
  return kSuccess;
}

}  // namespace

Command service_list_command() {
  return {
      .name = "service list",
      .arguments = "[options]",
      .summary = "List the registered services",
      .text = "Lists the services that running allocations have registered.",
      .options = {kJsonOption, kTemplateOption},
      .run = run,
  };
}

}  // namespace drover::cli
