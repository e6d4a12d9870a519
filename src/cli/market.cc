#include "base/strings.h"
#include "cli/commands.h"
#include "cli/job_options.h"
#include "cli/json.h"
#include "cli/output_format.h"
#include "cli/text.h"
#include "codec/json.h"

// market create, delete, get, list, queue.
namespace drover::cli {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view part : split(text, ',')) {
    if (const auto word = trim(part); !word.empty()) out.emplace_back(word);
  }
  return out;
}

Status set_number(const Session& session, std::string_view option, std::string_view key, codec::Value& market) {
  if (!session.args.has(option)) return Ok{};
  TRY_LET(const uint64_t number, session.args.number(option, 0));
  market.set(key, static_cast<int64_t>(number));
  return Ok{};
}

void set_list(const Session& session, std::string_view option, std::string_view key, codec::Value& market) {
  if (!session.args.has(option)) return;
  codec::Value::Array list;
  for (std::string& word : words(session.args.get(option))) list.emplace_back(std::move(word));
  market.set(key, std::move(list));
}

// The file's market, or an existing one's, changed by the options.
Result<codec::Value> market_to_write(const Session& session, ApiClient& api, const std::string& slug) {
  codec::Value market = codec::Value::Object{};
  if (const std::string file = session.args.get("file"); !file.empty()) {
    TRY_LET(const std::string text, read_job_text(session, file));
    TRY_LET(market, codec::parse_json(text));
  } else if (const auto stored = api.get(api_path("/v1/market/", slug))) {
    market = stored->value;
  }
  market.set("slug", slug);
  for (const std::string_view key : {"name", "type"}) {
    if (session.args.has(key)) market.set(key, session.args.get(key));
  }
  // -address is where the agent is.
  if (session.args.has("alias")) market.set("address", session.args.get("alias"));
  set_list(session, "gpu-types", "gpu_types", market);
  set_list(session, "required-images", "required_images", market);
  TRY(set_number(session, "lowest-vram", "lowest_vram", market));
  TRY(set_number(session, "timeout", "default_timeout", market));
  TRY(set_number(session, "max-timeout", "max_timeout", market));
  return market;
}

Result<int> run_create(Session& session) {
  const std::string slug = session.args.positional()[0];
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const codec::Value market, during("reading market", market_to_write(session, api, slug)));
  TRY(during("writing market", api.send("PUT", api_path("/v1/market/", slug), market)));
  session.console.line(fmt::format("Market \"{}\" written. Its nodes are those with node_pool = \"{}\".",
                                   safe_text(slug), safe_text(slug)));
  return kSuccess;
}

Result<int> run_delete(Session& session) {
  const std::string name = session.args.positional()[0];
  TRY_LET(ApiClient api, session.connect());
  TRY(during("deleting market", api.send("DELETE", api_path("/v1/market/", name), {})));
  session.console.line(fmt::format("Market \"{}\" deleted", safe_text(name)));
  return kSuccess;
}

Result<int> list(Session& session) {
  TRY_LET(const OutputFormat format, during("listing markets", output_format(session)));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying markets", api.get("/v1/markets")));
  if (format == OutputFormat::Json) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  Table table({"Name", "Slug", "Address", "Type", "GPU Types"});
  for (const Json& market : Json(answer.value).items()) {
    table.add({or_none(market["name"].text()), market["slug"].text(), or_none(market["address"].text()),
               market["type"].text(), or_none(comma_list(market["gpu_types"]))});
  }
  session.console.line(table.empty() ? "No markets" : table.format());
  return kSuccess;
}

Result<int> run_list(Session& session) {
  return in_format(session, list(session));
}

std::string minutes(const Json& value) {
  return value.integer() > 0 ? value.text() + " minutes" : "none";
}

void show_resources(const Session& session, const Json& market) {
  Table table({"Type", "Name"});
  for (const Json& image : market["required_images"].items()) table.add({"image", image.text()});
  for (const Json& resource : market["required_remote_resources"].items()) {
    std::string name = resource["url"].text() + resource["repo"].text() + resource["model"].text();
    for (const Json& bucket : resource["buckets"].items()) name += (name.empty() ? "" : ", ") + bucket["url"].text();
    table.add({resource["type"].text(), name});
  }
  if (table.empty()) return;
  session.console.line("\n" + session.console.paint(Colour::Bold, "Required Resources") + "\n" + table.format());
}

