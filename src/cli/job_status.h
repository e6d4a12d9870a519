#pragma once

#include "cli/command.h"

#include <string>

namespace drover::cli {

// What `drover job status ID` prints; also for `drover status`.
Status show_job(const Session& session, ApiClient& api, const std::string& id);

// All jobs, or the ones of a list.
std::string job_table(const Session& session, const codec::Value& jobs);

}  // namespace drover::cli
