#include "cli/commands.h"
#include "cli/lookup.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "jobspec/to_hcl.h"

namespace drover::cli {
namespace {

// As HCL without defaults. What HCL cannot say is told apart from it.
Result<int> show_hcl(Session& session, const codec::Value& answer) {
  TRY_LET(const model::Job job, during("reading job", codec::from_value<model::Job>(answer)));
  const jobspec::HclText hcl = jobspec::to_hcl(job);
  session.console.raw(hcl.text);
  for (const jobspec::LeftOut& item : hcl.left_out) {
    session.console.warning_line(fmt::format("Left out: {}: {}", safe_text(item.path), safe_text(item.reason)));
  }
  return kSuccess;
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(Answer answer, during("querying job", api.get(api_path("/v1/job/", job))));
  if (session.args.on("hcl")) return show_hcl(session, answer.value);
  codec::Value shown;
  shown.set("Job", std::move(answer.value));
  print_json(session.console, shown);
  return kSuccess;
}

}  // namespace

Command job_inspect_command() {
  return {
      .name = "job inspect",
      .arguments = "[options] <job>",
      .summary = "Show a submitted job",
      .text = "Prints a job as the server has it, with all defaults, as JSON that `drover job run` takes back.",
      .options = {{"hcl", "", "Print the job as HCL, without what has its default."},
                  {"json", "", ""},
                  kTemplateOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
