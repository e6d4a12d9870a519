#include "cli/commands.h"
#include "cli/job_source.h"
#include "jobspec/convert.h"

namespace drover::cli {
namespace {

Result<jobspec::JobLanguage> language_of(const Session& session) {
  const std::string name = session.args.get("to");
  if (const auto language = jobspec::job_language(name)) return *language;
  return err(ErrorCode::InvalidArgument, "-to is nomad-hcl, nomad-json or nosana, not \"{}\"", safe_text(name));
}

std::string list_of(const std::vector<jobspec::LeftOut>& left_out) {
  std::string text;
  for (const jobspec::LeftOut& item : left_out) {
    text += fmt::format("\n  * {}: {}", safe_text(item.path), safe_text(item.reason));
  }
  return text;
}

Result<int> run(Session& session) {
  TRY_LET(const jobspec::JobLanguage language, language_of(session));
  TRY_LET(const JobSource source, read_job(session));
  TRY(check_syntax(session, source));
  TRY_LET(const jobspec::Converted converted, during("converting job", jobspec::convert(source.parsed.tree, language)));
  const std::string missing = list_of(converted.left_out);
  if (!missing.empty() && session.args.on("strict")) {
    return err(ErrorCode::InvalidArgument, "converting job: {} cannot say:{}", session.args.get("to"), missing);
  }
  session.console.raw(converted.text);
  if (missing.empty()) return kSuccess;
  session.console.warning_line("Left out, because " + session.args.get("to") + " cannot say it:" + missing);
  return kIncomplete;
}

}  // namespace

Command job_convert_command() {
  return {
      .name = "job convert",
      .arguments = "-to <format> [options] <file>",
      .summary = "Print a job file in another format",
      .text =
          "Reads a job file in any format (\"-\" is standard input) and prints it in another one: nomad-hcl, "
          "nomad-json "
          "or nosana. What that format cannot say is left out and listed with the reason. Variables and expressions "
          "are gone afterwards: what is printed are their values.",
      .options = {{"to", "format", "nomad-hcl, nomad-json or nosana."},
                  {"strict", "", "Print nothing if something would have to be left out."}},
      .exit_codes = "0 if nothing was left out, 2 if something was, 1 on an error.",
      .min_arguments = 1,
      .max_arguments = 1,
      .needs_server = false,
      .run = run,
  };
}

}  // namespace drover::cli
