#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/alloc_metric.h"
#include "model/ids.h"
#include "model/job.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace drover::model {

enum class EvalStatus : uint8_t { Pending, Blocked, Complete, Failed, Cancelled };
std::span<const codec::EnumName> enum_names(EvalStatus);

// Values of Evaluation::triggered_by (facts 2.1).
namespace trigger {
inline constexpr const char* kJobRegister = "job-register";
inline constexpr const char* kJobDeregister = "job-deregister";
inline constexpr const char* kNodeUpdate = "node-update";
inline constexpr const char* kQueuedAllocs = "queued-allocs";
inline constexpr const char* kMaxPlanAttempts = "max-plan-attempts";
inline constexpr const char* kAllocFailure = "alloc-failure";
inline constexpr const char* kFailedFollowUp = "failed-follow-up";
inline constexpr const char* kPeriodicJob = "periodic-job";
inline constexpr const char* kNodeDrain = "node-drain";
inline constexpr const char* kAllocStop = "alloc-stop";
inline constexpr const char* kRollingUpdate = "rolling-update";
inline constexpr const char* kDeploymentWatcher = "deployment-watcher";
inline constexpr const char* kPreemption = "preemption";
inline constexpr const char* kScaling = "job-scaling";
inline constexpr const char* kMaxDisconnectTimeout = "max-disconnect-timeout";
inline constexpr const char* kReconnect = "reconnect";
}  // namespace trigger

// A request to look at a job and to make the cluster match it.
struct Evaluation {
  EvalId id;
  std::string ns = kDefaultNamespace;
  int32_t priority = 50;
  JobType type = JobType::Service;
  std::string triggered_by;
  std::string job_id;
  uint64_t job_modify_index = 0;
  NodeId node_id;
  uint64_t node_modify_index = 0;
  DeploymentId deployment_id;
  EvalStatus status = EvalStatus::Pending;
  std::string status_description;
  WallTime wait_until;  // zero: now
  EvalId next_eval;
  EvalId previous_eval;
  EvalId blocked_eval;
  std::map<std::string, AllocMetric> failed_tg_allocs;  // by group: why the rest was not placed
  std::map<std::string, bool> class_eligibility;        // blocked: by computed class, whether it could ever fit
  bool escaped_computed_class = false;                  // blocked: some constraint looks at more than the class
  std::map<std::string, int32_t> queued_allocations;    // by group: placements still wanted
  uint64_t snapshot_index = 0;                          // what the scheduler had seen
  uint64_t create_index = 0;
  uint64_t modify_index = 0;
  WallTime create_time;
  WallTime modify_time;

  JobKey job_key() const { return {ns, job_id}; }
  bool terminal() const {
    return status == EvalStatus::Complete || status == EvalStatus::Failed || status == EvalStatus::Cancelled;
  }
};
void describe(codec::StructBuilder& d, Evaluation& r);

// A pending evaluation of a job, for one of the reasons above. What it is about (a node, a deployment, an earlier
// evaluation) is the caller's to fill in.
Evaluation make_eval(const Job& job, EvalId id, std::string_view trigger);

}  // namespace drover::model
