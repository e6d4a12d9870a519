#include "api/job_diff.h"

#include <algorithm>

#include "api/redact.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::api {
namespace {

using codec::DiffType;
using codec::FieldDiff;
using codec::ObjectDiff;

// Nomad's words.
constexpr const char* kForcesCreate = "forces create";
constexpr const char* kForcesDestroy = "forces destroy";
constexpr const char* kForcesInPlace = "forces in-place update";
constexpr const char* kForcesDestructive = "forces create/destroy update";

void redact(ObjectDiff& object) {
  for (FieldDiff& field : object.fields) {
    if (!is_secret_field(field.name)) continue;
    if (!field.old_value.empty()) field.old_value = codec::kRedacted;
    if (!field.new_value.empty()) field.new_value = codec::kRedacted;
  }
  for (ObjectDiff& nested : object.objects) redact(nested);
}

// Nomad tells ports apart by kind.
std::string nomads_name(const ObjectDiff& object) {
  if (object.field == "ReservedPorts") return "Static Port";
  if (object.field == "DynamicPorts") return "Dynamic Port";
  return object.field == "Volumes" ? "Volume" : object.name;
}

bool unchanged(const FieldDiff& field) {
  return field.type == DiffType::None;
}

void keep_changes(std::vector<ObjectDiff>& objects) {
  std::erase_if(objects, [](const ObjectDiff& object) { return object.type == DiffType::None; });
  for (ObjectDiff& object : objects) {
    object.name = nomads_name(object);
    keep_changes(object.objects);
  }
}

// Of a job, a group or a task only what changed is told.
template <class Part>
Part only_changes(Part part) {
  std::erase_if(part.fields, unchanged);
  keep_changes(part.objects);
  return part;
}

TaskDiff to_task(ObjectDiff diff) {
  return {.type = diff.type,
          .name = std::move(diff.label),
          .fields = std::move(diff.fields),
          .objects = std::move(diff.objects)};
}

TaskGroupDiff to_group(ObjectDiff diff) {
  TaskGroupDiff group{.type = diff.type, .name = std::move(diff.label), .fields = std::move(diff.fields)};
  for (ObjectDiff& object : diff.objects) {
    if (object.field == "Tasks") {
      group.tasks.push_back(only_changes(to_task(std::move(object))));
    } else {
      group.objects.push_back(std::move(object));
    }
  }
  return group;
}

bool is_destructive(const std::vector<FieldDiff>& fields) {
  return std::ranges::any_of(
      fields, [](const FieldDiff& f) { return f.type != DiffType::None && (f.flags & codec::kDestructive) != 0; });
}

bool is_destructive(const ObjectDiff& object) {
  if (object.type == DiffType::None) return false;
  return (object.flags & codec::kDestructive) != 0 || is_destructive(object.fields) ||
         std::ranges::any_of(object.objects, [](const ObjectDiff& nested) { return is_destructive(nested); });
}

template <class Part>
bool is_destructive_part(const Part& part) {
  return is_destructive(part.fields) ||
         std::ranges::any_of(part.objects, [](const ObjectDiff& object) { return is_destructive(object); });
}

void annotate_count(TaskGroupDiff& group) {
  for (FieldDiff& field : group.fields) {
    if (field.name != "Count" || field.type == DiffType::None) continue;
    const int64_t before = parse_int(field.old_value).value_or(0), after = parse_int(field.new_value).value_or(0);
    if (before != after) field.annotations.emplace_back(after > before ? kForcesCreate : kForcesDestroy);
  }
}

void annotate_task(TaskDiff& task, const TaskGroupDiff& group) {
  if (task.type == DiffType::None) return;
  const char* annotation = is_destructive_part(task) ? kForcesDestructive : kForcesInPlace;
  // A task that comes or goes with its group needs no update; in a group that stays, it replaces the allocations.
  if (task.type == DiffType::Added) annotation = group.type == DiffType::Added ? kForcesCreate : kForcesDestructive;
  if (task.type == DiffType::Deleted) {
    annotation = group.type == DiffType::Deleted ? kForcesDestroy : kForcesDestructive;
  }
  task.annotations.emplace_back(annotation);
}

void add_updates(TaskGroupDiff& group, const model::DesiredUpdates& updates) {
  const std::pair<const char*, uint64_t> named[] = {{"ignore", updates.ignore},
                                                    {"create", updates.place},
                                                    {"migrate", updates.migrate},
                                                    {"destroy", updates.stop},
                                                    {"in-place update", updates.in_place_update},
                                                    {"create/destroy update", updates.destructive_update},
                                                    {"canary", updates.canary}};
  for (const auto& [name, count] : named) {
    if (count > 0) group.updates[name] = count;
  }
}

}  // namespace

JobDiff diff_jobs(const model::Job* before, const model::Job* after) {
  ObjectDiff diff = codec::diff("Job", before, after, {.contextual = true});
  redact(diff);
  JobDiff out{.type = diff.type, .id = after ? after->id : before ? before->id : "", .fields = std::move(diff.fields)};
  for (ObjectDiff& object : diff.objects) {
    if (object.field == "TaskGroups") {
      out.task_groups.push_back(only_changes(to_group(std::move(object))));
    } else {
      out.objects.push_back(std::move(object));
    }
  }
  return only_changes(std::move(out));
}

void annotate(JobDiff& diff, const std::map<std::string, model::DesiredUpdates>& updates) {
  for (TaskGroupDiff& group : diff.task_groups) {
    annotate_count(group);
    for (TaskDiff& task : group.tasks) annotate_task(task, group);
    if (const auto found = updates.find(group.name); found != updates.end()) add_updates(group, found->second);
  }
}

}  // namespace drover::api
