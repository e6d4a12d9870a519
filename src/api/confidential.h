#pragma once

#include "api/flow.h"
#include "api/routes.h"
#include "base/diagnostics.h"

#include <string>
#include <string_view>
#include <vector>

// Confidential jobs (model/logistics.h): their definition is taken in once, their result handed out once.
namespace drover::api {

// The command by which a definition, in JSON or YAML, takes the place of a job that awaits one. What it says of its own
// logistics does not count. Errors: InvalidArgument (the job awaits none; all that is wrong with the definition).
Result<state::RegisterJob> take_definition(Context& context, const model::Job& job, std::string_view definition,
                                           Diagnostics& problems);

// POST /job/:id/job-definition
Result<Write> deliver_definition(const Request& request, Context& context, const state::Snapshot& snapshot);

// The whole FlowState, as nobody but the owner is to see it.
net::Task<std::string> read_result(Context& context, Flow flow);

// GET /job/:id/results: of a confidential job once, while it waits for that (else 400); of another as get_flow_state().
net::Task<Result<Answer>> get_job_results(Request request, Context& context);

}  // namespace drover::api
