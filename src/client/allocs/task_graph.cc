#include "client/allocs/task_graph.h"

#include "base/check.h"

#include <algorithm>
#include <optional>

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

std::vector<TaskOrder> kill_all(const model::TaskGroup& group, const TaskViews& views, const std::string& event,
                                const std::string& reason) {
  std::vector<TaskOrder> orders;
  for (const auto& task : group.tasks) {
    if (can_be_killed(view_of(views, task.name))) orders.push_back({Kind::Kill, task.name, event, reason});
  }
  return orders;
}

const model::Task* leader_of(const model::TaskGroup& group) {
  const auto it = std::ranges::find_if(group.tasks, &model::Task::leader);
  return it == group.tasks.end() ? nullptr : &*it;
}

// Somebody waits for its end, however that is: then its failure stops nobody.
bool may_fail(const model::TaskGroup& group, const std::string& task) {
  return std::ranges::any_of(group.tasks, [&](const model::Task& other) {
    return std::ranges::any_of(other.depends_on, [&](const model::Dependency& d) {
      return d.task == task && d.condition == Condition::Finished;
    });
  });
}

std::optional<std::string> failed_sibling(const model::TaskGroup& group, const TaskViews& views) {
  for (const auto& task : group.tasks) {
    const auto& view = view_of(views, task.name);
    if (view.stage == Stage::Dead && view.failed && !may_fail(group, task.name)) return task.name;
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

std::optional<TaskOrder> order_for_waiting(const model::Task& task, const TaskViews& views) {
  bool ready = true;
  for (const auto& dependency : task.depends_on) {
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

}  // namespace

std::vector<TaskOrder> plan_tasks(const model::TaskGroup& group, const TaskViews& views, GroupGoal goal) {
  const model::Task* leader = leader_of(group);
  const bool leader_dead = leader && view_of(views, leader->name).stage == Stage::Dead;
  if (goal == GroupGoal::Stop) {
    if (!leader || leader_dead) return kill_all(group, views, "", "");
    if (!can_be_killed(view_of(views, leader->name))) return {};
    return {{Kind::Kill, leader->name, "", ""}};
  }
  if (const auto failed = failed_sibling(group, views)) {
    return kill_all(group, views, "Sibling Task Failed", fmt::format("Task's sibling \"{}\" failed", *failed));
  }
  if (leader_dead) return kill_all(group, views, "Leader Task Dead", "Leader Task in Group dead");

  std::vector<TaskOrder> orders;
  for (const auto& task : group.tasks) {
    const auto& view = view_of(views, task.name);
    if (view.stage != Stage::Waiting || view.killed) continue;
    if (auto order = order_for_waiting(task, views)) orders.push_back(std::move(*order));
  }
  return orders;
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
