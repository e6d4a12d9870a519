#pragma once

#include "base/clock.h"
#include "codec/diff.h"
#include "codec/fwd.h"
#include "codec/value.h"
#include "model/alloc_metric.h"
#include "model/ids.h"
#include "model/network.h"
#include "model/plan.h"
#include "model/resources.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// Bodies that exist in the HTTP API only, in Nomad 1.1's shapes. Rows of the state are written by shapes.h.
namespace drover::api {

// POST /v1/jobs, /v1/job/:id, /v1/job/:id/plan, /v1/validate/job.
struct JobRequest {
  codec::Value job;
  bool enforce_index = false;
  uint64_t job_modify_index = 0;
  bool diff = false;
};
void describe(codec::StructBuilder& d, JobRequest& r);

struct ParseRequest {
  std::string job_hcl;
  bool canonicalize = false;
  bool hclv1 = false;     // accepted: old files read without it
  std::string variables;  // HCL, `name = value`
};
void describe(codec::StructBuilder& d, ParseRequest& r);

struct EvalOptions {
  bool force_reschedule = false;
};
void describe(codec::StructBuilder& d, EvalOptions& r);

struct EvaluateRequest {
  std::string job_id;
  EvalOptions eval_options;
};
void describe(codec::StructBuilder& d, EvaluateRequest& r);

struct DispatchRequest {
  codec::Bytes payload;
  std::map<std::string, std::string> meta;
};
void describe(codec::StructBuilder& d, DispatchRequest& r);

struct DispatchResponse {
  std::string dispatched_job_id;
  model::EvalId eval_id;
  uint64_t eval_create_index = 0;
  uint64_t job_create_index = 0;
  uint64_t index = 0;
};
void describe(codec::StructBuilder& d, DispatchResponse& r);

struct RevertRequest {
  std::string job_id;
  std::optional<uint64_t> job_version;
  std::optional<uint64_t> enforce_prior_version;
};
void describe(codec::StructBuilder& d, RevertRequest& r);

struct StabilityRequest {
  std::string job_id;
  std::optional<uint64_t> job_version;
  bool stable = false;
};
void describe(codec::StructBuilder& d, StabilityRequest& r);

struct StabilityResponse {
  uint64_t job_modify_index = 0;
  uint64_t index = 0;
};
void describe(codec::StructBuilder& d, StabilityResponse& r);

struct ScaleRequest {
  std::optional<int64_t> count;
  std::map<std::string, std::string> target;  // {"Group": "web"}
  std::string message;
  bool error = false;
  codec::Value meta;
};
void describe(codec::StructBuilder& d, ScaleRequest& r);

// PUT /v1/deployment/pause/:id and its siblings: what each reads of it is its own.
struct DeploymentRequest {
  std::string deployment_id;
  std::optional<bool> pause;
  bool all = false;
  std::vector<std::string> groups;
  std::vector<model::AllocId> healthy_allocation_ids;
  std::vector<model::AllocId> unhealthy_allocation_ids;
};
void describe(codec::StructBuilder& d, DeploymentRequest& r);

struct DeploymentResponse {
  model::EvalId eval_id;
  uint64_t eval_create_index = 0;
  uint64_t deployment_modify_index = 0;
  std::optional<uint64_t> reverted_job_version;
  uint64_t index = 0;
};
void describe(codec::StructBuilder& d, DeploymentResponse& r);

struct DrainSpec {
  Duration deadline{0};
  bool ignore_system_jobs = false;
};
void describe(codec::StructBuilder& d, DrainSpec& r);

struct DrainRequest {
  std::string node_id;
  std::optional<DrainSpec> drain_spec;
  bool mark_eligible = false;
  std::map<std::string, std::string> meta;
};
void describe(codec::StructBuilder& d, DrainRequest& r);

struct AllocStopResponse {
  model::EvalId eval_id;
  uint64_t index = 0;
};
void describe(codec::StructBuilder& d, AllocStopResponse& r);

struct SearchRequest {
  std::string prefix;
  std::string text;
  std::string context;
};
void describe(codec::StructBuilder& d, SearchRequest& r);

struct EligibilityRequest {
  std::string eligibility;
};
void describe(codec::StructBuilder& d, EligibilityRequest& r);

// What a change of a job answers: register, stop, evaluate.
struct JobChangeResponse {
  model::EvalId eval_id;
  uint64_t eval_create_index = 0;
  uint64_t job_modify_index = 0;
  std::string warnings;
  uint64_t index = 0;
  uint64_t last_contact = 0;
  bool known_leader = true;
};
void describe(codec::StructBuilder& d, JobChangeResponse& r);

struct JobValidateResponse {
  bool driver_config_validated = true;
  std::vector<std::string> validation_errors;
  std::string error;
  std::string warnings;
};
void describe(codec::StructBuilder& d, JobValidateResponse& r);

struct NodeChangeResponse {
  std::vector<model::EvalId> eval_ids;
  uint64_t eval_create_index = 0;
  uint64_t node_modify_index = 0;
  uint64_t index = 0;
};
void describe(codec::StructBuilder& d, NodeChangeResponse& r);

// Nomad's JobDiff: codec's tree with the task groups and tasks in places of their own.
struct TaskDiff {
  codec::DiffType type = codec::DiffType::None;
  std::string name;
  std::vector<codec::FieldDiff> fields;
  std::vector<codec::ObjectDiff> objects;
  std::vector<std::string> annotations;
};
void describe(codec::StructBuilder& d, TaskDiff& r);

struct TaskGroupDiff {
  codec::DiffType type = codec::DiffType::None;
  std::string name;
  std::vector<codec::FieldDiff> fields;
  std::vector<codec::ObjectDiff> objects;
  std::vector<TaskDiff> tasks;
  std::map<std::string, uint64_t> updates;  // "create" → how many allocations
};
void describe(codec::StructBuilder& d, TaskGroupDiff& r);

struct JobDiff {
  codec::DiffType type = codec::DiffType::None;
  std::string id;
  std::vector<codec::FieldDiff> fields;
  std::vector<codec::ObjectDiff> objects;
  std::vector<TaskGroupDiff> task_groups;
};
void describe(codec::StructBuilder& d, JobDiff& r);

// What an allocation holds on its node, in Nomad's newer shape.
struct CpuShares {
  int64_t cpu_shares = 0;
  std::vector<int32_t> reserved_cores;    // of a task
  std::vector<int32_t> reservable_cores;  // of a node
};
void describe(codec::StructBuilder& d, CpuShares& r);

struct Memory {
  int64_t memory_mb = 0;
  int64_t memory_max_mb = 0;
};
void describe(codec::StructBuilder& d, Memory& r);

struct TaskDevice {
  std::string vendor;
  std::string type;
  std::string name;
  std::vector<std::string> device_ids;
};
void describe(codec::StructBuilder& d, TaskDevice& r);

struct Disk {
  int64_t disk_mb = 0;
};
void describe(codec::StructBuilder& d, Disk& r);

struct AllocatedTask {
  CpuShares cpu;
  Memory memory;
  std::vector<model::Network> networks;
  std::vector<TaskDevice> devices;
};
void describe(codec::StructBuilder& d, AllocatedTask& r);

struct AllocatedShared {
  int64_t disk_mb = 0;
  std::vector<model::Network> networks;
  std::vector<model::AllocatedPort> ports;
};
void describe(codec::StructBuilder& d, AllocatedShared& r);

struct AllocatedResources {
  std::map<std::string, AllocatedTask> tasks;
  AllocatedShared shared;
};
void describe(codec::StructBuilder& d, AllocatedResources& r);

struct DeviceLocality {
  std::string pci_bus_id;
};
void describe(codec::StructBuilder& d, DeviceLocality& r);

struct NodeDevice {
  std::string id;
  bool healthy = true;
  std::string health_description;
  std::optional<DeviceLocality> locality;
};
void describe(codec::StructBuilder& d, NodeDevice& r);

struct NodeDevices {
  std::string vendor;
  std::string type;
  std::string name;
  std::vector<NodeDevice> instances;
  std::map<std::string, codec::Value> attributes;  // {"Int": 15360, "Unit": "MiB"}
};
void describe(codec::StructBuilder& d, NodeDevices& r);

struct NodeResources {
  CpuShares cpu;
  Memory memory;
  Disk disk;
  std::vector<model::Network> networks;
  std::vector<NodeDevices> devices;
};
void describe(codec::StructBuilder& d, NodeResources& r);

struct ReservedNetworks {
  std::string reserved_host_ports;  // "22,80"
};
void describe(codec::StructBuilder& d, ReservedNetworks& r);

struct ReservedResources {
  CpuShares cpu;
  Memory memory;
  Disk disk;
  ReservedNetworks networks;
};
void describe(codec::StructBuilder& d, ReservedResources& r);

}  // namespace drover::api
