#pragma once

#include "cli/command.h"
#include "cli/json.h"

#include <string>
#include <string_view>

namespace drover::cli {

// An id in full from a prefix of it. Fails with NotFound, or with InvalidArgument and the candidates where it is not
// unique.
Result<std::string> find_alloc(ApiClient& api, std::string_view prefix);
Result<std::string> find_node(ApiClient& api, std::string_view prefix);
Result<std::string> find_eval(ApiClient& api, std::string_view prefix);
Result<std::string> find_deployment(ApiClient& api, std::string_view prefix);
Result<std::string> find_scaling_policy(ApiClient& api, std::string_view prefix);
// A job whose whole id is the prefix comes before all others.
Result<std::string> find_job(ApiClient& api, std::string_view prefix);

// What a list of a kind ("/v1/nodes") holds with this prefix of an id.
Result<codec::Value::Array> list_by_prefix(ApiClient& api, const std::string& path, std::string_view prefix);

// An allocation of the job, for `-job`: a running one if there is any, the newest of them.
Result<std::string> alloc_of_job(ApiClient& api, std::string_view job_prefix);

}  // namespace drover::cli
