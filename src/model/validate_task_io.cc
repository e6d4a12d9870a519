#include <algorithm>
#include <set>

#include "base/strings.h"
#include "codec/value.h"
#include "model/validate.h"
#include "model/validate_parts.h"

// What tasks offer and need in the words of Nosana's job definitions: results, endpoints, assets.
namespace drover::model {
namespace {

bool is_literal(std::string_view text) {
  return text.find("%%") != std::string_view::npos;
}

void validate_result(const TaskResult& result, std::set<std::string>& names, const Problems& problems) {
  if (result.name.empty()) {
    problems.at("Name").error("the name of the result is missing");
  } else if (!names.insert(result.name).second) {
    problems.at("Name").error("result \"{}\" is defined twice", printable(result.name, 80));
  }
  if (result.pattern.empty()) problems.at("Pattern").error("the pattern is missing: a regular expression, or \"*\"");
  std::set<std::string> streams;
  for (size_t i = 0; i < result.streams.size(); ++i) {
    const std::string& stream = result.streams[i];
    const Problems place = problems.at("Streams", i);
    if (!is_one_of(stream, {"stdin", "stdout", "stderr", "nodeerr"})) {
      place.error("unknown stream \"{}\", it must be stdout, stderr, stdin or nodeerr", printable(stream, 80));
    } else if (!streams.insert(stream).second) {
      place.error("stream {} is named twice", stream);
    }
  }
}

struct PortRange {
  uint64_t first = 0;
  uint64_t last = 0;
};

// "8080" or "8000-8010"; nothing for anything else.
std::optional<PortRange> parse_ports(const std::string& text) {
  const size_t dash = text.find('-');
  const auto first = parse_uint(text.substr(0, dash));
  const auto last = dash == std::string::npos ? first : parse_uint(text.substr(dash + 1));
  if (!first || !last || *first < 1 || *last > static_cast<uint64_t>(kMaxPort) || *first > *last) return std::nullopt;
  return PortRange{*first, *last};
}

void validate_endpoint_check(const EndpointCheck& check, const Problems& problems) {
  if (!is_one_of(check.type, {"http", "websocket"})) {
    return problems.at("Type").error("the type must be http or websocket, not \"{}\"", printable(check.type, 80));
  }
  if (check.type == "websocket") return;
  if (!check.path.starts_with('/') && !is_open(check.path)) {
    problems.at("Path").error("the path must begin with a slash, not be \"{}\"", printable(check.path, 80));
  }
  if (!is_one_of(check.method, {"", "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"})) {
    problems.at("Method").error("\"{}\" is no HTTP method, such as GET or POST", printable(check.method, 80));
  }
  if (check.expected_status != 0 && (check.expected_status < 100 || check.expected_status > 599)) {
    problems.at("ExpectedStatus").error("expected_status must be between 100 and 599, not {}", check.expected_status);
  }
}

void validate_endpoints(std::span<const Endpoint> endpoints, const Problems& problems) {
  std::vector<PortRange> taken;
  for (size_t i = 0; i < endpoints.size(); ++i) {
    const Endpoint& endpoint = endpoints[i];
    const Problems place = problems.element(i);
    if (!is_one_of(endpoint.type, {"", "none", "web", "api", "webapi", "websocket"})) {
      place.at("Type").error("unknown type \"{}\", it must be web, api, webapi, websocket or none",
                             printable(endpoint.type, 80));
    }
    for (size_t c = 0; c < endpoint.checks.size(); ++c) {
      validate_endpoint_check(endpoint.checks[c], place.at("Checks", c));
    }
    if (is_literal(endpoint.port)) continue;
    const auto ports = parse_ports(endpoint.port);
    if (!ports) {
      place.at("Port").error("\"{}\" is no port between 1 and {}, and no range such as 8000-8010",
                             printable(endpoint.port, 80), kMaxPort);
      continue;
    }
    const auto overlaps = [&](const PortRange& other) {
      return ports->first <= other.last && other.first <= ports->last;
    };
    if (std::ranges::any_of(taken, overlaps)) {
      place.at("Port").error("port {} is exposed twice", printable(endpoint.port, 80));
    }
    taken.push_back(*ports);
  }
}

void validate_s3(const Asset& asset, const Problems& problems) {
  if (asset.url.empty() && asset.buckets.empty()) problems.error("an S3 asset needs a url or buckets");
  if (!asset.buckets.empty() && !asset.bucket.empty()) {
    problems.at("Bucket").error("bucket and buckets exclude each other");
  }
  for (size_t i = 0; i < asset.buckets.size(); ++i) {
    if (asset.buckets[i].url.empty()) problems.at("Buckets", i).at("URL").error("the url of the bucket is missing");
  }
  if (asset.access_key_id.empty() != asset.secret_access_key.empty()) {
    problems.error("access_key_id and secret_access_key are given together or not at all");
  }
}

void validate_asset(const Asset& asset, std::set<std::string>& targets, const Problems& problems) {
  const Problems at_target = problems.at("Target");
  if (asset.target.empty()) {
    at_target.error("the target is missing: where the task sees the files");
  } else if (!is_absolute_path(asset.target)) {
    at_target.error("\"{}\" must be a path from the root without \"..\"", printable(asset.target, 80));
  } else if (!is_literal(asset.target) && !targets.insert(asset.target).second) {
    at_target.error("two assets have the target \"{}\"", printable(asset.target, 80));
  }
  if (asset.type == "S3") {
    validate_s3(asset, problems);
  } else if (asset.type == "HF") {
    if (asset.repo.empty()) problems.at("Repo").error("the repo is missing, such as \"org/model\"");
    if (asset.writable) problems.at("Writable").error("only S3 assets can be written");
  } else if (asset.type == "Ollama") {
    if (asset.model.empty()) problems.at("Model").error("the model is missing, such as \"llama3:8b\"");
    if (asset.writable) problems.at("Writable").error("only S3 assets can be written");
  } else {
    problems.at("Type").error("unknown type \"{}\", it must be S3, HF or Ollama", printable(asset.type, 80));
  }
}

}  // namespace

Status validate_source(Asset asset) {
  asset.target = "/";
  Diagnostics diagnostics;
  std::set<std::string> targets;
  validate_asset(asset, targets, Problems(diagnostics));
  return diagnostics.has_errors() ? Status(err(diagnostics.to_error())) : Status(Ok{});
}

bool is_open(std::string_view text) {
  return text.find("${") != std::string_view::npos || is_literal(text);
}

void validate_task_io(const Task& task, const Problems& problems) {
  std::set<std::string> results;
  for (size_t i = 0; i < task.results.size(); ++i) validate_result(task.results[i], results, problems.at("Results", i));
  validate_endpoints(task.endpoints, problems.at("Expose"));
  std::set<std::string> targets;
  for (const VolumeMount& mount : task.volume_mounts) targets.insert(mount.destination);
  for (size_t i = 0; i < task.assets.size(); ++i) validate_asset(task.assets[i], targets, problems.at("Assets", i));
  if (task.private_endpoints && task.endpoints.empty()) {
    problems.at("PrivateEndpoints").warning("private_endpoints has no effect: the task exposes no port");
  }
}

}  // namespace drover::model
