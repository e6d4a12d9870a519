#pragma once

#include <cstdint>
#include <vector>

#include "model/job.h"

// Which tasks of a group may start, by their stages and dependencies (design.md D6).
namespace drover::jobspec {

enum class TaskProgress : uint8_t {
  Waiting,
  Running,
  Healthy,    // running, and its checks pass; without checks, running is enough
  Succeeded,  // ended with exit code 0
  Failed,     // ended otherwise, or could not start
};

struct StartDecision {
  std::vector<size_t> start;  // tasks that wait and may start now
  std::vector<size_t> never;  // tasks that wait and cannot start any more
};

// REQUIRES one progress for each task of a group that validates. A stage has its turn when all tasks of the stages that
// appear before it have ended or can never start. What waits for the health of a task that has ended can never start.
StartDecision decide_starts(const model::TaskGroup& group, const std::vector<TaskProgress>& progress);

}  // namespace drover::jobspec
