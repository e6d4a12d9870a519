#pragma once

#include <string_view>

namespace drover::jobspec {

// The job file that `drover job init` writes, with comments that explain it, and the same without them
// (`job init -short`).
std::string_view example_job();
std::string_view short_example_job();

}  // namespace drover::jobspec
