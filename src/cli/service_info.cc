#include "cli/commands.h"
#include "cli/json.h"
#include "cli/text.h"
#include "net/address.h"

namespace drover::cli {
namespace {

std::string address(const Json& registration) {
  const std::string host = registration["Address"].text();
  const auto port = static_cast<int>(registration["Port"].integer());
  return port == 0 ? host : net::host_port(host, port);
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  const std::string& name = session.args.positional()[0];
  TRY_LET(const Answer answer, during("querying service", api.get(api_path("/v1/service/", name))));
  const std::vector<Json> registrations = Json(answer.value).items();
  if (registrations.empty()) {
    return err(ErrorCode::NotFound, "querying service: nothing is registered as \"{}\"", safe_text(name));
  }
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  Table table({"Job ID", "Address", "Health", "Tags", "Node ID", "Alloc ID"});
  for (const Json& registration : registrations) {
    table.add({registration["JobID"].text(), address(registration), or_none(registration["Health"].text()),
               "[" + comma_list(registration["Tags"]) + "]", session.short_id(registration["NodeID"].text()),
               session.short_id(registration["AllocID"].text())});
  }
  session.console.line(table.format());
  return kSuccess;
}

}  // namespace

Command service_info_command() {
  return {
      .name = "service info",
      .arguments = "[options] <service>",
      .summary = "Show where a service is reached",
      .text = "Shows the addresses under which a service is registered, and the allocations behind them.",
      .options = {kJsonOption, kTemplateOption, kVerboseOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
