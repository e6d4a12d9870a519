#include "cli/follow.h"

#include "cli/monitor.h"

namespace drover::cli {

Result<int> follow_answer(const Session& session, ApiClient& api, const codec::Value& answer, const std::string& done) {
  if (!done.empty()) session.console.line(done);
  const Json eval_id = Json(answer)["EvalID"];
  if (eval_id.raw().empty()) return kSuccess;
  if (session.args.on("detach")) {
    session.console.line("Evaluation ID: " + eval_id.text());
    return kSuccess;
  }
  return monitor_evaluation(session, api, eval_id.raw(), AfterPlacement::Return);
}

}  // namespace drover::cli
