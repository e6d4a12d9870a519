#pragma once

#include "model/allocation.h"
#include "model/job.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// Which tasks of an allocation may start or have to end: the order of its graph, its lifecycle hooks and leader, and
// what a failure does to the others (design.md D6). Pure.
//
// Hooks are edges of the graph. A main task waits until those of the hook prestart have succeeded, or run if they are
// sidecars; a poststart task until every main task was started; a poststop task until all others have ended. Whatever
// ends an allocation ends the leader first, then everything but the sidecars, then these. Poststop tasks are not ended:
// they are what is done then, unless nothing had begun.
//
// Stages come one after the other, in the order in which they appear in the group: one has its turn when all tasks of
// those before it have ended, however they did. A task of a stage that fails stops nobody. What can never start,
// because something that it depends on has ended too early, fails with the reason when it would be its turn.
namespace drover::client {

struct TaskView {
  enum class Stage : uint8_t { Waiting, Active, Dead };  // Active: from the first preparation on, backoff included
  Stage stage = Stage::Waiting;
  bool running = false;  // at this moment
  bool started = false;  // at least once
  bool healthy = false;  // runs, and all its checks pass
  bool failed = false;   // dead, and failed
  bool killed = false;   // dead or dying because it was told to
};
using TaskViews = std::map<std::string, TaskView>;

enum class GroupGoal : uint8_t {
  Run,
  Stop,
  Abandon,  // everything at once, poststop tasks too
};

struct TaskOrder {
  enum class Kind : uint8_t { Start, Kill, Fail };
  Kind kind = Kind::Start;
  std::string task;
  std::string event;   // Kill: the task event that says why, "" if the allocation is stopped
  std::string reason;  // for people

  friend bool operator==(const TaskOrder&, const TaskOrder&) = default;
};

// REQUIRES a view of each task. Orders are given once: a task that is told to end has to be `killed` from then on.
std::vector<TaskOrder> plan_tasks(const model::TaskGroup& group, const TaskViews& views, GroupGoal goal);

bool is_poststop(const model::Task& task);

// What the allocation's tasks add up to. It is not over before the last task is dead.
struct AllocStatus {
  model::ClientStatus status = model::ClientStatus::Pending;
  std::string description;
};
AllocStatus alloc_status(const FlatMap<model::TaskState>& tasks);

}  // namespace drover::client
