// What nodes keep ready for tasks: models and data sets.

#include "cli/commands.h"
#include "cli/lookup.h"
#include "cli/text.h"

#include <optional>

namespace drover::cli {
namespace {

constexpr const char* kPath = "/v1/client/assets";
constexpr OptionSpec kNodeOption{"node", "id", "A node; may be given more than once. All ready nodes otherwise."};

struct Target {
  std::string id;
  std::string name;
};

Result<std::vector<Target>> targets_of(Session& session, ApiClient& api) {
  std::vector<Target> out;
  for (const std::string& prefix : session.args.all("node")) {
    TRY_LET(std::string id, find_node(api, prefix));
    out.push_back({.id = std::move(id), .name = prefix});
  }
  if (!out.empty()) return out;
  TRY_LET(const Answer nodes, during("querying nodes", api.get("/v1/nodes")));
  for (const Json& node : Json(nodes.value).items()) {
    if (node["Status"].raw() == "ready") out.push_back({.id = node["ID"].raw(), .name = node["Name"].text()});
  }
  if (out.empty()) return err(ErrorCode::NotFound, "no node is ready");
  return out;
}

std::string state_of(const Json& asset, WallTime now) {
  if (asset["Downloading"].truth()) {
    const int64_t total = asset["BytesTotal"].integer();
    const int64_t rate = asset["BytesPerSecond"].integer();
    const int64_t left = total - asset["Bytes"].integer();
    std::string text = "downloading";
    if (total > 0) text += fmt::format(" {} %", asset["Bytes"].integer() * 100 / total);
    if (rate > 0) text += fmt::format(", {}/s", byte_size(rate));
    if (rate > 0 && left > 0) text += fmt::format(", {} s left", left / rate + 1);
    return text;
  }
  if (asset["Pinned"].truth()) return "required";
  if (const size_t users = asset["Users"].size(); users > 0) return fmt::format("in use by {}", users);
  const int64_t expires = asset["ExpiresAt"].integer();
  if (expires == 0) return "kept";
  const Duration left = WallTime{expires} - now;
  if (left <= Duration(0)) return "expired";
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(left).count();
  return minutes > 120 ? fmt::format("expires in {}h", minutes / 60) : fmt::format("expires in {}m", minutes);
}

Result<int> run_list(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const auto targets, targets_of(session, api));
  codec::Value::Array all;
  Table table({"Node", "Key", "Asset", "Size", "Files", "Downloaded", "State"});
  for (const Target& target : targets) {
    TRY_LET(Answer answer, during("querying assets", api.get(kPath, {{"node_id", target.id}})));
    const Json view(answer.value);
    for (const Json& asset : view["Assets"].items()) {
      const bool coming = asset["Downloading"].truth();
      const int64_t bytes = coming ? asset["BytesTotal"].integer() : asset["Bytes"].integer();
      table.add({view["NodeName"].text(), asset["Key"].text(), asset["Title"].text(), byte_size(bytes),
                 coming ? "" : asset["Files"].text(),
                 coming ? "" : time_ago(session.now(), asset["DownloadedAt"].integer()),
                 state_of(asset, session.now())});
    }
    all.push_back(std::move(answer.value));
  }
  if (session.args.on("json")) {
    print_json(session.console, codec::Value(std::move(all)));
    return kSuccess;
  }
  session.console.line(table.empty() ? "No assets" : table.format());
  return kSuccess;
}

Result<codec::Value> asset_of(Session& session) {
  const auto& words = session.args.positional();
  const std::string& type = words[0];
  codec::Value asset;
  if (type == "hf") {
    asset.set("Type", "HF");
    asset.set("Repo", words[1]);
  } else if (type == "s3") {
    asset.set("Type", "S3");
    asset.set("URL", words[1]);
  } else if (type == "ollama") {
    asset.set("Type", "Ollama");
    asset.set("Model", words[1]);
  } else {
    return err(ErrorCode::InvalidArgument, "\"{}\" is no kind of asset: it must be hf, s3 or ollama", type);
  }
  for (const auto& [option, member] :
       {std::pair("revision", "Revision"), std::pair("token", "AccessToken"), std::pair("bucket", "Bucket"),
        std::pair("region", "Region"), std::pair("access-key-id", "AccessKeyID"),
        std::pair("secret-access-key", "SecretAccessKey")}) {
    if (session.args.has(option)) asset.set(member, session.args.get(option));
  }
  codec::Value::Array files;
  for (const std::string& file : session.args.all("file")) files.emplace_back(file);
  if (!files.empty()) asset.set("Files", std::move(files));
  return asset;
}

// Asks again until it is there: each request waits for some seconds.
Status await_prefetch(Session& session, ApiClient& api, const Target& target, const codec::Value& asset) {
  int64_t shown = -1;
  for (;;) {
    TRY_LET(const codec::Value answer,
            during("prefetching on node " + target.name,
                   api.send("PUT", std::string(kPath) + "/prefetch", asset, {{"node_id", target.id}})));
    const Json progress(answer);
    if (progress["Done"].truth()) break;
    if (session.args.on("detach")) {
      session.console.line(fmt::format("Node {} downloads it", target.name));
      return Ok{};
    }
    const int64_t total = progress["BytesTotal"].integer();
    const int64_t percent = total > 0 ? progress["Bytes"].integer() * 100 / total : 0;
    if (percent == shown) continue;
    shown = percent;
    session.console.line(fmt::format("Node {}: {} of {} ({} %) at {}/s", target.name,
                                     byte_size(progress["Bytes"].integer()), byte_size(total), percent,
                                     byte_size(progress["BytesPerSecond"].integer())));
  }
  session.console.line(fmt::format("Node {} has it", target.name));
  return Ok{};
}

Result<int> run_prefetch(Session& session) {
  TRY_LET(const codec::Value asset, asset_of(session));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const auto targets, targets_of(session, api));
  for (const Target& target : targets) TRY(await_prefetch(session, api, target, asset));
  return kSuccess;
}

