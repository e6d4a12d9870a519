#pragma once

#include "cli/command.h"
#include "cli/json.h"

#include <string>

namespace drover::cli {

inline constexpr OptionSpec kDetachOption{"detach", "", "Print the evaluation's id and return at once."};
inline constexpr std::string_view kFollowExitCodes =
    "0 on success, 1 on an error, 2 if the evaluation that follows failed or could not place everything.";

// Ends a command that caused an evaluation: says `done` (unless it is empty) and follows the "EvalID" of the server's
// answer; with -detach only prints it.
Result<int> follow_answer(const Session& session, ApiClient& api, const codec::Value& answer, const std::string& done);

}  // namespace drover::cli
