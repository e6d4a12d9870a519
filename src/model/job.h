#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/constraint.h"
#include "model/ids.h"
#include "model/network.h"
#include "model/policies.h"
#include "model/resources.h"
#include "model/service.h"
#include "model/task.h"
#include "model/volume.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drover::model {

enum class JobType : uint8_t { Service, Batch, System, Sysbatch };
enum class JobStatus : uint8_t { Pending, Running, Dead };
std::span<const codec::EnumName> enum_names(JobType);
std::span<const codec::EnumName> enum_names(JobStatus);

// Tasks that run together on one node, `count` times: 001 and 003 "Task Group", facts 1.2.
struct TaskGroup {
  std::string name;
  int32_t count = 1;
  std::vector<Constraint> constraints;
  std::optional<UpdateStrategy> update;
  std::optional<RestartPolicy> restart;
  std::optional<ReschedulePolicy> reschedule;
  EphemeralDisk ephemeral_disk;
  std::vector<Network> networks;
  std::vector<Service> services;
  std::map<std::string, std::string> meta;
  std::vector<Task> tasks;
  std::optional<Duration> shutdown_delay;
  std::vector<Affinity> affinities;
  std::vector<Spread> spreads;
  std::optional<MigrateStrategy> migrate;
  std::map<std::string, VolumeRequest> volumes;
  std::optional<ScalingPolicy> scaling;
  std::optional<Consul> consul;
  std::optional<DisconnectStrategy> disconnect;
  std::optional<Duration> stop_after_client_disconnect;  // older spellings of `disconnect`
  std::optional<Duration> max_client_disconnect;
  std::optional<bool> prevent_reschedule_on_lost;
  std::optional<Duration> max_run_duration;

  const Task* find_task(std::string_view task_name) const;
};
void describe(codec::StructBuilder& d, TaskGroup& r);

// What a user interface shows about a job.
struct UiLink {
  std::string label;
  std::string url;
};
void describe(codec::StructBuilder& d, UiLink& r);

struct JobUi {
  std::string description;
  std::vector<UiLink> links;
};
void describe(codec::StructBuilder& d, JobUi& r);

inline constexpr const char* kExpired = "expired";  // Job::stop_reason: its timeout has passed

// 001 "Job", 003 "Job", facts 1.1. A specification until it is registered; from then on a version of it, immutable.
struct Job {
  std::string id;
  std::string name;
  std::string ns = kDefaultNamespace;
  std::string region = kDefaultRegion;
  JobType type = JobType::Service;
  int32_t priority = 50;
  bool all_at_once = false;
  std::vector<std::string> datacenters;
  std::string node_pool = kDefaultNodePool;
  std::vector<Constraint> constraints;
  std::vector<TaskGroup> task_groups;
  std::optional<UpdateStrategy> update;
  std::optional<ReschedulePolicy> reschedule;
  std::optional<Periodic> periodic;
  std::optional<Parameterized> parameterized;
  codec::Bytes payload;
  std::map<std::string, std::string> meta;
  std::vector<Affinity> affinities;
  std::vector<Spread> spreads;
  std::optional<MigrateStrategy> migrate;
  std::optional<Multiregion> multiregion;
  std::string consul_token;
  std::string vault_token;
  std::string consul_namespace;
  std::string vault_namespace;
  std::optional<JobUi> ui;
  // How long it may run from its first placement on, its downloads included (facts/nosana.md 2.10); 0: no limit.
  Duration timeout{0};
  codec::Value logistics;  // how a Nosana definition reaches its node and its results come back; an object

  // Set by the server.
  bool stop = false;
  std::string stop_reason;  // of a stopped one: "" somebody's wish, kExpired or kLogisticsError (model/logistics.h)
  // Of a confidential one: "" while its definition or its result is on the way, kDelivered, or why it is not.
  std::string logistics_outcome;
  std::string parent_id;
  bool dispatched = false;
  std::string dispatch_token;  // of the request that made it: a job has one child for each
  JobStatus status = JobStatus::Pending;
  std::string status_description;
  bool stable = false;
  uint64_t version = 0;
  WallTime submit_time;
  uint64_t create_index = 0;
  uint64_t modify_index = 0;      // any change of the row
  uint64_t job_modify_index = 0;  // a change of the specification

  JobKey key() const { return {ns, id}; }
  const TaskGroup* find_group(std::string_view group_name) const;
  // Periodic and parameterized jobs run nothing themselves: they launch children.
  bool is_template() const { return periodic.has_value() || (parameterized.has_value() && !dispatched); }
  bool is_batch() const { return type == JobType::Batch || type == JobType::Sysbatch; }
};
void describe(codec::StructBuilder& d, Job& r);

// Whether two versions differ in what their author wrote (not in what the server sets).
bool same_specification(const Job& a, const Job& b);

// Whether an allocation of `group` in version `a` has to be replaced to become one of version `b`: some member flagged
// kDestructive, or the set of tasks, differs (facts 5.7). Also compares the merged meta.
bool is_destructive_update(const Job& a, const Job& b, std::string_view group);

}  // namespace drover::model
