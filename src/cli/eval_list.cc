#include "cli/alloc_table.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/text.h"

#include <algorithm>

namespace drover::cli {
namespace {

std::string eval_table(const Session& session, const Json& list) {
  std::vector<Json> evals = list.items();
  std::ranges::sort(evals, {}, [](const Json& e) { return std::pair(-e["CreateIndex"].integer(), e["ID"].raw()); });
  Table table({"ID", "Priority", "Triggered By", "Job ID", "Namespace", "Node ID", "Status", "Placement Failures"});
  for (const Json& eval : evals) {
    const std::string status = eval["Status"].text();
    table.add({session.short_id(eval["ID"].text()), eval["Priority"].text(), eval["TriggeredBy"].text(),
               eval["JobID"].text(), eval["Namespace"].text(), or_none(session.short_id(eval["NodeID"].text())),
               status_text(session.console, status),
               status == "blocked"                 ? "N/A - In Progress"
               : eval["FailedTGAllocs"].size() > 0 ? "true"
                                                   : "false"});
  }
  return table.format();
}

Result<int> run(Session& session) {
  const Arguments& args = session.args;
  net::StringPairs query;
  for (const auto& [option, parameter] :
       {std::pair("job", "job"), {"status", "status"}, {"per-page", "per_page"}, {"page-token", "next_token"}}) {
    if (args.has(option)) query.emplace_back(parameter, args.get(option));
  }
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying evaluations", api.get("/v1/evaluations", std::move(query))));
  if (args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  if (Json(answer.value).size() == 0) {
    session.console.line("No evals found");
    return kSuccess;
  }
  session.console.line(eval_table(session, answer.value));
  if (!answer.next_token.empty()) {
    session.console.line("\nThere are more. To see them: drover eval list -page-token " + safe_text(answer.next_token));
  }
  return kSuccess;
}

}  // namespace

Command eval_list_command() {
  return {
      .name = "eval list",
      .arguments = "[options]",
      .summary = "List evaluations",
      .text = "Lists the evaluations that are kept, those of a page the newest first.",
      .options = {{"job", "job", "Only those of this job."},
                  {"status", "status", "Only those with this status: blocked, pending, complete, failed, canceled."},
                  {"per-page", "number", "How many to show at once."},
                  {"page-token", "token", "Where the page begins."},
                  kJsonOption,
                  kTemplateOption,
                  kVerboseOption},
      .run = run,
  };
}

}  // namespace drover::cli
