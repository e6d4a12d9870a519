#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace drover::cli {

// What is at an http or https URL. Up to 5 redirections are followed, but none from https to http. Errors: it is longer
// than `limit` bytes, has not come in half a minute, or the server answers anything but 200.
Result<std::string> fetch_text(const std::string& url, size_t limit);

// The last part of a URL's path; "" if it has none.
std::string file_name_of_url(std::string_view url);

}  // namespace drover::cli
