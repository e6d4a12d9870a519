#include "cli/commands.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/text.h"

#include <algorithm>

namespace drover::cli {
namespace {

struct GroupEvent {
  std::string group;
  Json event;
};

std::vector<GroupEvent> newest_first(const Json& status) {
  std::vector<GroupEvent> out;
  for (const auto& [name, group] : status["TaskGroups"].members()) {
    for (const Json& event : group["Events"].items()) out.push_back({name, event});
  }
  std::ranges::sort(out, {}, [](const GroupEvent& e) { return std::pair(-e.event["Time"].integer(), e.group); });
  return out;
}

std::string event_table(const Session& session, const std::vector<GroupEvent>& events) {
  const bool verbose = session.args.on("verbose");
  std::vector<std::string> header = {"Task Group", "Count", "PrevCount"};
  if (verbose) header.insert(header.end(), {"Error", "Message", "Eval ID"});
  header.emplace_back("Date");
  Table table(header);
  for (const GroupEvent& entry : events) {
    const Json& event = entry.event;
    std::vector<std::string> row = {entry.group, event["Count"].present() ? event["Count"].text() : "nil",
                                    event["PreviousCount"].text()};
    if (verbose) {
      row.insert(row.end(), {event["Error"].truth() ? "true" : "false", or_none(event["Message"].text()),
                             or_none(event["EvalID"].text())});
    }
    row.push_back(time_stamp(event["Time"].integer()));
    table.add(std::move(row));
  }
  return table.format();
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(const Answer answer, during("querying scaling events", api.get(api_path("/v1/job/", job, "/scale"))));
  const std::vector<GroupEvent> events = newest_first(answer.value);
  session.console.line(events.empty() ? "No events found" : event_table(session, events));
  return kSuccess;
}

}  // namespace

Command job_scaling_events_command() {
  return {
      .name = "job scaling-events",
      .arguments = "[options] <job>",
      .summary = "Show how a job was scaled",
      .text = "Shows the newest changes of the counts of a job's groups, and what autoscalers said about them.",
      .options = {{"verbose", "", "Show messages and evaluations, too."}},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
