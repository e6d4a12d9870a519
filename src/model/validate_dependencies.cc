#include <algorithm>
#include <map>
#include <set>

#include "model/validate_parts.h"

namespace drover::model {
namespace {

// Walks the tasks in order of need. Recursion is as deep as the longest chain of tasks, so it is done by hand.
class CycleFinder {
 public:
  explicit CycleFinder(const TaskGroup& group) : group_(group) {
    for (size_t i = 0; i < group.tasks.size(); ++i) index_.emplace(group.tasks[i].name, i);
    state_.resize(group.tasks.size(), State::New);
  }

  // The names along one cycle, the first one again at the end; empty without one.
  std::vector<std::string> find() {
    for (size_t i = 0; i < state_.size(); ++i) {
      if (state_[i] != State::New) continue;
      if (auto cycle = walk_from(i); !cycle.empty()) return cycle;
    }
    return {};
  }

 private:
  enum class State : uint8_t { New, Open, Done };
  struct Frame {
    size_t task;
    size_t next = 0;
  };

  std::vector<std::string> walk_from(size_t start) {
    std::vector<Frame> path = {{start}};
    state_[start] = State::Open;
    while (!path.empty()) {
      Frame& top = path.back();
      const auto& needs = group_.tasks[top.task].depends_on;
      if (top.next == needs.size()) {
        state_[top.task] = State::Done;
        path.pop_back();
        continue;
      }
      const auto it = index_.find(needs[top.next++].task);
      if (it == index_.end() || it->second == top.task || state_[it->second] == State::Done) continue;
      if (state_[it->second] == State::Open) return names_from(path, it->second);
      state_[it->second] = State::Open;
      path.push_back({it->second});
    }
    return {};
  }

  std::vector<std::string> names_from(const std::vector<Frame>& path, size_t first) const {
    std::vector<std::string> names;
    auto it = std::ranges::find(path, first, &Frame::task);
    for (; it != path.end(); ++it) names.push_back(group_.tasks[it->task].name);
    names.push_back(group_.tasks[first].name);
    return names;
  }

  const TaskGroup& group_;
  std::map<std::string, size_t> index_;
  std::vector<State> state_;
};

// Not worth its time in very large groups.
std::string hint(const std::string& name, const std::set<std::string>& names) {
  if (names.size() > 100) return {};
  const auto nearest = nearest_name(name, {names.begin(), names.end()});
  return nearest ? fmt::format("; did you mean \"{}\"?", printable(*nearest, 80)) : "";
}

void validate_dependencies_of(const Task& task, const std::set<std::string>& names, const Problems& problems) {
  std::set<std::string> seen;
  for (size_t i = 0; i < task.depends_on.size(); ++i) {
    const std::string& name = task.depends_on[i].task;
    const Problems place = problems.at("DependsOn", i);
    if (name == task.name) {
      place.error("a task cannot depend on itself");
    } else if (!names.contains(name)) {
      place.error("it depends on \"{}\", which is no task of this group{}", printable(name, 80), hint(name, names));
    } else if (!seen.insert(name).second) {
      place.error("it depends on \"{}\" twice", printable(name, 80));
    }
  }
}

}  // namespace

void validate_dependencies(const TaskGroup& group, const Problems& problems) {
  std::set<std::string> names;
  for (const Task& task : group.tasks) names.insert(task.name);
  for (size_t i = 0; i < group.tasks.size(); ++i) {
    validate_dependencies_of(group.tasks[i], names, problems.at("Tasks", i).named("task", group.tasks[i].name));
  }
  const auto cycle = CycleFinder(group).find();
  if (!cycle.empty()) {
    problems.at("Tasks").error("the tasks wait for each other: {}", printable(join(cycle, " → "), 400));
  }
}

}  // namespace drover::model
