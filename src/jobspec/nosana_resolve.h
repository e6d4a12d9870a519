#pragma once

#include "base/result.h"
#include "jobspec/nosana_literals.h"
#include "model/job.h"

namespace drover::jobspec {

// The task as it is when it starts: what its literals and collection operators stand for is put into its config,
// environment, endpoints and assets. Fails as interpolate() does, and where what comes out is nothing that could be
// exposed or fetched. A task without literals is itself.
Result<model::Task> resolve_nosana_task(const model::Task& task, const LiteralContext& context);

// The names under which the operations of a group are found, "<job>-<index>" as on Nosana's nodes; usable as host names
// whatever the job's id. `index` counts the group's tasks.
std::string nosana_host(const std::string& job, size_t index);

}  // namespace drover::jobspec
