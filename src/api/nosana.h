#pragma once

#include "api/routes.h"

// What Nosana's tools ask of a node (facts/nosana.md 4.1), about the same jobs.
namespace drover::api {

// GET /job/:id/info: FlowState without logs, as server-sent events: at once, and whenever it has changed.
Result<std::unique_ptr<net::BodyStream>> stream_flow(const Request& request, Context& context);
// GET /job/:id/results: the FlowState, without logs.
Result<Answer> get_flow_state(const Request& request, Context& context);
// GET /job/:id/ops: what each operation is at.
Result<Answer> get_flow_operations(const Request& request, Context& context);

}  // namespace drover::api
