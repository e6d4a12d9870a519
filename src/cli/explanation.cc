#include "cli/explanation.h"

#include "cli/text.h"

#include <algorithm>

namespace drover::cli {
namespace {

constexpr size_t kNodesShown = 10;  // of a group, without -verbose

// "binpack 0.52, node-affinity 1"
std::string components(const Json& scores) {
  std::string text;
  for (const auto& [name, score] : scores.members()) {
    text += fmt::format("{}{} {:.3g}", text.empty() ? "" : ", ", name, score.number());
  }
  return text;
}

std::string node_name(const Session& session, const Json& entry) {
  const std::string name = entry["NodeName"].text();
  const std::string id = session.short_id(entry["NodeID"].text());
  return name.empty() ? id : fmt::format("{} ({})", id, name);
}

std::string placed_table(const Session& session, const Json& group) {
  Table table({"Allocation", "Name", "Node", "Score", "Components"});
  for (const Json& placed : group["Placed"].items()) {
    table.add({session.short_id(placed["AllocID"].text()), placed["Name"].text(), node_name(session, placed),
               fmt::format("{:.3g}", placed["NormScore"].number()), or_none(components(placed["Scores"]))});
  }
  return table.empty() ? "" : table.format();
}

std::string node_table(const Session& session, const Json& group) {
  const std::vector<Json> nodes = group["Nodes"].items();
  const size_t shown = session.args.on("verbose") ? nodes.size() : std::min(nodes.size(), kNodesShown);
  if (shown == 0) return {};
  Table table({"Node", "Fits", "Why", "To change"});
  for (size_t i = 0; i < shown; ++i) {
    const Json& node = nodes[i];
    const bool fits = node["Code"].raw().empty();
    table.add({node_name(session, node), fits ? "yes" : "no: " + node["Code"].text(),
               fits ? fmt::format("score {:.3g} ({})", node["NormScore"].number(), components(node["Scores"]))
                    : node["Reason"].text(),
               or_none(node["Remedy"].text())});
  }
  return table.format();
}

// "2 of 7 nodes could take one more; 3 lack memory, …": all nodes, also those that are not told of one by one.
std::string tally(const Json& group) {
  int64_t fitting = 0;
  std::string rest;
  for (const auto& [code, count] : group["NodesByCode"].members()) {
    if (code.empty()) {
      fitting = count.integer();
    } else {
      rest += fmt::format("{}{} {}", rest.empty() ? "" : ", ", count.integer(), code);
    }
  }
  return fmt::format("{} of {} nodes could take one more{}", fitting, group["NodesLookedAt"].integer(),
                     rest.empty() ? "" : "; not: " + rest);
}

std::string format_group(const Session& session, const Json& group) {
  std::string out = session.console.paint(Colour::Bold, fmt::format("Task Group \"{}\"", group["TaskGroup"].text()));
  const int64_t desired = group["Desired"].integer(), missing = group["Missing"].integer();
  out += fmt::format(
      ": {} desired, {}\n{}", desired,
      missing == 0 ? "all placed" : session.console.paint(Colour::Yellow, fmt::format("{} not placed", missing)),
      tally(group));
  if (const std::string placed = placed_table(session, group); !placed.empty()) out += "\n\n" + placed;
  if (const std::string nodes = node_table(session, group); !nodes.empty()) out += "\n\n" + nodes;
  return out;
}

}  // namespace

std::string format_explanation(const Session& session, const Json& explanation) {
  if (const std::string waits = explanation["Logistics"].text(); !waits.empty()) return "The job " + waits + ".";
  std::string out;
  for (const Json& group : explanation["TaskGroups"].items()) {
    if (!out.empty()) out += "\n\n";
    out += format_group(session, group);
  }
  return out;
}

}  // namespace drover::cli
