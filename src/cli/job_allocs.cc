#include "cli/alloc_table.h"
#include "cli/commands.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  net::StringPairs query;
  if (session.args.on("all")) query.emplace_back("all", "true");
  TRY_LET(const Answer answer,
          during("querying allocations", api.get(api_path("/v1/job/", job, "/allocations"), std::move(query))));
  const std::vector<Json> allocs = Json(answer.value).items();
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
  } else if (allocs.empty()) {
    session.console.line("No allocations");
  } else {
    session.console.line(alloc_table(session, allocs, AllocTableOf::Job));
  }
  return kSuccess;
}

}  // namespace

Command job_allocs_command() {
  return {
      .name = "job allocs",
      .arguments = "[options] <job>",
      .summary = "List the allocations of a job",
      .text = "Lists the allocations of a job, the newest first.",
      .options = {{"all", "", "Also those of an earlier job with the same id."},
                  kJsonOption,
                  kTemplateOption,
                  kVerboseOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
