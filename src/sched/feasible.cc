#include "sched/feasible.h"

#include <algorithm>

#include <fmt/core.h>

namespace drover::sched {
namespace {

bool matches_glob(std::string_view text, std::string_view pattern) {
  size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_distinct(const model::Constraint& constraint) {
  return constraint.operand == "distinct_hosts" || constraint.operand == "distinct_property";
}

}  // namespace

bool in_datacenters(const std::string& datacenter, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_glob(datacenter, pattern); });
}

Feasibility::Feasibility(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group)
    : job_(job), group_(group) {
  const auto compile = [&](const std::vector<model::Constraint>& constraints) {
    for (const model::Constraint& constraint : constraints) {
      if (is_distinct(constraint)) continue;
      ConstraintCheck check(constraint);
      (check.escapes() ? node_checks_ : class_checks_).push_back(std::move(check));
    }
  };
  compile(job.constraints);
  compile(group.constraints);
  for (const model::Task& task : group.tasks) compile(task.constraints);
  escaped_ = !node_checks_.empty();
  scan(snapshot);
}

bool Feasibility::feasible(uint32_t slot) const {
  return std::binary_search(slots_.begin(), slots_.end(), slot);
}

void Feasibility::scan(const state::Snapshot& snapshot) {
  const state::Columns& columns = snapshot.columns();
  std::vector<ClassVerdict> verdicts(columns.class_limit());
  for (size_t slot = 0; slot < columns.slots(); ++slot) {
    const state::ColumnChunk& chunk = *columns.chunks()[slot / state::kColumnChunk];
    const size_t i = slot % state::kColumnChunk;
    if (!chunk.ready[i]) continue;
    ClassVerdict& verdict = verdicts[chunk.node_class[i]];
    if (!verdict.known) {
      verdict = judge_class(*snapshot.node(chunk.node_id[i]));
      if (verdict.in_datacenter)
        class_eligibility_[columns.class_name(chunk.node_class[i])] = verdict.filtered_by.empty();
    }
    if (!verdict.in_datacenter) continue;
    ++metric_.nodes_available[verdict.datacenter];
    ++metric_.nodes_evaluated;
    if (!verdict.filtered_by.empty()) {
      count_filtered(verdict, verdict.filtered_by);
      continue;
    }
    const ConstraintCheck* failed = nullptr;
    if (!node_checks_.empty()) {
      const auto node = snapshot.node(chunk.node_id[i]);
      const auto found = std::find_if(node_checks_.begin(), node_checks_.end(),
                                      [&](const ConstraintCheck& check) { return !check.matches(*node); });
      if (found != node_checks_.end()) failed = &*found;
    }
    if (failed) {
      count_filtered(verdict, failed->name());
    } else {
      slots_.push_back(static_cast<uint32_t>(slot));
    }
  }
}

Feasibility::ClassVerdict Feasibility::judge_class(const model::Node& node) const {
  ClassVerdict verdict{.known = true, .datacenter = node.datacenter, .node_class = node.node_class};
  verdict.in_datacenter = in_datacenters(node.datacenter, job_.datacenters) &&
                          (job_.node_pool == node.node_pool || job_.node_pool == "all");
  if (!verdict.in_datacenter) return verdict;
  verdict.filtered_by = driver_problem(node);
  for (const ConstraintCheck& check : class_checks_) {
    if (!verdict.filtered_by.empty()) break;
    if (!check.matches(node)) verdict.filtered_by = check.name();
  }
  return verdict;
}

std::string Feasibility::driver_problem(const model::Node& node) const {
  for (const model::Task& task : group_.tasks) {
    const auto driver = node.drivers.find(task.driver);
    if (driver == node.drivers.end() || !driver->second.detected) return fmt::format("missing driver {}", task.driver);
    if (!driver->second.healthy) return fmt::format("unhealthy driver {}", task.driver);
  }
  return "";
}

void Feasibility::count_filtered(const ClassVerdict& verdict, const std::string& reason) {
  ++metric_.nodes_filtered;
  ++metric_.constraint_filtered[reason];
  if (!verdict.node_class.empty()) ++metric_.class_filtered[verdict.node_class];
}

}  // namespace drover::sched
