#pragma once

#include "cli/command.h"
#include "cli/job_source.h"

#include <vector>

namespace drover::cli {

// -market and -timeout, for commands that submit jobs.
std::vector<OptionSpec> with_market_options(std::vector<OptionSpec> own);

// Minutes, as Nosana counts, or with a unit: "90", "90m", "1h30m". InvalidArgument unless it is more than nothing.
Result<Duration> parse_timeout(std::string_view text);

// Puts what was asked for into the job: its node pool and its timeout.
Status apply_market_options(const Session& session, codec::Value& job);

}  // namespace drover::cli
