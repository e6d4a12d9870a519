#include "base/duration.h"
#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/drain_monitor.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/node_status.h"

namespace drover::cli {
namespace {

constexpr Duration kDefaultDeadline = std::chrono::hours(1);

Status check_usage(const Arguments& args) {
  const auto wrong = [](const char* text) { return err(ErrorCode::InvalidArgument, "draining node: {}", text); };
  const int verbs = args.on("enable") + args.on("disable");
  if (verbs == 0 && !args.on("monitor")) return wrong("one of -enable, -disable and -monitor is needed");
  if (verbs == 2) return wrong("-enable and -disable exclude each other");
  if (args.on("monitor") && args.on("detach")) return wrong("-monitor and -detach exclude each other");
  if (args.has("deadline") + args.on("force") + args.on("no-deadline") > 1) {
    return wrong("only one of -deadline, -force and -no-deadline makes sense");
  }
  if (args.on("self") != args.positional().empty()) return wrong("either a node or -self is needed");
  return Ok{};
}

// The deadline as the API has it: negative is at once, 0 none.
Result<Duration> deadline_of(const Arguments& args) {
  if (args.on("force")) return Duration(-1);
  if (args.on("no-deadline")) return Duration(0);
  if (!args.has("deadline")) return kDefaultDeadline;
  const auto deadline = parse_duration(args.get("deadline"));
  if (deadline && *deadline > Duration::zero()) return *deadline;
  return err(ErrorCode::InvalidArgument,
             "draining node: \"{}\" is not a deadline such as 30m; see -force and -no-deadline",
             safe_text(args.get("deadline")));
}

Result<codec::Value> read_meta(const Arguments& args) {
  codec::Value meta(codec::Value::Object{});
  if (args.has("m")) meta.set("message", args.get("m"));
  for (const std::string& pair : args.all("meta")) {
    const size_t equals = pair.find('=');
    if (equals == 0) return err(ErrorCode::InvalidArgument, "draining node: -meta \"{}\" has no key", safe_text(pair));
    meta.set(pair.substr(0, equals), equals == std::string::npos ? "" : pair.substr(equals + 1));
  }
  return meta;
}

Result<codec::Value> drain_request(const Arguments& args, const std::string& id) {
  codec::Value request;
  request.set("NodeID", id);
  if (args.on("enable")) {
    TRY_LET(const Duration deadline, deadline_of(args));
    codec::Value spec;
    spec.set("Deadline", int64_t{deadline.count()});
    spec.set("IgnoreSystemJobs", args.on("ignore-system"));
    request.set("DrainSpec", std::move(spec));
  } else {
    request.set("DrainSpec", nullptr);
    request.set("MarkEligible", !args.on("keep-ineligible"));
  }
  TRY_LET(codec::Value meta, read_meta(args));
  request.set("Meta", std::move(meta));
  return request;
}

Result<int> run(Session& session) {
  const Arguments& args = session.args;
  TRY(check_usage(args));
  TRY_LET(ApiClient api, session.connect());
  auto id = args.on("self") ? own_node(api) : find_node(api, args.positional()[0]);
  if (!id) return err(id.error());
  if (!args.on("enable") && !args.on("disable")) return monitor_drain(session, api, *id);
  TRY_LET(const codec::Value request, drain_request(args, *id));
  const char* verb = args.on("enable") ? "Drain" : "End the drain of";
  if (!args.on("self") && !confirm_prefix(session, *id, fmt::format("{} node \"{}\"?", verb, safe_text(*id)))) {
    session.console.line("Nothing was changed.");
    return kSuccess;
  }
  TRY(during("draining node", api.send("PUT", api_path("/v1/node/", *id, "/drain"), request)));
  session.console.line(fmt::format("Node \"{}\" drain strategy {}", session.short_id(safe_text(*id)),
                                   args.on("enable") ? "set" : "unset"));
  if (!args.on("enable") || args.on("detach")) return kSuccess;
  return monitor_drain(session, api, *id);
}

}  // namespace

Command node_drain_command() {
  return {
      .name = "node drain",
      .arguments = "[options] <node>",
      .summary = "Move everything off a node",
      .text =
          "Drains a node: it gets no new allocations, and those that it has move elsewhere at the pace of their "
          "migrate blocks. What is left at the deadline is stopped. -enable follows the drain until it is over.",
      .options = {{"enable", "", "Start draining the node."},
                  {"disable", "", "Stop draining it, and let it take allocations again."},
                  {"deadline", "duration", "When what is left is stopped. Default: 1h."},
                  {"force", "", "Stop everything at once."},
                  {"no-deadline", "", "Wait for as long as it takes."},
                  {"ignore-system", "", "Leave allocations of system jobs on the node."},
                  {"keep-ineligible", "", "With -disable: the node still takes no new allocations."},
                  {"monitor", "", "Only follow a drain that goes on."},
                  {"detach", "", "Return at once."},
                  {"m", "message", "Why, for the record of the drain."},
                  {"meta", "key=value", "More for the record; may be given more than once."},
                  {"self", "", "The node of the agent that is asked."},
                  {"yes", "", "Do not ask."},
                  {"verbose", "", "Show full ids."}},
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
