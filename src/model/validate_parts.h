#pragma once

#include <initializer_list>
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
void validate_signal(const std::string& signal, const Problems& problems);
void validate_env(const std::map<std::string, std::string>& env, const Problems& problems);

// Where things run.
void validate_constraints(std::span<const Constraint> constraints, ConstraintLevel level, const Problems& problems);
void validate_affinities(std::span<const Affinity> affinities, const Problems& problems);
void validate_spreads(std::span<const Spread> spreads, const Problems& problems);
// Says once for each that jobs of this type have no preferences.
void validate_preferences(std::span<const Affinity> affinities, std::span<const Spread> spreads, JobType type,
                          const Problems& problems);

// Policies. All of them REQUIRE that canonicalize() has completed them.
void validate_update(const UpdateStrategy& update, JobType type, const Problems& problems);
void validate_restart(const RestartPolicy& restart, const Problems& problems);
void validate_reschedule(const ReschedulePolicy& policy, JobType type, const Problems& problems);
void validate_migrate(const MigrateStrategy& migrate, JobType type, const Problems& problems);
void validate_disconnect(const TaskGroup& group, JobType type, const Problems& problems);
void validate_group_scaling(const TaskGroup& group, const Problems& problems);
void validate_task_scaling(std::span<const ScalingPolicy> policies, const Problems& problems);
void validate_multiregion(const Multiregion& multiregion, const Problems& problems);
void validate_periodic(const Periodic& periodic, JobType type, const Problems& problems);
void validate_parameterized(const Parameterized& parameterized, JobType type, const Problems& problems);
void validate_cron(const std::string& spec, const Problems& problems);
void validate_time_zone(const std::string& name, const Problems& problems);

// Groups and tasks.
void validate_group(const TaskGroup& group, const Job& job, const Problems& problems);
void validate_task(const Task& task, const TaskGroup& group, const Job& job, const Problems& problems);
void validate_dependencies(const TaskGroup& group, const Job& job, const Problems& problems);
void validate_lifecycle(const TaskGroup& group, const Problems& problems);
void validate_resources(const Resources& resources, const Problems& problems);
void validate_logs(const LogConfig& logs, const EphemeralDisk& disk, const Problems& problems);
void validate_artifacts(std::span<const Artifact> artifacts, const Problems& problems);
void validate_templates(std::span<const Template> templates, const Problems& problems);
void validate_volumes(const TaskGroup& group, const Problems& problems);
void validate_mounts(std::span<const VolumeMount> mounts, const TaskGroup& group, const Problems& problems);
void validate_csi_plugin(const CsiPlugin& plugin, const Problems& problems);
void validate_task_io(const Task& task, const Problems& problems);

// Networks and services.
void validate_networks(std::span<const Network> networks, const Problems& problems);
void validate_ports(const TaskGroup& group, const Problems& problems);
void validate_network_drivers(const TaskGroup& group, const Problems& problems);
bool is_host_name(std::string_view name);
// `task` is null for the services of the group.
void validate_services(std::span<const Service> services, const TaskGroup& group, const Task* task,
                       const Problems& problems);
bool has_port(std::span<const Network> networks, const std::string& label);
// At "PortLabel" of `problems`.
void validate_port_label(const std::string& label, const std::string& address_mode, const TaskGroup& group,
                         const Task* task, const Problems& problems);
void validate_check(const Check& check, const Service& service, const TaskGroup& group, const Task* task,
                    const Problems& problems);
void validate_check_restart(const CheckRestart& restart, const Problems& problems);
void validate_connect(const Service& service, const TaskGroup& group, const Task* task, const Problems& problems);
void validate_gateway(const ConsulGateway& gateway, const Problems& problems);

// Other systems.
void validate_vault(const Vault& vault, const Problems& problems);
void validate_identities(const Task& task, const Problems& problems);
void validate_identity(const WorkloadIdentity& identity, const Problems& problems);
void validate_actions(std::span<const Action> actions, const Problems& problems);
void validate_secrets(std::span<const SecretRequest> secrets, const Problems& problems);
void validate_schedule(const Schedule& schedule, const Problems& problems);

// A relative path that stays inside the directory that is `depth` levels above the one it is relative to.
bool stays_inside(std::string_view path, int64_t depth = 0);
// A path from the root that holds no "..", or one that only the client can tell, as "${NOMAD_TASK_DIR}/x".
bool is_absolute_path(std::string_view path);
// Something in it is filled in where the task runs: `${…}`, or one of Nosana's literals.
bool is_open(std::string_view text);
bool is_one_of(std::string_view text, std::initializer_list<std::string_view> of);

}  // namespace drover::model
