#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drover::model {

enum class DeploymentState : uint8_t { Running, Paused, Failed, Successful, Cancelled };
std::span<const codec::EnumName> enum_names(DeploymentState);

// How far one group is in a deployment (facts 1.3). What its update strategy asked for when the deployment began, and
// what has happened since.
struct DeploymentGroup {
  bool auto_revert = false;
  bool auto_promote = false;
  bool promoted = false;
  Duration progress_deadline{0};  // 0: the first unhealthy allocation fails the deployment
  WallTime require_progress_by;   // zero until an allocation was placed
  std::vector<AllocId> placed_canaries;
  int32_t desired_canaries = 0;
  int32_t desired_total = 0;
  int32_t placed_allocs = 0;
  int32_t healthy_allocs = 0;
  int32_t unhealthy_allocs = 0;
};
void describe(codec::StructBuilder& d, DeploymentGroup& r);

// A job on its way from one version to the next (facts 1.3, 5.8).
struct Deployment {
  DeploymentId id;
  std::string ns = kDefaultNamespace;
  std::string job_id;
  uint64_t job_version = 0;
  uint64_t job_modify_index = 0;       // of the job's row when the deployment was made
  uint64_t job_spec_modify_index = 0;  // of its specification
  uint64_t job_create_index = 0;       // tells a job from an earlier one of the same name
  std::map<std::string, DeploymentGroup> task_groups;
  DeploymentState status = DeploymentState::Running;
  std::string status_description;
  int32_t eval_priority = 0;
  uint64_t create_index = 0;
  uint64_t modify_index = 0;
  WallTime create_time;
  WallTime modify_time;

  JobKey job_key() const { return {ns, job_id}; }
  // It may still change something: it runs or is paused.
  bool active() const { return status == DeploymentState::Running || status == DeploymentState::Paused; }
  bool requires_promotion() const;  // a group has canaries that nobody promoted
  bool has_auto_promote() const;    // every group with canaries promotes itself
};
void describe(codec::StructBuilder& d, Deployment& r);

// A change of status that a plan brings with it.
struct DeploymentUpdate {
  DeploymentId deployment_id;
  DeploymentState status = DeploymentState::Running;
  std::string status_description;
};
void describe(codec::StructBuilder& d, DeploymentUpdate& r);

// Texts of Deployment::status_description (facts 1.3).
namespace deployment_text {
inline constexpr const char* kRunning = "Deployment is running";
inline constexpr const char* kNeedsPromotion = "Deployment is running but requires manual promotion";
inline constexpr const char* kAutoPromotion = "Deployment is running pending automatic promotion";
inline constexpr const char* kPaused = "Deployment is paused";
inline constexpr const char* kSuccessful = "Deployment completed successfully";
inline constexpr const char* kStoppedJob = "Cancelled because job is stopped";
inline constexpr const char* kNewerJob = "Cancelled due to newer version of job";
inline constexpr const char* kFailedAllocations = "Failed due to unhealthy allocations";
inline constexpr const char* kProgressDeadline = "Failed due to progress deadline";
inline constexpr const char* kFailedByUser = "Deployment marked as failed";
}  // namespace deployment_text

}  // namespace drover::model
