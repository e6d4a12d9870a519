#include "cli/placement.h"

#include <set>

namespace drover::cli {

std::vector<std::string> placement_reasons(const Json& metric) {
  std::vector<std::string> out;
  const auto nodes = [](int64_t n) { return fmt::format("{} nodes", n); };
  for (const auto& [datacenter, count] : metric["NodesAvailable"].members()) {
    if (count.integer() == 0) out.push_back(fmt::format("No nodes are available in datacenter \"{}\"", datacenter));
  }
  if (metric["NodesEvaluated"].integer() == 0 && out.empty()) out.emplace_back("No nodes were eligible for evaluation");
  for (const auto& [name, count] : metric["ClassFiltered"].members()) {
    out.push_back(fmt::format("Class \"{}\": {} excluded by filter", name, nodes(count.integer())));
  }
  for (const auto& [name, count] : metric["ConstraintFiltered"].members()) {
    out.push_back(fmt::format("Constraint \"{}\": {} excluded by filter", name, nodes(count.integer())));
  }
  if (const int64_t count = metric["NodesExhausted"].integer(); count > 0) {
    out.push_back("Resources exhausted on " + nodes(count));
  }
  for (const auto& [name, count] : metric["ClassExhausted"].members()) {
    out.push_back(fmt::format("Class \"{}\" exhausted on {}", name, nodes(count.integer())));
  }
  for (const auto& [name, count] : metric["DimensionExhausted"].members()) {
    out.push_back(fmt::format("Dimension \"{}\" exhausted on {}", name, nodes(count.integer())));
  }
  for (const Json& quota : metric["QuotaExhausted"].items()) {
    out.push_back(fmt::format("Quota limit hit \"{}\"", quota.text()));
  }
  return out;
}

std::string failed_placements(const Json& failed_tg_allocs) {
  std::string out;
  for (const auto& [group, metric] : failed_tg_allocs.members()) {
    const int64_t count = metric["CoalescedFailures"].integer() + 1;
    if (!out.empty()) out += '\n';
    out += fmt::format("Task Group \"{}\" (failed to place {} allocation{}):", group, count, count == 1 ? "" : "s");
    for (const std::string& reason : placement_reasons(metric)) out += "\n  * " + reason;
  }
  return out;
}

std::string score_table(const Session& session, const Json& metric) {
  const std::vector<Json> scores = metric["ScoreMetaData"].items();
  if (scores.empty()) return {};
  std::set<std::string> names;
  for (const Json& node : scores) {
    for (const auto& [name, value] : node["Scores"].members()) names.insert(name);
  }
  std::vector<std::string> header = {"Node"};
  header.insert(header.end(), names.begin(), names.end());
  header.emplace_back("final score");
  Table table(header);
  for (const Json& node : scores) {
    std::vector<std::string> row = {session.short_id(node["NodeID"].text())};
    for (const std::string& name : names) row.push_back(fmt::format("{:.3g}", node["Scores"][name].number()));
    row.push_back(fmt::format("{:.3g}", node["NormScore"].number()));
    table.add(std::move(row));
  }
  return table.format();
}

}  // namespace drover::cli
