#include <set>

#include "base/duration.h"
#include "base/strings.h"
#include "codec/compare.h"
#include "codec/describe.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr int32_t kMinEphemeralDiskMb = 10;

void validate_tasks(const TaskGroup& group, const Job& job, const Problems& problems) {
  if (group.tasks.empty()) problems.at("Tasks").error("there are no tasks");
  std::set<std::string> names;
  const Task* leader = nullptr;
  for (size_t i = 0; i < group.tasks.size(); ++i) {
    const Task& task = group.tasks[i];
    const Problems place = problems.at("Tasks", i);
    if (!task.name.empty() && !names.insert(task.name).second) {
      place.error("task \"{}\" is defined twice", printable(task.name, 80));
    }
    if (task.leader && leader) {
      place.at("Leader").error("both \"{}\" and \"{}\" are leaders, only one task can be", printable(leader->name, 80),
                               printable(task.name, 80));
    }
    if (task.leader) leader = &task;
    validate_task(task, group, job, place.named("task", task.name));
  }
}

template <class T>
bool same(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b && codec::equal(*a, *b);
}

void validate_count(const TaskGroup& group, const Job& job, const Problems& problems) {
  const bool everywhere = job.type == JobType::System || job.type == JobType::Sysbatch;
  if (group.count < 0) {
    problems.at("Count").error("count must not be negative, but is {}", group.count);
  } else if (everywhere && group.count > 1) {
    problems.at("Count").error("a system job runs once on every node: count must be left out or 1, not {}",
                               group.count);
  }
}

// What a group only inherits is reported where the job says it.
void validate_policies(const TaskGroup& group, const Job& job, const Problems& problems) {
  if (group.update && !same(group.update, job.update)) validate_update(*group.update, job.type, problems.at("Update"));
  validate_restart(*group.restart, problems.at("RestartPolicy"));
  if (group.reschedule && !same(group.reschedule, job.reschedule)) {
    validate_reschedule(*group.reschedule, job.type, problems.at("ReschedulePolicy"));
  }
  if (group.migrate && !same(group.migrate, job.migrate)) {
    validate_migrate(*group.migrate, job.type, problems.at("Migrate"));
  }
  validate_disconnect(group, job.type, problems);
  validate_group_scaling(group, problems.at("Scaling"));
}

void validate_times(const TaskGroup& group, const Job& job, const Problems& problems) {
  if (group.shutdown_delay && *group.shutdown_delay < Duration::zero()) {
    problems.at("ShutdownDelay").error("shutdown_delay must not be negative");
  }
  if (!group.max_run_duration) return;
  const Problems place = problems.at("MaxRunDuration");
  if (!job.is_batch()) place.error("max_run_duration is possible in batch jobs only");
  if (*group.max_run_duration < Duration::zero()) {
    place.error("max_run_duration must not be negative, but is {}", format_duration(*group.max_run_duration));
  }
}

}  // namespace

void validate_group(const TaskGroup& group, const Job& job, const Problems& problems) {
  validate_name("group name", group.name, problems.at("Name"));
  validate_count(group, job, problems);
  validate_meta(group.meta, problems.at("Meta"));
  validate_constraints(group.constraints, ConstraintLevel::Group, problems.at("Constraints"));
  validate_affinities(group.affinities, problems.at("Affinities"));
  validate_spreads(group.spreads, problems.at("Spreads"));
  validate_preferences(group.affinities, group.spreads, job.type, problems);
  validate_policies(group, job, problems);
  validate_times(group, job, problems);
  if (group.ephemeral_disk.size_mb < kMinEphemeralDiskMb) {
    problems.at("EphemeralDisk")
        .at("SizeMB")
        .error("the ephemeral disk must have at least {} MB, not {}", kMinEphemeralDiskMb,
               group.ephemeral_disk.size_mb);
  }
  validate_networks(group.networks, problems);
  validate_ports(group, problems);
  validate_network_drivers(group, problems);
  validate_volumes(group, problems.at("Volumes"));
  validate_services(group.services, group, nullptr, problems.at("Services"));
  validate_tasks(group, job, problems);
  validate_lifecycle(group, problems);
  validate_dependencies(group, job, problems);
}

}  // namespace drover::model
