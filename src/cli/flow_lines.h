#pragma once

#include "cli/command.h"

#include <cstdint>
#include <string>

namespace drover::cli {

enum class FlowLinesShown : uint8_t { All, None };

// Waits until all of a job's operations have ended. Prints what a job's operations say, as it comes: their output as it
// is, their events as lines of "- <operation>: …".
Status follow_flow_lines(Session& session, const ApiClient& api, const std::string& job, FlowLinesShown shown);

}  // namespace drover::cli
