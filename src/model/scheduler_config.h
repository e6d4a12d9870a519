#pragma once

#include "codec/fwd.h"
#include "model/job.h"

#include <cstdint>
#include <string>

namespace drover::model {

// Which kinds of jobs may take room from others of a lower priority (facts 5.6).
struct PreemptionConfig {
  bool system = true;
  bool sysbatch = false;
  bool batch = false;
  bool service = false;

  bool allows(JobType type) const;
};
void describe(codec::StructBuilder& d, PreemptionConfig& r);

// What operators set for the whole cluster (`/v1/operator/scheduler/configuration`).
struct SchedulerConfig {
  std::string algorithm = "binpack";  // or "spread"
  PreemptionConfig preemption;
  bool memory_oversubscription = false;
  bool reject_job_registration = false;
  bool pause_eval_broker = false;
  uint64_t create_index = 0;
  uint64_t modify_index = 0;
};
void describe(codec::StructBuilder& d, SchedulerConfig& r);

}  // namespace drover::model
