#pragma once

#include "sys/fd.h"

#include <string>

namespace drover::sys {

// Connects to the stream socket `name` in a directory, without waiting and without following a link; the length of the
// directory's path does not matter. Unavailable if nobody listens.
Result<Fd> connect_unix(const Fd& directory, const std::string& name);

}  // namespace drover::sys
