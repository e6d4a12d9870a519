#pragma once

#include "cli/json.h"

#include <string>

// What nodes, tasks and their devices use at the moment, for `-stats`. "" where nothing is known.
namespace drover::cli {

// A line for each device: its summary ("1024 / 15360 MiB").
std::string device_summary(const Json& device_stats);
// Everything that each device tells.
std::string device_details(const Json& device_stats);

// Of a task: `ResourceUsage`.
std::string task_usage_details(const Json& usage);

// Of a node: the answer of /v1/client/stats.
std::string host_usage(const Json& stats);
std::string host_usage_details(const Json& stats);

}  // namespace drover::cli
