#include "agent/config_read.h"

#include <algorithm>
#include <filesystem>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "hcl/eval.h"
#include "hcl/json.h"
#include "hcl/parser.h"
#include "net/address.h"
#include "sys/files.h"

namespace drover::agent {
namespace {

constexpr int64_t kMaxDispatchPayload = 1 << 20;  // it travels in one message
constexpr size_t kMaxFileBytes = 1 << 20;
constexpr uint32_t kMaxParallelDestroys = 64;

codec::Value body_to_tree(const hcl::Body& body, hcl::Evaluator& evaluator, Diagnostics& diagnostics);

void add_block(codec::Value& tree, const hcl::Block& block, hcl::Evaluator& evaluator, Diagnostics& diagnostics) {
  codec::Value content = body_to_tree(block.body, evaluator, diagnostics);
  for (auto label = block.labels.rbegin(); label != block.labels.rend(); ++label) {
    codec::Value outer;
    outer.set(label->text, std::move(content));
    content = std::move(outer);
  }
  codec::Value addition;
  addition.set(block.type, std::move(content));
  merge_config(tree, addition);
}

codec::Value body_to_tree(const hcl::Body& body, hcl::Evaluator& evaluator, Diagnostics& diagnostics) {
  codec::Value tree{codec::Value::Object{}};
  const hcl::Scope scope;
  for (const hcl::Attribute& attribute : body.attributes) {
    const auto value = evaluator.evaluate(*attribute.expr, scope);
    if (!value) continue;
    if (auto json = codec::parse_json(hcl::to_json(*value))) tree.set(attribute.name, std::move(*json));
  }
  for (const hcl::Block& block : body.blocks) add_block(tree, block, evaluator, diagnostics);
  return tree;
}

// A path's files in the order in which they are read.
std::vector<std::string> files_of(const std::string& path, Diagnostics& diagnostics) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const std::string extension = entry.path().extension();
    if (extension == ".hcl" || extension == ".json") files.push_back(entry.path());
  }
  if (error) diagnostics.error(path, error.message());
  std::sort(files.begin(), files.end());
  return files;
}

void require_absolute(const std::string& path, const char* key, Diagnostics& diagnostics) {
  if (!path.empty() && path.front() != '/') {
    diagnostics.error(key, fmt::format("\"{}\" has to be an absolute path", printable(path)));
  }
}

void validate_gc(const ClientConfig& client, Diagnostics& diagnostics) {
  for (const auto& [key, percent] : {std::pair("client.gc_disk_usage_threshold", client.gc_disk_usage_threshold),
                                     std::pair("client.gc_inode_usage_threshold", client.gc_inode_usage_threshold)}) {
    if (percent < 0 || percent > 100)
      diagnostics.error(key, fmt::format("{} is not from 0 to 100 (per cent)", percent));
  }
  if (client.gc_parallel_destroys < 1 || client.gc_parallel_destroys > kMaxParallelDestroys) {
    diagnostics.error("client.gc_parallel_destroys", fmt::format("has to be from 1 to {}", kMaxParallelDestroys));
  }
  if (client.gc_interval < std::chrono::seconds(1)) diagnostics.error("client.gc_interval", "has to be at least 1s");
}

void validate_drain_on_shutdown(const Config& config, Diagnostics& diagnostics) {
  if (!config.client.drain_on_shutdown) return;
  if (config.client.drain_on_shutdown->deadline < Duration(0)) {
    diagnostics.error("client.drain_on_shutdown.deadline", "has to be 0 (none) or more; force = true stops at once");
  }
}

}  // namespace

codec::Value parse_config(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  if (trim(text).starts_with("{")) {
    auto tree = codec::parse_json(text);
    if (tree) return std::move(*tree);
    diagnostics.error(file, tree.error().message());
    return codec::Value(codec::Value::Object{});
  }
  const hcl::ParseResult parsed = hcl::parse(text, file);
  diagnostics.append(parsed.diagnostics);
  if (!parsed.ok()) return codec::Value(codec::Value::Object{});
  hcl::Evaluator evaluator({}, diagnostics);
  return body_to_tree(parsed.body, evaluator, diagnostics);
}

