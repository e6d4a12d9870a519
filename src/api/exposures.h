#pragma once

#include "api/context.h"
#include "jobspec/nosana_flow.h"

#include <vector>

namespace drover::api {

// Every address of a job's exposed ports: those known before it runs, and what its nodes have registered for private
// ones and for literals. A port without a check is online, as far as anybody can tell, when its task runs.
std::vector<jobspec::FlowEndpoint> exposures_of(const Context& context, const state::Snapshot& snapshot,
                                                const model::Job& job);

}  // namespace drover::api
