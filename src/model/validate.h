#pragma once

#include "base/diagnostics.h"
#include "model/job.h"

namespace drover::model {

// Limits that no job may exceed, whatever the cluster.
inline constexpr int64_t kMaxJobCount = 50'000;  // allocations of all groups together
inline constexpr size_t kMaxNameLength = 128;    // of a job's id, of groups and of tasks
inline constexpr size_t kMaxConstraints = 1000;  // of job, groups and tasks together
inline constexpr size_t kMaxPayload = 16 * 1024;

// Adds everything that is wrong with a specification, each problem with its field path ("TaskGroups[0].Count"), and
// warnings about what works but is probably not meant. REQUIRES a canonicalized job.
void validate(const Job& job, Diagnostics& diagnostics);

// Whether an asset can be fetched; where it goes does not matter.
Status validate_source(Asset asset);

}  // namespace drover::model
