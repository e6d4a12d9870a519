#include "cli/commands.h"
#include "cli/job_options.h"
#include "cli/job_source.h"
#include "cli/json.h"
#include "cli/market_options.h"
#include "cli/monitor.h"
#include "codec/json.h"

namespace drover::cli {
namespace {

std::string either(const Session& session, std::string_view name, std::string_view letter) {
  const std::string value = session.args.get(name);
  return value.empty() ? session.args.get(letter) : value;
}

// What the words of the command line are as a definition.
std::string inline_definition(const Session& session) {
  std::string line;
  for (const std::string& word : session.args.positional()) line += (line.empty() ? "" : " ") + word;
  const std::string image = either(session, "image", "i");
  codec::Value args = codec::Value::Object{{"cmd", line}, {"image", image.empty() ? "ubuntu" : image}};
  if (session.args.on("gpu")) args.set("gpu", true);
  const codec::Value op =
      codec::Value::Object{{"type", "container/run"}, {"id", "run-from-cli"}, {"args", std::move(args)}};
  return codec::dump(codec::Value::Object{{"version", "0.1"},
                                          {"type", "container"},
                                          {"meta", codec::Value::Object{{"trigger", "cli"}}},
                                          {"ops", codec::Value::Array{op}}});
}

Result<JobSource> read_source(const Session& session) {
  const std::string file = either(session, "file", "f");
  JobSource source{.path = file.empty() ? "command line" : file};
  if (file.empty() && session.args.positional().empty()) {
    return err(ErrorCode::InvalidArgument, "posting job: a -file or a command is needed");
  }
  if (file.empty()) {
    source.parsed = jobspec::parse(inline_definition(session));
    return source;
  }
  TRY_LET(const std::string text, read_job_text(session, file));
  TRY_LET(const jobspec::ParseOptions options, job_parse_options(session, file));
  source.parsed = jobspec::parse(text, options);
  return source;
}

void show_urls(const Session& session, ApiClient& api, const std::string& job) {
  const auto endpoints = api.get(api_path("/v1/job/", job, "/endpoints"));
  if (!endpoints) return;
  for (const auto& [id, endpoint] : Json(endpoints->value)["urls"].members()) {
    session.console.line("Service URL: " + endpoint["url"].text());
  }
}

Result<int> run(Session& session) {
  const std::string market = either(session, "market", "m");
  const std::string timeout = either(session, "timeout", "t");
  if (market.empty() || timeout.empty()) {
    return err(ErrorCode::InvalidArgument, "posting job: -market and -timeout are needed");
  }
  TRY_LET(JobSource source, read_source(session));
  TRY_LET(const Duration limit, during("reading -timeout", parse_timeout(timeout)));
  source.parsed.tree.set("NodePool", market);
  source.parsed.tree.set("Timeout", static_cast<int64_t>(limit.count()));
  TRY(check_job(session, source));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const codec::Value answer, during("posting job", api.send("PUT", "/v1/jobs", job_request(source, api))));
  const std::string eval = Json(answer)["EvalID"].raw();
  session.console.line("Job: " + safe_text(source.id()));
  show_urls(session, api, source.id());
  if (session.args.on("wait") && !eval.empty()) {
    return monitor_evaluation(session, api, eval, AfterPlacement::WaitForStart);
  }
  return kSuccess;
}

}  // namespace

Command job_post_command() {
  return {
      .name = "job post",
      .arguments = "[options] [<command>...]",
      .summary = "Post a job to a market, as Nosana's command does",
      .text =
          "Submits a definition from a file, or a command line to be run in an image, to the queue of a market. "
          "Prints the job's id and the addresses of the ports that it exposes.",
      .options = with_job_options({{"market", "name", "The market, by its slug or address. Needed. Also -m."},
                                   {"timeout", "minutes", "How long the job may run. Needed. Also -t."},
                                   {"file", "path", "The definition. Also -f."},
                                   {"image", "name", "What a command runs in; \"ubuntu\" by default. Also -i."},
                                   {"gpu", "", "The command needs a GPU."},
                                   {"wait", "", "Follow the job until it runs."},
                                   {"verbose", "", "Show full ids."},
                                   {"m", "name", ""},
                                   {"t", "minutes", ""},
                                   {"f", "path", ""},
                                   {"i", "name", ""}}),
      .max_arguments = 1000,
      .run = run,
  };
}

}  // namespace drover::cli
