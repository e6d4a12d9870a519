#pragma once

#include "assets/request.h"

#include <cstdint>
#include <string>
#include <string_view>

// A download as task events tell of it.
namespace drover::assets {

// "12.5 MB", "1.2 GB".
std::string size_text(uint64_t bytes);

// "downloading WHAT: 12.5 MB of 1.2 GB (1 %) at 3.0 MB/s".
std::string progress_text(std::string_view what, const Progress& progress);

}  // namespace drover::assets
