#include "client/allocs/task_graph.h"

#include "base/check.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/core.h>

namespace drover::client {
namespace {

using Condition = model::DependencyCondition;
using Kind = TaskOrder::Kind;
using Stage = TaskView::Stage;

const TaskView& view_of(const TaskViews& views, const std::string& task) {
  const auto it = views.find(task);
  CHECK(it != views.end(), "every task of the group has a view");
  return it->second;
}

bool can_be_killed(const TaskView& view) {
  return view.stage != Stage::Dead && !view.killed;
}

bool has_hook(const model::Task& task, std::string_view hook) {
  return task.lifecycle && task.lifecycle->hook == hook;
}

bool is_sidecar(const model::Task& task) {
  return task.lifecycle && task.lifecycle->sidecar && !is_poststop(task);
}

// Why tasks of the group have to end: a task event, or none if the allocation is stopped.
struct EndReason {
  std::string event;
  std::string text;
};

const model::Task* leader_of(const model::TaskGroup& group) {
  const auto it = std::ranges::find_if(group.tasks, &model::Task::leader);
  return it == group.tasks.end() ? nullptr : &*it;
}

// Somebody waits for its end, however that is: then its failure stops nobody.
bool may_fail(const model::TaskGroup& group, const model::Task& task) {
  return !task.stage.empty() || std::ranges::any_of(group.tasks, [&](const model::Task& other) {
    return std::ranges::any_of(other.depends_on, [&](const model::Dependency& d) {
      return d.task == task.name && d.condition == Condition::Finished;
    });
  });
}

std::optional<std::string> failed_sibling(const model::TaskGroup& group, const TaskViews& views) {
  for (const auto& task : group.tasks) {
    const auto& view = view_of(views, task.name);
    if (view.stage == Stage::Dead && view.failed && !may_fail(group, task)) return task.name;
  }
  return std::nullopt;
}

enum class Readiness : uint8_t { Ready, NotYet, Never };

Readiness readiness(const TaskView& needed, Condition condition) {
  const bool dead = needed.stage == Stage::Dead;
  const auto ready_if = [dead](bool holds) {
    if (holds) return Readiness::Ready;
    return dead ? Readiness::Never : Readiness::NotYet;
  };
  switch (condition) {
    case Condition::Started:
      return ready_if(needed.started);
    case Condition::Healthy:
      return ready_if(needed.healthy);
    case Condition::Succeeded:
      return ready_if(dead && !needed.failed && !needed.killed);
    case Condition::Finished:
      return ready_if(dead);
  }
  return Readiness::NotYet;
}

const char* what_was_needed(Condition condition) {
  switch (condition) {
    case Condition::Started:
      return "was started";
    case Condition::Healthy:
      return "was healthy";
    case Condition::Succeeded:
      return "succeeded";
    case Condition::Finished:
      break;
  }
  return "ended";
}

// What lifecycle hooks add to a task's own dependencies.
std::vector<model::Dependency> hook_dependencies(const model::TaskGroup& group, const model::Task& task) {
  std::vector<model::Dependency> needs;
  if (has_hook(task, "prestart")) return needs;
  for (const auto& other : group.tasks) {
    if (other.name == task.name || is_poststop(other)) continue;
    if (is_poststop(task)) {
      needs.push_back({.task = other.name, .condition = Condition::Finished});
    } else if (!task.lifecycle && has_hook(other, "prestart")) {
      needs.push_back({.task = other.name, .condition = is_sidecar(other) ? Condition::Started : Condition::Succeeded});
    } else if (has_hook(task, "poststart") && !other.lifecycle) {
      needs.push_back({.task = other.name, .condition = Condition::Started});
    }
  }
  return needs;
}

std::optional<TaskOrder> order_for_waiting(const model::TaskGroup& group, const model::Task& task,
                                           const TaskViews& views) {
  auto needs = hook_dependencies(group, task);
  needs.insert(needs.end(), task.depends_on.begin(), task.depends_on.end());
  bool ready = true;
  for (const auto& dependency : needs) {
    const auto needed = views.find(dependency.task);
    if (needed == views.end()) continue;
    const auto state = readiness(needed->second, dependency.condition);
    if (state == Readiness::Never) {
      return TaskOrder{.kind = Kind::Fail,
                       .task = task.name,
                       .reason = fmt::format("task \"{}\" ended before it {}, which this task waits for",
                                             dependency.task, what_was_needed(dependency.condition))};
    }
    ready = ready && state == Readiness::Ready;
  }
  if (!ready) return std::nullopt;
  return TaskOrder{.kind = Kind::Start, .task = task.name};
}

// The stage whose turn it is: the first in the group of which something is left to do. "" if there is none.
std::string_view open_stage(const model::TaskGroup& group, const TaskViews& views) {
  std::vector<std::pair<std::string_view, bool>> stages;  // and whether all of it is dead
  for (const auto& task : group.tasks) {
    if (task.stage.empty()) continue;
    auto stage = std::ranges::find(stages, task.stage, &std::pair<std::string_view, bool>::first);
    if (stage == stages.end()) stage = stages.insert(stages.end(), {task.stage, true});
    stage->second = stage->second && view_of(views, task.name).stage == Stage::Dead;
  }
  const auto open = std::ranges::find(stages, false, &std::pair<std::string_view, bool>::second);
  return open == stages.end() ? std::string_view() : open->first;
}

// A task beside which this one runs has ended. What it only waited for has always ended.
const model::Dependency* ended_dependency(const model::Task& task, const TaskViews& views) {
  if (!task.stop_with_dependencies) return nullptr;
  const auto ended = std::ranges::find_if(task.depends_on, [&](const model::Dependency& dependency) {
    const bool beside = dependency.condition == Condition::Started || dependency.condition == Condition::Healthy;
    const auto needed = views.find(dependency.task);
    return beside && needed != views.end() && needed->second.stage == Stage::Dead;
  });
  return ended == task.depends_on.end() ? nullptr : &*ended;
}

void stop_with_dependencies(const model::TaskGroup& group, const TaskViews& views, std::vector<TaskOrder>& orders) {
  for (const auto& task : group.tasks) {
    const auto* ended = ended_dependency(task, views);
    if (!ended || !can_be_killed(view_of(views, task.name))) continue;
    orders.push_back({Kind::Kill, task.name, "Dependency Ended",
                      fmt::format("task \"{}\" has ended, which this task stops with", ended->task)});
  }
}

template <class Predicate>
std::vector<TaskOrder> start_waiting(const model::TaskGroup& group, const TaskViews& views, Predicate wanted) {
  std::vector<TaskOrder> orders;
  const std::string_view stage = open_stage(group, views);
  for (const auto& task : group.tasks) {
    const auto& view = view_of(views, task.name);
    if (view.stage != Stage::Waiting || view.killed || !wanted(task)) continue;
    if (ended_dependency(task, views)) continue;
    if (!task.stage.empty() && task.stage != stage) continue;
    if (auto order = order_for_waiting(group, task, views)) orders.push_back(std::move(*order));
  }
  return orders;
}

// Sidecars have nobody left whom they serve.
bool main_tasks_dead(const model::TaskGroup& group, const TaskViews& views) {
  bool any = false;
  for (const auto& task : group.tasks) {
    if (is_sidecar(task) || is_poststop(task)) continue;
    if (view_of(views, task.name).stage != Stage::Dead) return false;
    any = true;
  }
  return any;
}

std::optional<EndReason> reason_to_end(const model::TaskGroup& group, const TaskViews& views, GroupGoal goal) {
  if (goal != GroupGoal::Run) return EndReason{};
  if (const auto failed = failed_sibling(group, views)) {
    return EndReason{"Sibling Task Failed", fmt::format("Task's sibling \"{}\" failed", *failed)};
  }
  const model::Task* leader = leader_of(group);
  if (leader && view_of(views, leader->name).stage == Stage::Dead) {
    return EndReason{"Leader Task Dead", "Leader Task in Group dead"};
  }
  if (main_tasks_dead(group, views)) return EndReason{"Main Tasks Dead", "Main tasks in the group died"};
  return std::nullopt;
}

// Adds the orders that end those of the tasks that still live. False if none does.
template <class Predicate>
bool end_those(const model::TaskGroup& group, const TaskViews& views, const EndReason& reason, Predicate which,
               std::vector<TaskOrder>& orders) {
  bool any_lives = false;
  for (const auto& task : group.tasks) {
    const auto& view = view_of(views, task.name);
    if (view.stage == Stage::Dead || !which(task)) continue;
    any_lives = true;
    if (can_be_killed(view)) orders.push_back({Kind::Kill, task.name, reason.event, reason.text});
  }
  return any_lives;
}

bool any_was_started(const TaskViews& views) {
  return std::ranges::any_of(views, [](const auto& view) { return view.second.started; });
}

}  // namespace

bool is_poststop(const model::Task& task) {
  return has_hook(task, "poststop");
}

std::vector<TaskOrder> plan_tasks(const model::TaskGroup& group, const TaskViews& views, GroupGoal goal) {
  const auto reason = reason_to_end(group, views, goal);
  if (!reason) {
    auto orders = start_waiting(group, views, [](const auto&) { return true; });
    stop_with_dependencies(group, views, orders);
    return orders;
  }
  std::vector<TaskOrder> orders;
  const auto end = [&](auto which) { return end_those(group, views, *reason, which, orders); };
  if (goal == GroupGoal::Abandon) {
    end([](const auto&) { return true; });
    return orders;
  }
  if (end([](const auto& task) { return task.leader && !is_poststop(task); })) return orders;
  if (end([](const auto& task) { return !is_sidecar(task) && !is_poststop(task); })) return orders;
  if (end([](const auto& task) { return is_sidecar(task); })) return orders;
  if (goal == GroupGoal::Stop && !any_was_started(views)) {
    end([](const auto& task) { return is_poststop(task); });
    return orders;
  }
  return start_waiting(group, views, is_poststop);
}

AllocStatus alloc_status(const FlatMap<model::TaskState>& tasks) {
  using model::ClientStatus;
  using model::TaskStateKind;
  size_t pending = 0;
  size_t running = 0;
  size_t failed = 0;
  for (const auto& [name, task] : tasks) {
    pending += task.state == TaskStateKind::Pending ? 1 : 0;
    running += task.state == TaskStateKind::Running ? 1 : 0;
    failed += task.state == TaskStateKind::Dead && task.failed ? 1 : 0;
  }
  if (pending + running == 0 && !tasks.empty()) {
    if (failed > 0) return {ClientStatus::Failed, "Failed tasks"};
    return {ClientStatus::Complete, "All tasks have completed"};
  }
  // Between two tasks of a chain none runs, yet the allocation is under way.
  if (running > 0 || pending < tasks.size()) return {ClientStatus::Running, "Tasks are running"};
  return {ClientStatus::Pending, "No tasks have started"};
}

}  // namespace drover::client
