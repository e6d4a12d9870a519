#include "cli/alloc_table.h"

#include "cli/text.h"

#include <algorithm>

namespace drover::cli {

std::string status_text(const Console& console, const std::string& status) {
  if (status == "running" || status == "ready") return console.paint(Colour::Green, status);
  if (status == "failed" || status == "lost" || status == "down") return console.paint(Colour::Red, status);
  if (status == "pending" || status == "blocked") return console.paint(Colour::Yellow, status);
  return status;
}

std::string alloc_table(const Session& session, std::vector<Json> allocs, AllocTableOf owner) {
  std::ranges::sort(allocs, {}, [](const Json& a) { return std::pair(-a["CreateIndex"].integer(), a["Name"].raw()); });
  const bool of_job = owner == AllocTableOf::Job;
  const bool verbose = session.args.on("verbose");
  std::vector<std::string> header = {"ID"};
  if (verbose) header.emplace_back("Eval ID");
  header.insert(header.end(),
                {of_job ? "Node ID" : "Job ID", "Task Group", "Version", "Desired", "Status", "Created", "Modified"});
  Table table(header);
  for (const Json& alloc : allocs) {
    const auto time = [&](std::string_view name) {
      const int64_t at = alloc[name].integer();
      return verbose ? time_stamp(at) : time_ago(session.now(), at);
    };
    std::vector<std::string> row = {session.short_id(alloc["ID"].text())};
    if (verbose) row.push_back(alloc["EvalID"].text());
    row.push_back(of_job ? session.short_id(alloc["NodeID"].text()) : alloc["JobID"].text());
    row.insert(row.end(),
               {alloc["TaskGroup"].text(), alloc["JobVersion"].text(), alloc["DesiredStatus"].text(),
                status_text(session.console, alloc["ClientStatus"].text()), time("CreateTime"), time("ModifyTime")});
    table.add(std::move(row));
  }
  return table.format();
}

}  // namespace drover::cli
