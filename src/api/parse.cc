#include "jobspec/parse.h"

#include "api/handlers.h"
#include "api/stubs.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "model/canonicalize.h"

namespace drover::api {

// Like Nomad's, this reads a job file without judging the job: that is what validate and plan are for.
Result<Answer> parse_job(const Request& request, Context&) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<ParseRequest>(body));
  if (trim(asked.job_hcl).empty()) return err(ErrorCode::InvalidArgument, "Job spec is empty");

  jobspec::ParseOptions options;
  if (!asked.variables.empty()) options.variables.files.push_back({.file = "Variables", .text = asked.variables});
  const jobspec::ParsedJob parsed = jobspec::parse(asked.job_hcl, options);
  if (!parsed.ok()) return err(parsed.diagnostics.to_error());
  model::Job job;
  Diagnostics problems;
  if (!codec::decode_into(parsed.tree, job, problems)) {
    return err(parsed.secrets.hide(parsed.sources.locate(problems)).to_error());
  }
  if (!asked.canonicalize) return Answer{.body = codec::dump(parsed.tree)};
  model::canonicalize(job);
  // Not redacted: this answers with what its caller has just sent.
  return Answer{.body = codec::to_json(job)};
}

}  // namespace drover::api
