#pragma once

#include "api/flow.h"

// The output of a job's operations, from the node that has it.
namespace drover::api {

inline constexpr size_t kMaxStreamBytes = size_t{4} << 20;  // of one operation's stdout or stderr: its end
inline constexpr size_t kMaxFlowBytes = size_t{32} << 20;   // of all of them

// Of each task in the order of time, where the driver noted that of all lines (docker does); else the lines of stdout
// before those of stderr. What cannot be read is said in a line of type "nodeerr". REQUIRES a frontend.
net::Task<FlowLogs> read_flow_logs(Context& context, Flow flow);

}  // namespace drover::api
