#pragma once

#include "assets/request.h"
#include "base/result.h"
#include "sys/directory.h"

#include <optional>
#include <string>

namespace drover::assets {

// Moves what was fetched (kOutputName of `work`, which nobody writes to any more) to `destination` beneath `root`: into
// that directory, or, with Mode::File, to that file. Directories are merged, files and links replaced. A symbolic link
// on the way there is an error: a task may have planted it. `owner`: of all that is moved; the agent's user otherwise.
Status install(const sys::Directory& work, const Fetched& fetched, Mode mode, const sys::Directory& root,
               const std::string& destination, std::optional<sys::Owner> owner);

}  // namespace drover::assets
