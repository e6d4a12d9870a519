#include "base/strings.h"
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/json.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

// The group to scale: the one named, or the only one that the job has.
Result<std::string> group_of(const Session& session, ApiClient& api, const std::string& job) {
  const auto& arguments = session.args.positional();
  if (arguments.size() == 3) return arguments[1];
  TRY_LET(const Answer answer, during("querying job", api.get(api_path("/v1/job/", job))));
  const std::vector<Json> groups = Json(answer.value)["TaskGroups"].items();
  if (groups.size() == 1) return groups[0]["Name"].raw();
  std::vector<std::string> names;
  for (const Json& group : groups) names.push_back(group["Name"].text());
  return err(ErrorCode::InvalidArgument, "scaling job: which group? It has {}", join(names, ", "));
}

Result<int> run(Session& session) {
  const std::string& text = session.args.positional().back();
  const auto count = parse_int(text);
  if (!count || *count < 0) {
    return err(ErrorCode::InvalidArgument, "scaling job: \"{}\" is not a count", safe_text(text));
  }
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(const std::string group, group_of(session, api, job));
  codec::Value target;
  target.set("Group", group);
  codec::Value request;
  request.set("Count", *count);
  request.set("Target", std::move(target));
  request.set("Message", session.args.get("message", "submitted using the drover CLI"));
  TRY_LET(const codec::Value answer,
          during("scaling job", api.send("PUT", api_path("/v1/job/", job, "/scale"), request)));
  return follow_answer(session, api, answer, "");
}

}  // namespace

Command job_scale_command() {
  return {
      .name = "job scale",
      .arguments = "[options] <job> [<group>] <count>",
      .summary = "Change the count of a group",
      .text =
          "Sets how many allocations of a group there are to be. The group may be left out if the job has only one.",
      .options = {{"message", "text", "Why, for the job's scaling events."},
                  kDetachOption,
                  {"verbose", "", "Show full ids."}},
      .exit_codes = kFollowExitCodes,
      .min_arguments = 2,
      .max_arguments = 3,
      .run = run,
  };
}

}  // namespace drover::cli
