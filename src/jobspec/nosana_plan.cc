#include "jobspec/nosana_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"

namespace drover::jobspec {
namespace {

using codec::Value;

std::string shown(const std::string& text) {
  return printable(text, 80);
}

std::string text_of(const Value* value) {
  return value && value->as_string() ? *value->as_string() : std::string();
}

std::map<std::string_view, size_t> index_of(const std::vector<NosanaOp>& ops) {
  std::map<std::string_view, size_t> out;
  for (size_t i = 0; i < ops.size(); ++i) out.emplace(ops[i].id, i);
  return out;
}

class PlanCheck {
 public:
  PlanCheck(const std::vector<NosanaOp>& ops, Diagnostics& diagnostics)
      : ops_(ops), index_(index_of(ops)), diagnostics_(diagnostics) {}

  void check() {
    check_ids();
    for (const NosanaOp& op : ops_) {
      for (size_t i = 0; i < op.depends_on.size(); ++i) check_dependency(op, i);
    }
    check_cycles();
  }

 private:
  void check_ids() {
    std::set<std::string_view> seen;
    for (const NosanaOp& op : ops_) {
      if (seen.insert(op.id).second) continue;
      diagnostics_.error(fmt::format("ops[{}].id", op.index),
                         fmt::format("Duplicate operation IDs found: {}", shown(op.id)));
    }
  }

  void check_dependency(const NosanaOp& op, size_t i) {
    const std::string& name = op.depends_on[i];
    const auto fail = [&](std::string message) {
      diagnostics_.error(fmt::format("ops[{}].execution.depends_on[{}]", op.index, i),
                         "Invalid dependency: " + message);
    };
    const auto it = index_.find(name);
    if (it == index_.end()) {
      return fail(fmt::format("Operation '{}' depends on non existent op '{}'.", shown(op.id), shown(name)));
    }
    const NosanaOp& other = ops_[it->second];
    if (name == op.id) return fail(fmt::format("Operation '{}' cannot depend on itself.", shown(op.id)));
    if (op.group == other.group || stage_name(op) == stage_name(other)) return;
    fail(fmt::format("'{}' in group '{}' depends on '{}' in group '{}'", shown(op.id), shown(stage_name(op)),
                     shown(name), shown(stage_name(other))));
  }

  static const std::string& stage_name(const NosanaOp& op) { return op.group.empty() ? op.id : op.group; }

  // Takes away operations that wait for none that is left, until nothing changes: the rest waits for itself.
  void check_cycles() {
    std::vector<size_t> waits(ops_.size());
    std::vector<std::vector<size_t>> dependents(ops_.size());
    for (size_t i = 0; i < ops_.size(); ++i) {
      for (const std::string& name : ops_[i].depends_on) {
        const auto it = index_.find(name);
        if (it == index_.end() || name == ops_[i].id) continue;
        ++waits[i];
        dependents[it->second].push_back(i);
      }
    }
    std::vector<size_t> ready;
    for (size_t i = 0; i < ops_.size(); ++i) {
      if (waits[i] == 0) ready.push_back(i);
    }
    while (!ready.empty()) {
      const size_t done = ready.back();
      ready.pop_back();
      for (const size_t dependent : dependents[done]) {
        if (--waits[dependent] == 0) ready.push_back(dependent);
      }
    }
    const auto stuck = std::ranges::find_if(waits, [](size_t count) { return count > 0; });
    if (stuck == waits.end()) return;
    const NosanaOp& op = ops_[static_cast<size_t>(stuck - waits.begin())];
    diagnostics_.error(fmt::format("ops[{}].execution.depends_on", op.index),
                       fmt::format("Operation '{}' can never start: the operations that it depends on wait for each "
                                   "other (Nosana's nodes skip them silently)",
                                   shown(op.id)));
  }

  const std::vector<NosanaOp>& ops_;
  const std::map<std::string_view, size_t> index_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::vector<NosanaOp> nosana_ops(const Value& definition) {
  std::vector<NosanaOp> out;
  const Value* ops = definition.find("ops");
  if (!ops || !ops->as_array()) return out;
  for (size_t i = 0; i < ops->as_array()->size(); ++i) {
    const Value& op = (*ops->as_array())[i];
    const Value* id = op.find("id");
    if (!id || !id->as_string()) continue;
    NosanaOp& added = out.emplace_back(NosanaOp{.value = &op, .index = i, .id = *id->as_string()});
    const Value* execution = op.find("execution");
    if (!execution) continue;
    added.group = text_of(execution->find("group"));
    const Value* needs = execution->find("depends_on");
    if (!needs || !needs->as_array()) continue;
    for (const Value& need : *needs->as_array()) added.depends_on.push_back(text_of(&need));
  }
  return out;
}

void check_nosana_plan(const std::vector<NosanaOp>& ops, Diagnostics& diagnostics) {
  PlanCheck(ops, diagnostics).check();
}

std::vector<std::string> nosana_stages(const std::vector<NosanaOp>& ops) {
  const auto index = index_of(ops);
  std::vector<std::string> stages(ops.size());
  std::vector<size_t> waits(ops.size());  // for the stages of so many others
  std::vector<std::vector<size_t>> dependents(ops.size());
  std::vector<size_t> leader(ops.size());  // whose stage it joins
  std::vector<size_t> ready;
  for (size_t i = 0; i < ops.size(); ++i) {
    leader[i] = i;
    stages[i] = ops[i].group.empty() ? ops[i].id : ops[i].group;
    if (ops[i].group.empty()) {
      for (const std::string& name : ops[i].depends_on) {
        const size_t other = index.at(name);
        if (!ops[other].group.empty()) continue;
        dependents[other].push_back(i);
        ++waits[i];
      }
    }
    if (waits[i] == 0) ready.push_back(i);
  }
  while (!ready.empty()) {
    const size_t done = ready.back();
    ready.pop_back();
    for (const size_t i : dependents[done]) {
      const bool later = leader[i] == i || leader[done] > leader[i];
      if (later) leader[i] = leader[done];
      if (--waits[i] > 0) continue;
      stages[i] = stages[leader[i]];
      ready.push_back(i);
    }
  }
  return stages;
}

}  // namespace drover::jobspec
