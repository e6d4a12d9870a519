#pragma once

#include "cli/api_client.h"
#include "cli/command.h"

#include <string>

namespace drover::cli {

inline constexpr OptionSpec kDownloadOption{"download", "path",
                                            "Wait for the end and write the result, its FlowState as JSON, to a file "
                                            "that is not there yet; in a folder that is "
                                            "there it is <job>.json."};
inline constexpr std::string_view kOutcomeExitCodes =
    "0 on success, 1 on an error, 2 if the job was waited for and stopped or an operation failed, 130 after Ctrl-C.";

// Whether -wait or -download is given.
bool waits_for_end(const Session& session);

// Where -download puts a job's result, "" without it. Errors: there is a file already, or cannot be one.
Result<std::string> download_path(const Session& session, const std::string& job);

// Shows a job as -format says: if it is to be waited for when it has ended, and in text what its operations write
// meanwhile. Writes its result to `download`, unless that is "". Answers with the exit status.
Result<int> show_outcome(Session& session, ApiClient& api, const std::string& job, const std::string& download);

}  // namespace drover::cli
