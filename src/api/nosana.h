#pragma once

#include "api/routes.h"

// What Nosana's tools ask of a node (facts/nosana.md 4.1), about the same jobs.
namespace drover::api {

// GET /job/:id/info: FlowState without logs, as server-sent events: at once, and whenever it has changed.
Result<std::unique_ptr<net::BodyStream>> stream_flow(const Request& request, Context& context);

// GET /v1/job/:id/flow: the FlowState, with the operations' output unless `logs=false`.
net::Task<Result<Answer>> get_flow_state(Request request, Context& context);

// GET /job/:id/ops, /ops/:op, /group/:group: what operations are at. The group "current" is the one whose turn it is.
Result<Answer> get_flow_operations(const Request& request, Context& context);
Result<Answer> get_flow_operation(const Request& request, Context& context);
Result<Answer> get_flow_group(const Request& request, Context& context);

// GET /job/:id/job-definition: what was submitted, made from the job again; secrets are "<redacted>". What was
// delivered to a confidential job is not shown.
Result<Answer> get_job_definition(const Request& request, Context& context);

}  // namespace drover::api
