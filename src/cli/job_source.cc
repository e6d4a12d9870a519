#include "cli/job_source.h"

#include "base/random.h"
#include "base/strings.h"
#include "cli/job_options.h"
#include "cli/json.h"
#include "cli/local_files.h"

#include <algorithm>

namespace drover::cli {
namespace {

void print_diagnostics(const Session& session, const std::vector<Diagnostic>& all) {
  for (const Diagnostic& diagnostic : all) {
    if (diagnostic.severity != Diagnostic::Severity::Warning) continue;
    session.console.warning_line("Warning: " + printable_lines(diagnostic.format()));
  }
}

Error as_error(const JobSource& source, const std::vector<std::string>& problems) {
  std::string text = fmt::format("in job file \"{}\": {} problem{}", safe_text(source.path), problems.size(),
                                 problems.size() == 1 ? "" : "s");
  for (const std::string& problem : problems) text += "\n\n" + printable_lines(problem);
  return Error(ErrorCode::InvalidArgument, text);
}

}  // namespace

std::string JobSource::id() const {
  return Json(parsed.tree)["ID"].raw();
}

Result<JobSource> read_job(const Session& session) {
  JobSource source{.path = session.args.positional()[0]};
  TRY_LET(const std::string text, read_job_text(session, source.path));
  TRY_LET(jobspec::ParseOptions options, job_parse_options(session, source.path));
  const LocalFiles files(source.path, session.env.variable("HOME").value_or(""));
  SystemRandom random;
  options.functions = {.files = &files, .random = &random};
  source.parsed = jobspec::parse(text, options);
  return source;
}

Status check_syntax(const Session& session, const JobSource& source) {
  print_diagnostics(session, source.parsed.diagnostics.all());
  if (!source.parsed.ok()) return err(as_error(source, source.parsed.diagnostics.errors()));
  return Ok{};
}

Status check_job(const Session& session, const JobSource& source, jobspec::Purpose purpose) {
  Diagnostics diagnostics;
  const auto job = jobspec::to_job(source.parsed, diagnostics, purpose);
  print_diagnostics(session, diagnostics.all());
  if (job) return Ok{};
  if (!diagnostics.has_errors()) return err(job.error().context("in the job file"));
  return err(as_error(source, diagnostics.errors()));
}

codec::Value job_request(const JobSource& source, ApiClient& api) {
  codec::Value job = source.parsed.tree;
  if (const std::string own = Json(job)["Namespace"].raw(); !own.empty()) {
    api.use_namespace(own);
  } else if (!api.options().name_space.empty()) {
    job.set("Namespace", api.options().name_space);
  }
  if (!api.options().region.empty() && Json(job)["Region"].raw().empty()) job.set("Region", api.options().region);
  codec::Value request;
  request.set("Job", std::move(job));
  return request;
}

void print_warnings(const Session& session, const std::string& warnings) {
  if (!warnings.empty()) session.console.warning_line("Job Warnings:\n" + printable_lines(warnings) + "\n");
}

}  // namespace drover::cli
