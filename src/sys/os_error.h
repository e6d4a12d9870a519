#pragma once

#include "base/result.h"

#include <string>

namespace drover::sys {

// The category that a client can tell apart: ENOENT is NotFound, EACCES is PermissionDenied, ENOSPC is
// ResourceExhausted, …; Internal for the rest.
ErrorCode error_code_of(int error_number);

// "no such file or directory": the C library's text, lower case.
std::string error_text(int error_number);

// An Error "<what>: <text of the errno>".
template <class... Args>
tl::unexpected<Error> os_err(int error_number, fmt::format_string<Args...> format, Args&&... args) {
  return tl::make_unexpected(Error(error_code_of(error_number), fmt::vformat(format, fmt::make_format_args(args...)) +
                                                                    ": " + error_text(error_number)));
}

}  // namespace drover::sys
