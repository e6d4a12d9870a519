#include "jobspec/nosana_io.h"

#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/nosana_literals.h"

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr const char* kOllamaModels = "/root/.ollama/models";
constexpr const char* kDefaultRegion = "us-east-1";

// Sets `to` from the member `from`, if there is one.
void copy(const Value& source, std::string_view from, Value& out, std::string_view to) {
  if (const Value* value = source.find(from)) out.set(to, *value);
}

std::string port_text(const Value& port) {
  return port.as_string() ? *port.as_string() : codec::dump(port);
}

Value lower_check(const Value& check) {
  Value out = Value::Object{};
  copy(check, "type", out, "Type");
  copy(check, "path", out, "Path");
  copy(check, "method", out, "Method");
  copy(check, "expected_status", out, "ExpectedStatus");
  copy(check, "expected_response", out, "ExpectedResponse");
  copy(check, "headers", out, "Headers");
  copy(check, "body", out, "Body");
  copy(check, "continuous", out, "Continuous");
  if (const Value* path = check.find("path"); path && *path == Value("")) out.set("Path", "/");
  return out;
}

Value lower_port(const Value& exposed) {
  Value out = Value::Object{};
  if (const Value* spread = exposed.find(kSpread)) {
    const Value* chunked = exposed.find("chunked");
    out.set("Port", chunked && *chunked == Value(true) ? Value(codec::dump(exposed)) : *spread);
    return out;
  }
  const Value* port = exposed.find("port");
  out.set("Port", port_text(port ? *port : exposed));
  copy(exposed, "type", out, "Type");
  const Value* checks = exposed.find("health_checks");
  if (!checks || checks->as_array()->empty()) return out;
  Value lowered = Value::Array();
  for (const Value& check : *checks->as_array()) lowered.as_array()->push_back(lower_check(check));
  out.set("Checks", std::move(lowered));
  return out;
}

// "https://s3.eu-west-1.amazonaws.com/b", "https://b.s3-eu-west-1.amazonaws.com" → "eu-west-1".
std::string region_of(std::string_view url) {
  const size_t end = url.find(".amazonaws.com");
  if (end == std::string_view::npos) return kDefaultRegion;
  std::string_view host = url.substr(0, end);
  const size_t last = host.find_last_of("./");
  std::string_view region = last == std::string_view::npos ? host : host.substr(last + 1);
  if (region.starts_with("s3-")) region.remove_prefix(3);
  return region.empty() || region == "s3" ? kDefaultRegion : std::string(region);
}

Value lower_buckets(const Value& buckets) {
  Value out = Value::Array();
  for (const Value& bucket : *buckets.as_array()) {
    Value lowered = Value::Object{};
    copy(bucket, "url", lowered, "URL");
    copy(bucket, "files", lowered, "Files");
    out.as_array()->push_back(std::move(lowered));
  }
  return out;
}

void add_credentials(const Value& resource, Value& out) {
  const Value* iam = resource.find("IAM");
  if (!iam) return;
  copy(*iam, "ACCESS_KEY_ID", out, "AccessKeyID");
  copy(*iam, "SECRET_ACCESS_KEY", out, "SecretAccessKey");
  const Value* region = iam->find("REGION");
  const Value* url = resource.find("url");
  if (region && *region != Value("")) {
    out.set("Region", *region);
  } else {
    out.set("Region", url ? region_of(*url->as_string()) : kDefaultRegion);
  }
}

Value lower_resource(const Value& resource) {
  Value out = Value::Object{};
  copy(resource, "type", out, "Type");
  copy(resource, "target", out, "Target");
  if (!resource.find("target")) out.set("Target", kOllamaModels);
  copy(resource, "url", out, "URL");
  copy(resource, "bucket", out, "Bucket");
  if (const Value* buckets = resource.find("buckets")) out.set("Buckets", lower_buckets(*buckets));
  copy(resource, "repo", out, "Repo");
  copy(resource, "model", out, "Model");
  copy(resource, "revision", out, "Revision");
  copy(resource, "files", out, "Files");
  copy(resource, "allowWrite", out, "Writable");
  copy(resource, "accessToken", out, "AccessToken");
  add_credentials(resource, out);
  return out;
}

}  // namespace

Value lower_nosana_expose(const Value& expose) {
  Value out = Value::Array();
  if (const auto* ports = expose.as_array()) {
    for (const Value& port : *ports) out.as_array()->push_back(lower_port(port));
  } else {
    out.as_array()->push_back(lower_port(expose));
  }
  return out;
}

Value lower_nosana_resources(const Value& resources) {
  Value out = Value::Array();
  for (const Value& resource : *resources.as_array()) {
    if (resource.as_object() && !resource.find(kSpread)) out.as_array()->push_back(lower_resource(resource));
  }
  return out;
}

std::string dynamic_nosana_resources(const Value& args) {
  const Value* resources = args.find("resources");
  Value::Array markers;
  if (resources && resources->as_array()) {
    for (const Value& resource : *resources->as_array()) {
      if (resource.find(kSpread)) markers.push_back(resource);
    }
  }
  return markers.empty() ? "" : codec::dump(markers);
}

Value lower_nosana_results(const Value& results) {
  Value out = Value::Array();
  for (const auto& [name, result] : *results.as_object()) {
    Value lowered = Value::Object{{"Name", name}};
    if (result.as_string()) lowered.set("Pattern", result);
    copy(result, "regex", lowered, "Pattern");
    copy(result, "logType", lowered, "Streams");
    if (*lowered.find("Pattern") == Value("")) lowered.set("Pattern", "(?:)");  // matches nothing, in every line
    out.as_array()->push_back(std::move(lowered));
  }
  return out;
}

}  // namespace drover::jobspec
