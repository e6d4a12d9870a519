#pragma once

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
};
void describe(codec::StructBuilder& d, CpuShares& r);

struct Memory {
  int64_t memory_mb = 0;
};
void describe(codec::StructBuilder& d, Memory& r);

struct Disk {
  int64_t disk_mb = 0;
};
void describe(codec::StructBuilder& d, Disk& r);

struct AllocatedTask {
  CpuShares cpu;
  Memory memory;
  std::vector<model::Network> networks;
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

struct NodeResources {
  CpuShares cpu;
  Memory memory;
  Disk disk;
  std::vector<model::Network> networks;
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
