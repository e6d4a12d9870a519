#include <algorithm>
#include <map>
#include <set>

#include "model/validate_parts.h"

// In which order the tasks of a group start: lifecycle hooks, stages, and what tasks depend on.
namespace drover::model {
namespace {

bool is_hook(const Task& task, std::string_view hook) {
  return task.lifecycle && task.lifecycle->hook == hook;
}

// What has to come before what: the tasks by index, and behind them points in time that many tasks wait for.
class StartGraph {
 public:
  explicit StartGraph(const TaskGroup& group) : group_(group), needs_(group.tasks.size()) {
    std::map<std::string_view, size_t> index;
    for (size_t i = 0; i < group.tasks.size(); ++i) index.emplace(group.tasks[i].name, i);
    for (size_t i = 0; i < group.tasks.size(); ++i) {
      for (const Dependency& need : group.tasks[i].depends_on) {
        const auto it = index.find(need.task);
        if (it != index.end() && it->second != i) needs_[i].push_back(it->second);
      }
    }
    add_lifecycle();
    add_stages();
  }

  size_t size() const { return needs_.size(); }
  const std::vector<size_t>& needs(size_t node) const { return needs_[node]; }
  const std::string* name(size_t node) const { return node < group_.tasks.size() ? &group_.tasks[node].name : nullptr; }

 private:
  size_t add_point() {
    needs_.emplace_back();
    return needs_.size() - 1;
  }

  // Main tasks wait for those of the hook prestart, and the other hooks for the main tasks.
  void add_lifecycle() {
    const auto& tasks = group_.tasks;
    const size_t prepared = add_point();
    const size_t running = add_point();
    for (size_t i = 0; i < tasks.size(); ++i) {
      if (!tasks[i].lifecycle) {
        needs_[i].push_back(prepared);
        needs_[running].push_back(i);
      } else if (is_hook(tasks[i], "prestart")) {
        needs_[prepared].push_back(i);
      } else {
        needs_[i].push_back(running);
      }
    }
  }

  void add_stages() {
    const auto& tasks = group_.tasks;
    std::vector<std::string_view> order;
    std::map<std::string_view, size_t> ends;  // stage → the point at which it is over
    for (const Task& task : tasks) {
      if (task.stage.empty() || ends.contains(task.stage)) continue;
      const size_t end = add_point();
      if (!order.empty()) needs_[end].push_back(ends[order.back()]);
      ends.emplace(task.stage, end);
      order.push_back(task.stage);
    }
    std::map<std::string_view, size_t> before;
    for (size_t i = 1; i < order.size(); ++i) before.emplace(order[i], ends[order[i - 1]]);
    for (size_t i = 0; i < tasks.size(); ++i) {
      if (tasks[i].stage.empty()) continue;
      needs_[ends[tasks[i].stage]].push_back(i);
      const auto it = before.find(tasks[i].stage);
      if (it != before.end()) needs_[i].push_back(it->second);
    }
  }

  const TaskGroup& group_;
  std::vector<std::vector<size_t>> needs_;
};

// Walks a graph in order of need. Recursion is as deep as the longest chain of tasks, so it is done by hand.
class CycleFinder {
 public:
  explicit CycleFinder(const StartGraph& graph) : graph_(graph), state_(graph.size(), State::New) {}

  // The nodes along one cycle, the first one again at the end; empty without one.
  std::vector<size_t> find() {
    for (size_t i = 0; i < state_.size(); ++i) {
      if (state_[i] != State::New) continue;
      if (auto cycle = walk_from(i); !cycle.empty()) return cycle;
    }
    return {};
  }

 private:
  enum class State : uint8_t { New, Open, Done };
  struct Frame {
    size_t node;
    size_t next = 0;
  };

  std::vector<size_t> walk_from(size_t start) {
    std::vector<Frame> path = {{start}};
    state_[start] = State::Open;
    while (!path.empty()) {
      Frame& top = path.back();
      const auto& needs = graph_.needs(top.node);
      if (top.next == needs.size()) {
        state_[top.node] = State::Done;
        path.pop_back();
        continue;
      }
      const size_t next = needs[top.next++];
      if (state_[next] == State::Done) continue;
      if (state_[next] == State::Open) return nodes_from(path, next);
      state_[next] = State::Open;
      path.push_back({next});
    }
    return {};
  }

  static std::vector<size_t> nodes_from(const std::vector<Frame>& path, size_t first) {
    std::vector<size_t> nodes;
    for (auto it = std::ranges::find(path, first, &Frame::node); it != path.end(); ++it) nodes.push_back(it->node);
    return nodes;
  }

