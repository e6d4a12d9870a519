#include "base/random.h"
#include "cli/commands.h"
#include "cli/fetch_text.h"
#include "cli/job_options.h"
#include "cli/job_outcome.h"
#include "cli/job_source.h"
#include "cli/json.h"
#include "cli/market_options.h"
#include "cli/monitor.h"
#include "cli/output_format.h"
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

// A command that is posted twice runs twice.
std::string unused_name() {
  return "run-from-cli-" + SystemRandom().uuid().str().substr(0, 8);
}

void set_name(JobSource& source, const std::string& name) {
  for (const char* key : {"ID", "Name"}) source.parsed.tree.set(key, name);
}

struct Posting {
  JobSource source;
  std::string definition;
};

// Where a definition comes from.
struct Origin {
  std::string file;
  std::string url;
  bool is_command() const { return file.empty() && url.empty(); }
};

Result<Origin> read_origin(const Session& session) {
  Origin out{.file = either(session, "file", "f"), .url = session.args.get("url")};
  const bool command = !session.args.positional().empty();
  if (int{!out.file.empty()} + int{!out.url.empty()} + int{command} == 1) return out;
  return err(ErrorCode::InvalidArgument, "one of -file, -url and a command is needed");
}

Result<std::string> read_definition(const Session& session, const Origin& origin) {
  if (origin.is_command()) return inline_definition(session);
  if (!origin.file.empty()) return read_job_text(session, origin.file);
  return during(fmt::format("fetching \"{}\"", safe_text(origin.url)), fetch_text(origin.url, jobspec::kMaxSource));
}

Result<Posting> read_posting(const Session& session) {
  TRY_LET(const Origin origin, read_origin(session));
  Posting out{.source = {.path = origin.is_command() ? "command line" : origin.file + origin.url}};
  TRY_LET(out.definition, read_definition(session, origin));
  jobspec::ParseOptions options;
  if (!origin.is_command()) {
    const std::string file = origin.url.empty() ? origin.file : file_name_of_url(origin.url);
    TRY_LET(options, job_parse_options(session, file));
  }
  options.nosana_delivered = session.args.on("confidential");
  out.source.parsed = jobspec::parse(out.definition, options);
  if (origin.is_command()) set_name(out.source, unused_name());
  return out;
}

// What everybody may see of a confidential job.
constexpr std::string_view kConfidential = R"({"version": "0.1", "type": "container", "meta": {"trigger": "cli"},
  "logistics": {"send": {"type": "api-listen", "args": {}}, "receive": {"type": "api-listen", "args": {}}}, "ops": []})";

JobSource undelivered(const JobSource& source) {
  JobSource out{.path = source.path, .parsed = jobspec::parse(kConfidential)};
  set_name(out, source.id());
  return out;
}

// Registers the job, as it is or as what awaits its definition. Answers with the last answer.
Result<codec::Value> submit(const Session& session, ApiClient& api, Posting posting, Duration limit) {
  const bool confidential = session.args.on("confidential");
  JobSource source = confidential ? undelivered(posting.source) : std::move(posting.source);
  source.parsed.tree.set("NodePool", either(session, "market", "m"));
  source.parsed.tree.set("Timeout", static_cast<int64_t>(limit.count()));
  auto registered = api.send("PUT", "/v1/jobs", job_request(source, api));
  if (!registered || !confidential) return registered;
  return during("delivering the definition", api.send_text("POST", api_path("/job/", source.id(), "/job-definition"),
                                                           std::move(posting.definition)));
}

void show_urls(const Session& session, ApiClient& api, const std::string& job) {
  const auto endpoints = api.get(api_path("/v1/job/", job, "/endpoints"));
  if (!endpoints) return;
  for (const auto& [id, endpoint] : Json(endpoints->value)["urls"].members()) {
    session.console.line("Service URL: " + endpoint["url"].text());
  }
}

// What there is to see of a posted job. `eval`: "" if it caused none.
Result<int> show_posted(Session& session, ApiClient& api, const std::string& job, const std::string& eval,
                        const std::string& download) {
  TRY_LET(const OutputFormat format, output_format(session));
  const bool text = format == OutputFormat::Text;
  if (text && !waits_for_end(session)) {
    session.console.line("Job: " + safe_text(job));
    show_urls(session, api, job);
    return kSuccess;
  }
  // Says why it waits for a node, if it does.
  if (text && !eval.empty()) TRY(monitor_evaluation(session, api, eval, AfterPlacement::Return));
  return show_outcome(session, api, job, download);
}

Result<int> post(Session& session) {
  TRY(during("posting job", output_format(session)));
  const std::string market = either(session, "market", "m");
  const std::string timeout = either(session, "timeout", "t");
  if (market.empty() || timeout.empty()) {
    return err(ErrorCode::InvalidArgument, "posting job: -market and -timeout are needed");
  }
  TRY_LET(Posting posting, during("posting job", read_posting(session)));
  TRY_LET(const Duration limit, during("reading -timeout", parse_timeout(timeout)));
  TRY(check_job(session, posting.source));
  const std::string id = posting.source.id();
  TRY_LET(const std::string download, download_path(session, id));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const codec::Value answer, during("posting job", submit(session, api, std::move(posting), limit)));
  return show_posted(session, api, id, Json(answer)["EvalID"].raw(), download);
}

Result<int> run(Session& session) {
  return in_format(session, post(session));
}

}  // namespace

Command job_post_command() {
  return {
      .name = "job post",
      .arguments = "[options] [<command>...]",
      .summary = "Post a job to a market, as Nosana's command does",
      .text =
          "Submits a definition from a file or a URL, or a command line to be run in an image, to the queue of a "
          "market. A job is named after its file; a command is a new job each time. Prints the job's id and the "
          "addresses of the ports that it exposes.",
      .options = with_job_options({{"market", "name", "The market, by its slug or address. Needed. Also -m."},
                                   {"timeout", "minutes", "How long the job may run. Needed. Also -t."},
                                   {"file", "path", "The definition. Also -f."},
                                   {"url", "url", "The definition is fetched from there, by http or https."},
                                   {"image", "name", "What a command runs in; \"ubuntu\" by default. Also -i."},
                                   {"gpu", "", "The command needs a GPU."},
                                   {"confidential", "",
                                    "Others see neither the definition nor the result, which is handed out once: "
                                    "get it with \"job get -wait\"."},
                                   {"wait", "", "Follow the output until the job has ended."},
                                   kFormatOption,
                                   kSameAsFormatJsonOption,
                                   kDownloadOption,
                                   {"verbose", "", "Show full ids."},
                                   {"m", "name", ""},
                                   {"t", "minutes", ""},
                                   {"f", "path", ""},
                                   {"i", "name", ""}}),
      .exit_codes = kOutcomeExitCodes,
      .max_arguments = 1000,
      .run = run,
  };
}

}  // namespace drover::cli
