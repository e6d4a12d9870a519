#include "model/job.h"

#include <algorithm>
#include <initializer_list>

#include "codec/compare.h"
#include "codec/describe.h"

namespace drover::model {
namespace {

std::vector<const Task*> tasks_by_name(const TaskGroup& group) {
  std::vector<const Task*> tasks;
  for (const Task& task : group.tasks) tasks.push_back(&task);
  std::ranges::sort(tasks, {}, &Task::name);
  return tasks;
}

// Job, group and task meta as the task sees it: the innermost wins.
std::map<std::string, std::string> merged_meta(const Job& job, const TaskGroup& group, const Task& task) {
  std::map<std::string, std::string> meta = task.meta;
  meta.insert(group.meta.begin(), group.meta.end());
  meta.insert(job.meta.begin(), job.meta.end());
  return meta;
}

// Compares the fields flagged kDestructive and what is so flagged within the others. `skipped` are members of `a` that
// do not count, whatever is within them.
template <class T>
bool same_destructive_fields(const T& a, const T& b, std::initializer_list<const void*> skipped) {
  const codec::FieldFilter destructive{.only_flags = codec::kDestructive};
  for (const codec::Field& field : codec::type_of<T>().fields().fields) {
    if (std::ranges::find(skipped, field.in(&a)) != skipped.end()) continue;
    const auto filter = field.has(codec::kDestructive) ? codec::FieldFilter{} : destructive;
    if (!codec::equal(*field.type, field.in(&a), field.in(&b), filter)) return false;
  }
  return true;
}

// Tasks are compared one by one, whatever their order; services are registered anew where they are.
bool same_group_fields(const TaskGroup& a, const TaskGroup& b) {
  return same_destructive_fields(a, b, {&a.tasks, &a.services});
}

bool same_task_fields(const Task& a, const Task& b) {
  return same_destructive_fields(a, b, {&a.services});
}

}  // namespace

const Task* TaskGroup::find_task(std::string_view task_name) const {
  const auto it = std::ranges::find(tasks, task_name, &Task::name);
  return it == tasks.end() ? nullptr : &*it;
}

const TaskGroup* Job::find_group(std::string_view group_name) const {
  const auto it = std::ranges::find(task_groups, group_name, &TaskGroup::name);
  return it == task_groups.end() ? nullptr : &*it;
}

bool same_specification(const Job& a, const Job& b) {
  return codec::equal(a, b, {.skip_flags = codec::kReadOnly});
}

bool is_destructive_update(const Job& a, const Job& b, std::string_view group_name) {
  const TaskGroup* before = a.find_group(group_name);
  const TaskGroup* after = b.find_group(group_name);
  if (!before || !after) return before != after;
  if (before->tasks.size() != after->tasks.size() || !same_group_fields(*before, *after)) return true;
  const auto old_tasks = tasks_by_name(*before);
  const auto new_tasks = tasks_by_name(*after);
  for (size_t i = 0; i < old_tasks.size(); ++i) {
    const Task& x = *old_tasks[i];
    const Task& y = *new_tasks[i];
    if (x.name != y.name || !same_task_fields(x, y)) return true;
    if (merged_meta(a, *before, x) != merged_meta(b, *after, y)) return true;
  }
  return false;
}

}  // namespace drover::model
