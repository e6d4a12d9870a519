#pragma once

#include "net/task.h"

#include <string>
#include <vector>

namespace drover::net {

// The addresses of a host: "10.0.0.1", "fe80::1". Of an address: itself. Unavailable: "resolve x.example: host not
// found".
Task<Result<std::vector<std::string>>> resolve(std::string host);

}  // namespace drover::net
