#pragma once

#include "api/request.h"
#include "api/stubs.h"
#include "base/diagnostics.h"
#include "jobspec/parse.h"
#include "model/job.h"
#include "state/view.h"

#include <string>
#include <string_view>
#include <vector>

// Jobs as they come in: register, plan and validate read them alike.
namespace drover::api {

// The body's JobRequest with a job of this region. Errors: InvalidArgument (not readable), Internal (another region).
Result<JobRequest> read_job_request(const Request& request, std::string_view region);

// Fails with InvalidArgument if the job has no id, or the path names another one.
Status check_job_id(const Request& request, const codec::Value& job);

// The job of a request: decoded, canonical and valid, with its drivers' configs checked; runnable too for Purpose::Run.
// Adds everything that is wrong to `problems` and fails then; InvalidArgument if it cannot be decoded, Internal if it
// is not valid.
Result<model::Job> check_job(const codec::Value& tree, Diagnostics& problems,
                             jobspec::Purpose purpose = jobspec::Purpose::Run);

// PermissionDenied while the scheduler's configuration refuses new jobs, launches and counts.
Status check_registration_allowed(const state::Snapshot& snapshot);

// As Nomad words it: "2 warning(s):\n\n* …\n* …", "" if there are none.
std::string warnings_text(const std::vector<std::string>& warnings);

}  // namespace drover::api
