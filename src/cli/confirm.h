#pragma once

#include "cli/command.h"

#include <string>

namespace drover::cli {

// Whoever gave only the beginning of an id is asked whether what it was completed to is what was meant; `question` ends
// with a question mark. True without asking where the id was given in full, or with -yes.
bool confirm_prefix(const Session& session, const std::string& id, const std::string& question);

}  // namespace drover::cli