Result<int> get(Session& session) {
  TRY_LET(const OutputFormat format, during("getting market", output_format(session)));
  const std::string name = session.args.positional()[0];
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying market", api.get(api_path("/v1/market/", name))));
  if (format == OutputFormat::Json) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  TRY_LET(const Answer queue, during("querying queue", api.get(api_path("/v1/market/", name, "/queue"))));
  const Json market(answer.value);
  Facts facts;
  facts.add("Name", or_none(market["name"].text()));
  facts.add("Slug", market["slug"].text());
  facts.add("Address", or_none(market["address"].text()));
  facts.add("Type", market["type"].text());
  facts.add("Job Price", market["nos_job_price_per_second"].text() + " NOS/s");
  facts.add("Job Timeout", minutes(market["default_timeout"]));
  facts.add("Longest Timeout", minutes(market["max_timeout"]));
  facts.add("GPU Types", or_none(comma_list(market["gpu_types"])));
  facts.add("Lowest VRAM", market["lowest_vram"].text() + " GB");
  facts.add("Jobs in Queue", std::to_string(Json(queue.value).size()));
  session.console.line(facts.format());
  show_resources(session, market);
  return kSuccess;
}

Result<int> run_get(Session& session) {
  return in_format(session, get(session));
}

Result<int> run_queue(Session& session) {
  const std::string name = session.args.positional()[0];
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying queue", api.get(api_path("/v1/market/", name, "/queue"))));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  Table table({"Position", "Job ID", "Submit Date", "Reason"});
  for (const Json& job : Json(answer.value).items()) {
    table.add({job["Position"].text(), job["JobID"].text(), time_stamp(job["SubmitTime"]), job["Reason"].text()});
  }
  session.console.line(table.empty() ? "No jobs wait" : table.format());
  return kSuccess;
}

}  // namespace

Command market_create_command() {
  return {
      .name = "market create",
      .arguments = "[options] <slug>",
      .summary = "Create a market, or change one",
      .text =
          "A market is a node pool with a queue: its nodes are those of the pool of its name, its jobs run in the "
          "order in which they were submitted. What is not given stays as it is. Nodes take no work before they "
          "have the images and resources that the market requires.",
      .options = {{"file", "path", "A market as JSON, as `market get -json` shows it."},
                  {"name", "text", "For people."},
                  {"alias", "text", "Its address: another name for it in requests."},
                  {"type", "type", "PREMIUM, COMMUNITY or OTHER."},
                  {"gpu-types", "list", "Names of GPUs, separated by commas."},
                  {"lowest-vram", "GB", "What every node has at least."},
                  {"timeout", "minutes", "For jobs that name none."},
                  {"max-timeout", "minutes", "The longest that a job may ask for."},
                  {"required-images", "list", "Images that nodes fetch before they take work, separated by commas."}},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run_create,
  };
}

Command market_delete_command() {
  return {
      .name = "market delete",
      .arguments = "<market>",
      .summary = "Forget a market",
      .text = "Its nodes and jobs stay what they are; jobs are placed in no order any more.",
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run_delete,
  };
}

Command market_get_command() {
  return {
      .name = "market get",
      .arguments = "[options] <market>",
      .summary = "Show a market",
      .text = "Shows a market, named by its slug or address, and what its nodes have to hold.",
      .options = {kFormatOption, kSameAsFormatJsonOption, kTemplateOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run_get,
  };
}

Command market_list_command() {
  return {
      .name = "market list",
      .arguments = "[options]",
      .summary = "List markets",
      .text = "Lists all markets.",
      .options = {kFormatOption, kSameAsFormatJsonOption, kTemplateOption},
      .run = run_list,
  };
}

Command market_queue_command() {
  return {
      .name = "market queue",
      .arguments = "[options] <market>",
      .summary = "Show which jobs wait in a market, and why",
      .text =
          "Lists the jobs that wait for a node, in the order in which they will get one. A job that no node can "
          "run keeps its place and holds nobody up.",
      .options = {kJsonOption, kTemplateOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run_queue,
  };
}

}  // namespace drover::cli
