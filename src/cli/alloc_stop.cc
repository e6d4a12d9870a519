#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string id, find_alloc(api, session.args.positional()[0]));
  net::StringPairs query;
  if (session.args.on("no-shutdown-delay")) query.emplace_back("no_shutdown_delay", "true");
  TRY_LET(
      const codec::Value answer,
      during("stopping allocation", api.send("PUT", api_path("/v1/allocation/", id, "/stop"), {}, std::move(query))));
  return follow_answer(session, api, answer, "");
}

}  // namespace

Command alloc_stop_command() {
  return {
      .name = "alloc stop",
      .arguments = "[options] <allocation>",
      .summary = "Stop an allocation; another one takes its place",
      .text =
          "Stops an allocation, named by its id or the beginning of it, and places another one in its stead, on the "
          "same node or on another.",
      .options = {{"no-shutdown-delay", "", "Do not wait for the shutdown_delay of its group and tasks."},
                  kDetachOption,
                  {"verbose", "", "Show full ids."}},
      .exit_codes = kFollowExitCodes,
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
