#pragma once

#include "base/random.h"
#include "cli/api_client.h"
#include "net/task.h"

#include <functional>
#include <string>

// WebSockets of an agent, for commands that otherwise wait for one answer after the other.
namespace drover::cli {

// The connection, once the agent has agreed; its text where it has not.
net::Task<Result<net::DuplexStream>> open_socket(const ApiClient& api, std::string path, net::StringPairs query,
                                                 Random& random);

// Runs a task on a loop of its own until it has ended.
void run_to_end(const char* name, std::function<net::Task<void>()> work);

}  // namespace drover::cli
