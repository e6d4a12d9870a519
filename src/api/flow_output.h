#pragma once

#include "api/flow.h"

// The output of a job's operations, from the node that has it.
namespace drover::api {

inline constexpr size_t kMaxStreamBytes = size_t{4} << 20;  // of one operation's stdout or stderr: its end
inline constexpr size_t kMaxFlowBytes = size_t{32} << 20;   // of all of them

// Lines of stdout come before those of stderr; there are no times. What cannot be read is said in a line of type
// "nodeerr". REQUIRES a frontend.
net::Task<FlowLogs> read_flow_logs(Context& context, Flow flow);

}  // namespace drover::api
