#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/job.h"
#include "model/validate_problems.h"

// The parts that validate() is made of. Each reports at the place it is given.
namespace drover::model {

enum class ConstraintLevel : uint8_t { Job, Group, Task };

void validate_name(std::string_view what, const std::string& name, const Problems& problems);
void validate_meta(const std::map<std::string, std::string>& meta, const Problems& problems);
void validate_constraints(std::span<const Constraint> constraints, ConstraintLevel level, const Problems& problems);
void validate_update(const UpdateStrategy& update, JobType type, const Problems& problems);
void validate_restart(const RestartPolicy& restart, const Problems& problems);
void validate_reschedule(const ReschedulePolicy& policy, JobType type, const Problems& problems);
void validate_periodic(const Periodic& periodic, JobType type, const Problems& problems);
void validate_parameterized(const Parameterized& parameterized, JobType type, const Problems& problems);
void validate_cron(const std::string& spec, const Problems& problems);
void validate_time_zone(const std::string& name, const Problems& problems);
void validate_networks(std::span<const Network> networks, const Problems& problems);
void validate_group(const TaskGroup& group, const Job& job, const Problems& problems);
void validate_task(const Task& task, const TaskGroup& group, const Job& job, const Problems& problems);
// `task` is null for the services of the group.
void validate_services(std::span<const Service> services, const TaskGroup& group, const Task* task,
                       const Problems& problems);
void validate_dependencies(const TaskGroup& group, const Problems& problems);
void validate_artifact(const Artifact& artifact, const Problems& problems);
void validate_template(const Template& file, const Problems& problems);
void validate_signal(const std::string& signal, const Problems& problems);

// A relative path that stays inside the directory that is `depth` levels above the one it is relative to.
bool stays_inside(std::string_view path, int64_t depth = 0);

}  // namespace drover::model
