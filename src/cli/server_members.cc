#include "cli/commands.h"
#include "cli/json.h"

namespace drover::cli {
namespace {

std::string address(const Json& member) {
  const std::string host = member["Addr"].text();
  const std::string port = member["Tags"]["port"].text();
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying servers", api.get("/v1/agent/members")));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  const auto leader = api.get("/v1/status/leader");
  const std::string leader_address = leader ? Json(leader->value).text() : "";
  Table table({"Name", "Address", "Port", "Status", "Leader", "Build", "Datacenter", "Region"});
  for (const Json& member : Json(answer.value)["Members"].items()) {
    const Json tags = member["Tags"];
    table.add({member["Name"].text(), member["Addr"].text(), member["Port"].text(), member["Status"].text(),
               !leader_address.empty() && address(member) == leader_address ? "true" : "false", tags["build"].text(),
               tags["dc"].text(), tags["region"].text()});
  }
  if (table.empty()) {
    session.console.line("No servers known");
  } else {
    session.console.line(table.format());
  }
  if (!leader) session.console.warning_line("\nError determining leader: " + leader.error().message());
  return leader ? kSuccess : kFailure;
}

}  // namespace

Command server_members_command() {
  return {
      .name = "server members",
      .arguments = "[options]",
      .summary = "List the servers",
      .text = "Lists the servers that the agent knows, and which of them leads.",
      .options = {kJsonOption, kTemplateOption},
      .exit_codes = "0 on success, 1 on an error or if there is no leader.",
      .run = run,
  };
}

}  // namespace drover::cli
