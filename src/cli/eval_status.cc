#include "cli/eval_status.h"

#include "cli/alloc_table.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/monitor.h"
#include "cli/placement.h"
#include "cli/text.h"

namespace drover::cli {
namespace {

std::string eval_facts(const Session& session, const Json& eval) {
  Facts facts;
  const bool failed = eval["FailedTGAllocs"].size() > 0;
  const std::string status = eval["Status"].text();
  facts.add("ID", session.short_id(eval["ID"].text()));
  facts.add("Create Time", time_ago(session.now(), eval["CreateTime"].integer()));
  facts.add("Modify Time", time_ago(session.now(), eval["ModifyTime"].integer()));
  facts.add("Status", status_text(session.console, status));
  facts.add("Status Description", or_none(eval["StatusDescription"].text()));
  facts.add("Type", eval["Type"].text());
  facts.add("TriggeredBy", eval["TriggeredBy"].text());
  facts.add_if("Job ID", eval["JobID"].text());
  facts.add_if("Node ID", session.short_id(eval["NodeID"].text()));
  facts.add_if("Deployment ID", session.short_id(eval["DeploymentID"].text()));
  facts.add("Priority", eval["Priority"].text());
  facts.add("Placement Failures", status == "blocked" ? "N/A - In Progress" : failed ? "true" : "false");
  if (session.args.on("verbose")) {
    facts.add_if("Previous Eval", eval["PreviousEval"].text());
    facts.add_if("Next Eval", eval["NextEval"].text());
    facts.add_if("Blocked Eval", eval["BlockedEval"].text());
  }
  return facts.format();
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string id, find_eval(api, session.args.positional()[0]));
  if (session.args.on("monitor")) return monitor_evaluation(session, api, id, AfterPlacement::Return);
  if (session.args.on("json")) {
    TRY_LET(const Answer answer, during("querying evaluation", api.get(api_path("/v1/evaluation/", id))));
    print_json(session.console, answer.value);
    return kSuccess;
  }
  TRY(show_eval(session, api, id));
  return kSuccess;
}

}  // namespace

Status show_eval(const Session& session, ApiClient& api, const std::string& id) {
  Console& console = session.console;
  TRY_LET(const Answer answer, during("querying evaluation", api.get(api_path("/v1/evaluation/", id))));
  const Json eval(answer.value);
  console.line(eval_facts(session, eval));
  if (eval["FailedTGAllocs"].size() > 0) {
    console.line("\n" + console.paint(Colour::Bold, "Failed Placements") + "\n" +
                 failed_placements(eval["FailedTGAllocs"]));
    if (const std::string blocked = eval["BlockedEval"].text(); !blocked.empty()) {
      console.line(fmt::format("\nEvaluation \"{}\" waiting for additional capacity to place remainder",
                               session.short_id(blocked)));
    }
  }
  return Ok{};
}

Command eval_status_command() {
  return {
      .name = "eval status",
      .arguments = "[options] <evaluation>",
      .summary = "Show an evaluation and why it could not place something",
      .text =
          "Shows an evaluation, named by its id or the beginning of it, with the reasons for what it could not "
          "place.",
      .options = {{"monitor", "", "Follow the evaluation until it is done."},
                  kJsonOption,
                  kTemplateOption,
                  kVerboseOption},
      .exit_codes =
          "0 on success, 1 on an error; with -monitor 2 if the evaluation failed or could not place "
          "everything.",
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