Result<int> run_evict(Session& session) {
  const bool all = session.args.on("all");
  const auto& words = session.args.positional();
  if (all == !words.empty()) return err(ErrorCode::InvalidArgument, "evicting: either a key or -all is needed");
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const auto targets, targets_of(session, api));
  bool any = all;
  std::optional<Error> missing;
  for (const Target& target : targets) {
    net::StringPairs query = {{"node_id", target.id}};
    all ? query.emplace_back("all", "true") : query.emplace_back("key", words[0]);
    const auto answer = api.send("PUT", std::string(kPath) + "/evict", codec::Value(codec::Value::Object{}), query);
    if (!answer && answer.error().code() != ErrorCode::NotFound) return err(answer.error().context("evicting"));
    if (!answer) {
      missing = answer.error();
      continue;
    }
    any = true;
    session.console.line(
        fmt::format("Node {}: {} freed", target.name, byte_size(Json(*answer)["BytesFreed"].integer())));
  }
  if (!any && missing) return err(missing->context("evicting"));
  return kSuccess;
}

}  // namespace

Command asset_list_command() {
  return {
      .name = "asset list",
      .arguments = "[options]",
      .summary = "List the models and data sets that nodes keep",
      .text =
          "Lists what nodes have fetched for tasks with assets, and what they fetch at the moment: size, age, who "
          "uses it and when it expires.",
      .options = {kNodeOption, kJsonOption, kTemplateOption},
      .run = run_list,
  };
}

Command asset_prefetch_command() {
  return {
      .name = "asset prefetch",
      .arguments = "[options] hf|s3|ollama <name>",
      .summary = "Fetch a model or data set before a job needs it",
      .text =
          "Brings a Hugging Face repository (org/model), an S3 prefix (a URL) or an Ollama model (llama3:8b) to "
          "nodes. Jobs with the same asset and credentials start there without a download.",
      .options = {kNodeOption,
                  {"revision", "name", "Branch, tag or commit of a repository."},
                  {"file", "path", "Only this file, folder or pattern; may be given more than once."},
                  {"token", "token", "Access token of a repository."},
                  {"bucket", "name", "Bucket, where the URL is the server's."},
                  {"region", "name", "Region of a bucket."},
                  {"access-key-id", "id", "Credentials of a bucket."},
                  {"secret-access-key", "key", "Credentials of a bucket."},
                  {"detach", "", "Do not wait for the download."}},
      .min_arguments = 2,
      .max_arguments = 2,
      .run = run_prefetch,
  };
}

Command asset_evict_command() {
  return {
      .name = "asset evict",
      .arguments = "[options] [<key>]",
      .summary = "Remove a model or data set from nodes",
      .text = "Removes the asset whose key (of asset list) starts so. What a task uses, or a market requires, stays.",
      .options = {kNodeOption, {"all", "", "Everything that is not in use."}},
      .max_arguments = 1,
      .run = run_evict,
  };
}

}  // namespace drover::cli
