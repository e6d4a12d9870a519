#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace drover::cli {

// Writes a file that is not there yet. Errors begin with the path.
Status write_new_file(const std::string& path, std::string_view text);

// Fails where write_new_file() would, as far as that can be seen before there is something to write.
Status check_new_file(const std::string& path);

}  // namespace drover::cli
