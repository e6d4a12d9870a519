#pragma once

#include "api/request.h"
#include "state/view.h"

// The object that a path names, from a snapshot. InvalidArgument for what is no full id, NotFound in Nomad's words.
namespace drover::api {

model::JobKey job_key_of(const Request& request);

Result<state::Row<model::Job>> find_job(const Request& request, const state::Snapshot& snapshot);
Result<state::Row<model::Allocation>> find_allocation(const Request& request, const state::Snapshot& snapshot);
Result<state::Row<model::Evaluation>> find_evaluation(const Request& request, const state::Snapshot& snapshot);
Result<state::Row<model::Deployment>> find_deployment(const Request& request, const state::Snapshot& snapshot);
Result<state::Row<model::Node>> find_node(const Request& request, const state::Snapshot& snapshot);

// Fails with InvalidArgument if a body names another job than the path; "" is no name.
Status check_same_job(const Request& request, const std::string& named);

}  // namespace drover::api
