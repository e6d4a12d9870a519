#pragma once

#include "cli/command.h"
#include "jobspec/parse.h"

#include <vector>

namespace drover::cli {

// The options of every command that reads a job file, followed by the command's own.
std::vector<OptionSpec> with_job_options(std::vector<OptionSpec> own);

// The text of a job file or of a file of variables ("-" is standard input). Errors: it cannot be read.
Result<std::string> read_job_text(const Session& session, const std::string& path);

// How the command line and the environment want the job file at `path` to be read: values of variables (-var,
// -var-file, NOMAD_VAR_name), strictness. Errors: a -var without "=", a file that cannot be read.
Result<jobspec::ParseOptions> job_parse_options(const Session& session, const std::string& path);

}  // namespace drover::cli