void merge_config(codec::Value& base, const codec::Value& over) {
  const auto* additions = over.as_object();
  if (!additions || !base.as_object()) {
    base = over;
    return;
  }
  for (const auto& [key, value] : *additions) {
    codec::Value* existing = base.find(key);
    if (existing && existing->as_object() && value.as_object()) {
      merge_config(*existing, value);
    } else {
      base.set(key, value);
    }
  }
}

Config read_config(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  codec::Value merged{codec::Value::Object{}};
  for (const std::string& path : paths) {
    for (const std::string& file : files_of(path, diagnostics)) {
      const auto text = sys::read_file(file, kMaxFileBytes);
      if (!text) {
        diagnostics.error(file, text.error().message());
        continue;
      }
      merge_config(merged, parse_config(*text, file, diagnostics));
    }
  }
  Config config;
  codec::decode(merged, codec::type_of<Config>(), &config, diagnostics, "",
                {.unknown_keys = codec::DecodeOptions::UnknownKeys::Refuse});
  return config;
}

void validate_config(const Config& config, Diagnostics& diagnostics) {
  if (!config.server.enabled && !config.client.enabled) {
    diagnostics.error("", "neither server.enabled nor client.enabled is set: this agent would do nothing");
  }
  if (config.data_dir.empty()) diagnostics.error("data_dir", "is needed: an absolute path to keep state in");
  require_absolute(config.data_dir, "data_dir", diagnostics);
  require_absolute(config.client.alloc_dir, "client.alloc_dir", diagnostics);
  for (const auto& [name, volume] : config.client.host_volume) {
    const std::string key = fmt::format("client.host_volume[\"{}\"].path", printable(name, 60));
    require_absolute(volume.path, key.c_str(), diagnostics);
    if (volume.path.empty()) diagnostics.error(key, "is needed: the directory that this volume is");
  }
  if (config.server.enabled && config.server.bootstrap_expect != 1) {
    diagnostics.error(
        "server.bootstrap_expect",
        fmt::format("is {}: this version of drover runs one server; several, on etcd, are not supported yet",
                    config.server.bootstrap_expect));
  }
  validate_gc(config.client, diagnostics);
  validate_drain_on_shutdown(config, diagnostics);
  if (config.server.job_gc_interval < std::chrono::seconds(1)) {
    diagnostics.error("server.job_gc_interval", "has to be at least 1s");
  }
  if (config.server.max_dispatch_payload < 0 || config.server.max_dispatch_payload > kMaxDispatchPayload) {
    diagnostics.error("server.max_dispatch_payload", fmt::format("has to be from 0 to {}", kMaxDispatchPayload));
  }
  for (const std::string& network : config.server.logistics_allow) {
    if (net::is_network(network)) continue;
    diagnostics.error("server.logistics_allow", fmt::format("\"{}\" is no network", printable(network, 80)));
  }
  if (config.server.num_schedulers.value_or(1) < 1) diagnostics.error("server.num_schedulers", "has to be at least 1");
  if (config.server.max_heartbeats_per_second <= 0) {
    diagnostics.error("server.max_heartbeats_per_second", "has to be above 0");
  }
  for (const auto& [key, port] :
       {std::pair("ports.http", config.ports.http), std::pair("ports.rpc", config.ports.rpc)}) {
    if (port < 0 || port > 65535) diagnostics.error(key, fmt::format("{} is no port", port));
  }
  const bool servers_known = !config.client.servers.empty() || !config.client.server_join.retry_join.empty();
  if (config.client.enabled && !config.server.enabled && !servers_known) {
    diagnostics.error("client.servers", "is needed where the agent is no server itself: [\"host:4647\"]");
  }
  static constexpr std::string_view kLevels[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR"};
  if (std::none_of(std::begin(kLevels), std::end(kLevels),
                   [&](std::string_view level) { return equals_ignore_case(level, config.log_level); })) {
    diagnostics.error("log_level",
                      fmt::format("\"{}\" is none of TRACE, DEBUG, INFO, WARN, ERROR", printable(config.log_level)));
  }
}

}  // namespace drover::agent
