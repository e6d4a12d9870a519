#pragma once

#include <string>
#include <vector>

namespace drover::agent {

// `drover agent …`: runs until SIGINT or SIGTERM. `arguments` are those after "agent". The process's exit code: 0 after
// a signal, 1 if the agent could not start or the arguments are wrong.
//
// REQUIRES that no other thread runs yet: signals are blocked for all that follow.
int run_agent(const std::vector<std::string>& arguments);

}  // namespace drover::agent