  const StartGraph& graph_;
  std::vector<State> state_;
};

void validate_cycles(const TaskGroup& group, const Problems& problems) {
  const StartGraph graph(group);
  std::vector<std::string> names;
  bool points = false;
  for (const size_t node : CycleFinder(graph).find()) {
    const std::string* name = graph.name(node);
    if (name) names.push_back(*name);
    points = points || !name;
  }
  if (names.empty()) return;
  names.push_back(names.front());
  problems.at("Tasks").error("the tasks wait for each other: {}{}", printable(join(names, " → "), 400),
                             points ? " (lifecycle hooks and stages count as well as depends_on)" : "");
}

// Not worth its time in very large groups.
std::string hint(const std::string& name, const std::map<std::string_view, const Task*>& tasks) {
  if (tasks.size() > 100) return {};
  std::vector<std::string> names;
  for (const auto& [known, task] : tasks) names.emplace_back(known);
  const auto nearest = nearest_name(name, names);
  return nearest ? fmt::format("; did you mean \"{}\"?", printable(*nearest, 80)) : "";
}

// Whether the task runs until somebody stops it.
bool is_endless(const Task& task, const TaskGroup& group, const Job& job) {
  const bool sidecar = task.lifecycle && task.lifecycle->sidecar;
  if (task.lifecycle && !sidecar) return false;
  if (job.is_batch() && !sidecar) return false;
  const RestartPolicy& restart = task.restart ? *task.restart : *group.restart;
  return restart.attempts.value_or(0) > 0;
}

void validate_dependencies_of(const Task& task, const std::map<std::string_view, const Task*>& tasks,
                              const TaskGroup& group, const Job& job, const Problems& problems) {
  std::set<std::string> seen;
  for (size_t i = 0; i < task.depends_on.size(); ++i) {
    const std::string& name = task.depends_on[i].task;
    const DependencyCondition condition = task.depends_on[i].condition;
    const Problems place = problems.at("DependsOn", i);
    const auto it = tasks.find(name);
    if (name == task.name) {
      place.error("a task cannot depend on itself");
    } else if (it == tasks.end()) {
      place.error("it depends on \"{}\", which is no task of this group{}", printable(name, 80), hint(name, tasks));
    } else if (!seen.insert(name).second) {
      place.error("it depends on \"{}\" twice", printable(name, 80));
    } else if ((condition == DependencyCondition::Succeeded || condition == DependencyCondition::Finished) &&
               is_endless(*it->second, group, job)) {
      place.warning(
          "it waits for the end of \"{}\", which is restarted whenever it ends; use condition healthy or "
          "started, or a batch job",
          printable(name, 80));
    }
  }
}

}  // namespace

void validate_dependencies(const TaskGroup& group, const Job& job, const Problems& problems) {
  std::map<std::string_view, const Task*> tasks;
  for (const Task& task : group.tasks) tasks.emplace(task.name, &task);
  for (size_t i = 0; i < group.tasks.size(); ++i) {
    const Task& task = group.tasks[i];
    const Problems place = problems.at("Tasks", i).named("task", task.name);
    validate_dependencies_of(task, tasks, group, job, place);
    if (task.stop_with_dependencies && task.depends_on.empty()) {
      place.at("StopWithDependencies").error("stop_with_dependencies needs tasks to depend on: add depends_on");
    }
  }
  validate_cycles(group, problems);
}

void validate_lifecycle(const TaskGroup& group, const Problems& problems) {
  bool all_hooks = !group.tasks.empty();
  for (size_t i = 0; i < group.tasks.size(); ++i) {
    const Task& task = group.tasks[i];
    if (!task.lifecycle) {
      all_hooks = false;
      continue;
    }
    const Problems place = problems.at("Tasks", i).named("task", task.name);
    const std::string& hook = task.lifecycle->hook;
    if (hook.empty()) {
      place.at("Lifecycle").at("Hook").error("the hook is missing, it must be prestart, poststart or poststop");
    } else if (!is_one_of(hook, {"prestart", "poststart", "poststop"})) {
      place.at("Lifecycle")
          .at("Hook")
          .error("unknown hook \"{}\", it must be prestart, poststart or poststop", printable(hook, 80));
    }
    if (hook == "poststop" && task.lifecycle->sidecar) {
      place.at("Lifecycle").at("Sidecar").warning("a poststop task is never a sidecar: nothing is left to run beside");
    }
    if (task.leader) {
      place.at("Leader").warning("a {} task that leads the group stops its main tasks when it ends",
                                 printable(hook, 80));
    }
  }
  if (all_hooks) problems.at("Tasks").warning("all tasks are lifecycle hooks: no main task is left that they serve");
}

}  // namespace drover::model
