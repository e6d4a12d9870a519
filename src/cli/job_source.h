#pragma once

#include "cli/command.h"
#include "jobspec/parse.h"

#include <string>

namespace drover::cli {

// The job file that a command was given ("-" is standard input), read and parsed; not necessarily without problems.
struct JobSource {
  std::string path;
  jobspec::ParsedJob parsed;

  std::string id() const;
};
Result<JobSource> read_job(const Session& session);

// Whether the file could be parsed. Prints its warnings; problems are one error, each with file, line and column.
Status check_syntax(const Session& session, const JobSource& source);

// Checks all that can be checked without a server, the syntax too, so that problems point into the file; prints the
// warnings. What is correct but cannot be run by this version is an error for Purpose::Run, else a warning.
Status check_job(const Session& session, const JobSource& source, jobspec::Purpose purpose = jobspec::Purpose::Run);

// {"Job": …} for the server, with the namespace and region of the command line where the file has none; the client
// then asks in the job's namespace.
codec::Value job_request(const JobSource& source, ApiClient& api);

// The warnings of a server's answer.
void print_warnings(const Session& session, const std::string& warnings);

}  // namespace drover::cli
