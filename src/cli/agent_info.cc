#include "cli/commands.h"
#include "cli/json.h"

#include <algorithm>

namespace drover::cli {
namespace {

using Members = std::vector<std::pair<std::string, Json>>;

Members sorted(const Json& object) {
  Members members = object.members();
  std::ranges::sort(members, {}, &Members::value_type::first);
  return members;
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying agent info", api.get("/v1/agent/self")));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  for (const auto& [group, stats] : sorted(Json(answer.value)["stats"])) {
    session.console.line(session.console.paint(Colour::Bold, group));
    for (const auto& [name, value] : sorted(stats)) {
      session.console.line(fmt::format("  {} = {}", name, value.text()));
    }
  }
  return kSuccess;
}

}  // namespace

Command agent_info_command() {
  return {
      .name = "agent-info",
      .arguments = "[options]",
      .summary = "Show figures of the agent",
      .text = "Shows what the agent that is asked says of itself: as a client, as a server, and its process.",
      .options = {kJsonOption, kTemplateOption},
      .run = run,
  };
}

}  // namespace drover::cli
