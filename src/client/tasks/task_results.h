#pragma once

#include "model/job.h"

#include <map>
#include <string>

namespace drover::client {

// What the task's `results` find in its output as it lies in the folder `logs`: in stdout, line by line, then in
// stderr; at most the last 24,999 lines and 16 MiB of each. Name → JSON: the details of the event
// jobspec::kResultsEvent. A value of more than 64 KiB is an error in its place. Blocks.
std::map<std::string, std::string> results_of(const std::string& logs, const model::Task& task);

}  // namespace drover::client
