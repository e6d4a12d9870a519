#include "cli/deployment_view.h"

#include "cli/alloc_table.h"
#include "cli/text.h"

#include <algorithm>

namespace drover::cli {
namespace {

std::string yes_no(const Json& truth) {
  return truth.truth() ? "true" : "false";
}

}  // namespace

bool deployment_has_ended(const Json& deployment) {
  const std::string status = deployment["Status"].raw();
  return status == "successful" || status == "failed" || status == "cancelled";
}

std::string deployment_facts(const Session& session, const Json& deployment, DeploymentOf owner) {
  Facts facts;
  facts.add("ID", session.short_id(deployment["ID"].text()));
  if (owner == DeploymentOf::Anything) {
    facts.add("Job ID", deployment["JobID"].text());
    facts.add("Job Version", deployment["JobVersion"].text());
  }
  facts.add("Status", status_text(session.console, deployment["Status"].text()));
  facts.add("Description", deployment["StatusDescription"].text());
  return facts.format();
}

std::string deployment_table(const Json& deployment) {
  const auto groups = deployment["TaskGroups"].members();
  const auto any = [&](std::string_view field) {
    return std::ranges::any_of(
        groups, [&](const auto& group) { return group.second[field].truth() || group.second[field].integer() != 0; });
  };
  const bool reverts = any("AutoRevert"), promotes = any("AutoPromote"), canaries = any("DesiredCanaries");
  std::vector<std::string> header = {"Task Group"};
  if (reverts) header.emplace_back("Auto Revert");
  if (promotes) header.emplace_back("Auto Promote");
  if (canaries) header.emplace_back("Promoted");
  header.emplace_back("Desired");
  if (canaries) header.emplace_back("Canaries");
  header.insert(header.end(), {"Placed", "Healthy", "Unhealthy", "Progress Deadline"});
  Table table(header);
  for (const auto& [name, group] : groups) {
    const auto count = [&, &state = group](std::string_view field) { return std::to_string(state[field].integer()); };
    std::vector<std::string> row = {name};
    if (reverts) row.push_back(yes_no(group["AutoRevert"]));
    if (promotes) row.push_back(yes_no(group["AutoPromote"]));
    if (canaries) row.push_back(group["DesiredCanaries"].integer() > 0 ? yes_no(group["Promoted"]) : "N/A");
    row.push_back(count("DesiredTotal"));
    if (canaries) row.push_back(count("DesiredCanaries"));
    row.insert(row.end(), {count("PlacedAllocs"), count("HealthyAllocs"), count("UnhealthyAllocs"),
                           time_stamp(group["RequireProgressBy"])});
    table.add(std::move(row));
  }
  return table.format();
}

std::string deployment_list(const Session& session, std::vector<Json> deployments, DeploymentOf owner) {
  std::ranges::sort(deployments, {},
                    [](const Json& d) { return std::pair(-d["CreateIndex"].integer(), d["ID"].raw()); });
  std::vector<std::string> header = {"ID"};
  if (owner == DeploymentOf::Anything) header.emplace_back("Job ID");
  header.insert(header.end(), {"Job Version", "Status", "Description"});
  Table table(header);
  for (const Json& deployment : deployments) {
    std::vector<std::string> row = {session.short_id(deployment["ID"].text())};
    if (owner == DeploymentOf::Anything) row.push_back(deployment["JobID"].text());
    row.insert(row.end(), {deployment["JobVersion"].text(), status_text(session.console, deployment["Status"].text()),
                           deployment["StatusDescription"].text()});
    table.add(std::move(row));
  }
  return table.format();
}

}  // namespace drover::cli
