#pragma once

#include "net/task.h"

#include <string>
#include <vector>

namespace drover::api {

// A request to an address that a job names.
struct EndpointCall {
  std::string method = "GET";
  std::string url;                            // http or https
  std::string body;                           // JSON
  std::vector<std::string> allowed_networks;  // "10.0.0.0/8": that may be asked beside public addresses
  size_t max_answer = 0;                      // bytes
};

// The body of a 2xx answer. Redirections are not followed. Errors name the endpoint without its query; PermissionDenied
// for an address that may not be asked.
net::Task<Result<std::string>> call_endpoint(EndpointCall call);

}  // namespace drover::api
