#pragma once

#include "model/job.h"
#include "state/view.h"

#include <functional>
#include <string>

// The scaling policies of jobs as objects of their own. They stand in the jobs, so their ids are made from what they
// are about: equal in every snapshot, and on every server.
namespace drover::api {

struct PolicyRef {
  Uuid id;
  const model::Job* job = nullptr;
  const model::TaskGroup* group = nullptr;
  const model::Task* task = nullptr;  // null for a policy of the group's count
  const model::ScalingPolicy* policy = nullptr;

  std::string type() const;  // "horizontal", "vertical_cpu" or "vertical_mem"
};

// The policies of a job that runs.
void for_each_policy(const model::Job& job, const std::function<void(const PolicyRef&)>& visit);

// With the policy itself, or without as in lists.
enum class PolicyDetail : uint8_t { Stub, Full };
void write_policy(std::string& out, const PolicyRef& ref, PolicyDetail detail);

}  // namespace drover::api
