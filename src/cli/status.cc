#include "cli/alloc_status.h"
#include "cli/commands.h"
#include "cli/deployment_status.h"
#include "cli/eval_status.h"
#include "cli/job_status.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/node_status.h"

#include <algorithm>

namespace drover::cli {
namespace {

// A kind of thing that an id may belong to.
struct Kind {
  std::string_view name;
  std::string_view path;
  bool has_uuid;
  Status (*show)(const Session& session, ApiClient& api, const std::string& id);
};

constexpr Kind kKinds[] = {{"Jobs", "/v1/jobs", false, show_job},
                           {"Allocations", "/v1/allocations", true, show_alloc_status},
                           {"Evaluations", "/v1/evaluations", true, show_eval},
                           {"Deployments", "/v1/deployments", true, show_deployment},
                           {"Nodes", "/v1/nodes", true, show_node}};

bool may_be_uuid(std::string_view text) {
  return text.size() >= 2 && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

struct Match {
  const Kind* kind;
  std::string id;
};

Result<std::vector<Match>> find_matches(ApiClient& api, const std::string& prefix) {
  std::vector<Match> out;
  for (const Kind& kind : kKinds) {
    if (kind.has_uuid && !may_be_uuid(prefix)) continue;
    TRY_LET(const codec::Value::Array found, during("searching", list_by_prefix(api, std::string(kind.path), prefix)));
    for (const codec::Value& item : found) out.push_back({&kind, Json(item)["ID"].raw()});
  }
  const auto exact = std::ranges::find(out, prefix, &Match::id);
  if (exact != out.end()) return std::vector<Match>{*exact};
  return out;
}

Error ambiguous(const std::string& prefix, const std::vector<Match>& matches) {
  std::string text = fmt::format("searching: \"{}\" is the beginning of {} ids", safe_text(prefix), matches.size());
  const Kind* kind = nullptr;
  for (const Match& match : matches) {
    if (match.kind != kind) text += fmt::format("\n\n{}", match.kind->name);
    kind = match.kind;
    text += "\n" + safe_text(match.id);
  }
  return Error(ErrorCode::InvalidArgument, text);
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  if (session.args.positional().empty()) {
    TRY_LET(const Answer answer, during("querying jobs", api.get("/v1/jobs")));
    session.console.line(Json(answer.value).size() == 0 ? "No running jobs" : job_table(session, answer.value));
    return kSuccess;
  }
  const std::string& prefix = session.args.positional()[0];
  TRY_LET(const std::vector<Match> matches, find_matches(api, prefix));
  if (matches.empty()) return err(ErrorCode::NotFound, "searching: nothing has the id \"{}\"", safe_text(prefix));
  if (matches.size() > 1) return err(ambiguous(prefix, matches));
  TRY(matches[0].kind->show(session, api, matches[0].id));
  return kSuccess;
}

}  // namespace

Command status_command() {
  return {
      .name = "status",
      .arguments = "[options] [id]",
      .summary = "Show whatever has an id",
      .text =
          "Shows the job, allocation, evaluation or node that has an id, or the beginning of one; without an id it "
          "lists the jobs.",
      .options = {{"all-allocs", "", ""}, {"evals", "", ""}, {"short", "", "Only the most important."}, kVerboseOption},
      .exit_codes = "0 on success, 1 on an error or if several things have such an id.",
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
