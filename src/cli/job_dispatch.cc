#include "base/strings.h"
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/job_options.h"
#include "cli/json.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<codec::Value> read_meta(const Session& session) {
  codec::Value meta(codec::Value::Object{});
  for (const std::string& pair : session.args.all("meta")) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return err(ErrorCode::InvalidArgument, "reading -meta: \"{}\" is not key=value", safe_text(pair));
    }
    meta.set(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return meta;
}

Result<int> run(Session& session) {
  const auto& arguments = session.args.positional();
  codec::Value request;
  if (arguments.size() > 1) {
    TRY_LET(const std::string payload, read_job_text(session, arguments[1]));
    request.set("Payload", base64_encode(payload));
  }
  TRY_LET(codec::Value meta, read_meta(session));
  request.set("Meta", std::move(meta));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, arguments[0]));
  net::StringPairs query;
  if (session.args.has("idempotency-token"))
    query.emplace_back("idempotency_token", session.args.get("idempotency-token"));
  TRY_LET(const codec::Value answer, during("dispatching job", api.send("PUT", api_path("/v1/job/", job, "/dispatch"),
                                                                        request, std::move(query))));
  const Json response(answer);
  Facts facts;
  facts.add("Dispatched Job ID", response["DispatchedJobID"].text());
  facts.add_if("Evaluation ID", session.short_id(response["EvalID"].text()));
  session.console.line(facts.format());
  if (session.args.on("detach")) return kSuccess;
  session.console.line();
  return follow_answer(session, api, answer, "");
}

}  // namespace

Command job_dispatch_command() {
  return {
      .name = "job dispatch",
      .arguments = "[options] <job> [<payload file>]",
      .summary = "Start an instance of a parameterized job",
      .text =
          "Starts a parameterized job with the given metadata and payload (a file, or \"-\" for standard input), and "
          "follows its evaluation.",
      .options = {{"meta", "key=value", "Metadata of the instance; may be given more than once."},
                  {"idempotency-token", "token", "What is dispatched with the same token twice runs once."},
                  {"detach", "", "Return at once."},
                  {"verbose", "", "Show full ids."}},
      .exit_codes = kFollowExitCodes,
      .min_arguments = 1,
      .max_arguments = 2,
      .run = run,
  };
}

}  // namespace drover::cli
