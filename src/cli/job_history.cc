#include "base/strings.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/plan_diff.h"
#include "cli/text.h"
#include "codec/json.h"

#include <algorithm>

namespace drover::cli {
namespace {

// A version, and how it differs from the one before; no diff for the oldest that is kept.
struct Version {
  Json job;
  Json diff;
};

std::vector<Version> read_versions(const Json& answer) {
  const std::vector<Json> jobs = answer["Versions"].items();
  const std::vector<Json> diffs = answer["Diffs"].items();
  std::vector<Version> out;
  for (size_t i = 0; i < jobs.size(); ++i) out.push_back({jobs[i], i < diffs.size() ? diffs[i] : Json()});
  return out;
}

void show_version(const Session& session, const Version& version) {
  Facts facts;
  facts.add("Version", version.job["Version"].text());
  facts.add("Stable", version.job["Stable"].truth() ? "true" : "false");
  facts.add("Submit Date", time_stamp(version.job["SubmitTime"].integer()));
  session.console.line(facts.format());
  if (!session.args.on("p") || !version.diff.present()) return;
  session.console.line("Diff        =\n" + format_job_diff(session.console, version.diff, DiffDetail::Changes));
}

Result<int> run(Session& session) {
  const Arguments& args = session.args;
  const bool one = args.has("version");
  TRY_LET(const uint64_t wanted, during("reading -version", args.number("version", 0)));
  if (args.on("full") && !one) return err(ErrorCode::InvalidArgument, "showing history: -full needs -version");
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string id, find_job(api, args.positional()[0]));
  net::StringPairs query;
  if (args.on("p")) query.emplace_back("diffs", "true");
  TRY_LET(const Answer answer,
          during("querying versions", api.get(api_path("/v1/job/", id, "/versions"), std::move(query))));
  std::vector<Version> versions = read_versions(answer.value);
  if (one) {
    std::erase_if(versions,
                  [&](const Version& v) { return static_cast<uint64_t>(v.job["Version"].integer()) != wanted; });
    if (versions.empty()) return err(ErrorCode::NotFound, "showing history: there is no version {}", wanted);
  }
  if (args.on("full") || (one && args.on("json"))) {
    print_json(session.console, versions[0].job.value());
    return kSuccess;
  }
  if (args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  for (size_t i = 0; i < versions.size(); ++i) {
    if (i > 0) session.console.line();
    show_version(session, versions[i]);
  }
  return kSuccess;
}

}  // namespace

Command job_history_command() {
  return {
      .name = "job history",
      .arguments = "[options] <job>",
      .summary = "Show the versions of a job",
      .text =
          "Shows the versions of a job that are kept, the newest first, and with -p how each differs from the one "
          "before.",
      .options = {{"p", "", "Show the differences."},
                  {"version", "version", "Only this version."},
                  {"full", "", "With -version: the whole job, as JSON."},
                  kJsonOption,
                  kTemplateOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
