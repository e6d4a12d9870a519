#pragma once

#include "api/routes.h"

// What people do to single operations and groups of a job while it runs (facts/nosana.md 2.10, 4.1): POST
// /job/:id/group/:group/{stop,restart,move} and …/operation/:op/{stop,restart}. Answers {"message": …}, or 500 with
// {"error": "Failed to …: GROUP_NOT_ACTIVE"}. What is stopped has ended when the answer comes; the next group begins
// when all of one has.
namespace drover::api {

net::Task<Result<Answer>> stop_operation(Request request, Context& context);
net::Task<Result<Answer>> restart_operation(Request request, Context& context);
net::Task<Result<Answer>> stop_operation_group(Request request, Context& context);
net::Task<Result<Answer>> restart_operation_group(Request request, Context& context);
// Ends the group whose turn it is. Of a later group, what lies between is skipped; an earlier one runs again, then what
// has not run yet.
net::Task<Result<Answer>> move_to_operation_group(Request request, Context& context);

}  // namespace drover::api
