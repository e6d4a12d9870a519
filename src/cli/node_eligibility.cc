#include "cli/commands.h"
#include "cli/lookup.h"
#include "cli/node_status.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  const bool enable = session.args.on("enable");
  const bool self = session.args.on("self");
  const auto& arguments = session.args.positional();
  if (enable == session.args.on("disable")) {
    return err(ErrorCode::InvalidArgument, "changing eligibility: either -enable or -disable is needed");
  }
  if (self != arguments.empty()) {
    return err(ErrorCode::InvalidArgument, "changing eligibility: either a node or -self is needed");
  }
  TRY_LET(ApiClient api, session.connect());
  auto id = self ? own_node(api) : find_node(api, arguments[0]);
  if (!id) return err(id.error());
  const std::string_view eligibility = enable ? "eligible" : "ineligible";
  codec::Value request;
  request.set("NodeID", *id);
  request.set("Eligibility", eligibility);
  TRY(during("changing eligibility", api.send("PUT", api_path("/v1/node/", *id, "/eligibility"), request)));
  session.console.line(fmt::format("Node \"{}\" scheduling eligibility set: {} for scheduling",
                                   session.short_id(safe_text(*id)), eligibility));
  return kSuccess;
}

}  // namespace

Command node_eligibility_command() {
  return {
      .name = "node eligibility",
      .arguments = "[options] <node>",
      .summary = "Let a node take new allocations, or not",
      .text = "Says whether new allocations may be placed on a node. What runs there goes on in either case.",
      .options = {{"enable", "", "The node may take new allocations."},
                  {"disable", "", "The node gets no new allocations."},
                  {"self", "", "The node of the agent that is asked."},
                  {"yes", "", ""},
                  kVerboseOption},
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
