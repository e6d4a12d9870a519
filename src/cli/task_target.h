#pragma once

#include "cli/command.h"

#include <string>

namespace drover::cli {

// A task of an allocation.
struct TaskTarget {
  std::string alloc_id;
  std::string task;
};

// The one that is meant by the beginning of an allocation's id (or, with -job, of a job's) and by `task`, which may be
// "" where there is but one.
Result<TaskTarget> find_task(const Session& session, ApiClient& api, const std::string& argument,
                             const std::string& task);

}  // namespace drover::cli
