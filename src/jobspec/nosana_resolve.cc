#include "jobspec/nosana_resolve.h"

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "jobspec/nosana_check.h"
#include "jobspec/nosana_io.h"

#include <algorithm>
#include <cctype>

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr const char* kMarkers = "nosana.resources";  // meta: spread markers among the resources

Value env_of(const model::Task& task) {
  Value env = Value::Object{};
  for (const auto& [name, value] : task.env) env.set(name, value);
  return env;
}

// Lists of words hold strings, whatever the values were.
void make_words(Value& config) {
  for (const char* key : {"args", "entrypoint", "network_aliases"}) {
    Value* value = config.find(key);
    auto* words = value ? value->as_array() : nullptr;
    if (!words) continue;
    for (Value& word : *words) {
      if (!word.as_string()) word = codec::dump(word);
    }
  }
}

template <class T>
Result<T> decoded(const Value& value, std::string_view what) {
  T out;
  Diagnostics problems;
  codec::decode(value, codec::type_of<T>(), &out, problems, std::string(what));
  if (problems.has_errors()) return err(problems.to_error());
  return out;
}

// Results of operations are anybody's text.
Status check_args(const Value& args) {
  Value checked = args;
  checked.set("image", "x");
  const Value op = Value::Object{{"type", "container/run"}, {"id", "op"}, {"args", std::move(checked)}};
  const Value definition = Value::Object{{"version", "0.1"}, {"type", "container"}, {"ops", Value::Array{op}}};
  const auto problems = check_nosana_schema(definition, kDrover);
  if (problems.empty()) return Ok{};
  return err(ErrorCode::InvalidArgument, "with its literals replaced: {}: {}", problems.front().path,
             problems.front().message);
}

// A literal or a marker in the place of ports; the others are objects of ports, with literals inside at most.
bool is_placeholder(const model::Endpoint& endpoint) {
  return endpoint.port.starts_with("%%") || endpoint.port.starts_with("{");
}

Result<std::vector<model::Endpoint>> resolve_endpoints(const model::Task& task, const LiteralContext& context) {
  std::vector<model::Endpoint> out;
  for (const model::Endpoint& endpoint : task.endpoints) {
    if (!is_placeholder(endpoint) || !endpoint.checks.empty()) {
      TRY_LET(const Value value, interpolate(codec::to_value(codec::type_of<model::Endpoint>(), &endpoint), context));
      Value object = value;
      if (Value* port = object.find("Port"); port && !port->as_string()) *port = codec::dump(*port);
      TRY_LET(auto resolved, decoded<model::Endpoint>(object, "expose"));
      out.push_back(std::move(resolved));
      continue;
    }
    Value placeholder = endpoint.port;
    if (auto marker = codec::parse_json(endpoint.port); marker && marker->as_object()) placeholder = *marker;
    TRY_LET(Value args, interpolate(Value::Object{{"expose", Value::Array{placeholder}}}, context));
    Value* ports = args.find("expose");
    if (!ports || !ports->as_array()) continue;
    for (Value& port : *ports->as_array()) {
      const auto number = port.as_string() ? parse_int(*port.as_string()) : std::nullopt;
      if (number) port = *number;
    }
    TRY(check_args(args));
    const Value lowered = lower_nosana_expose(*ports);
    for (const Value& port : *lowered.as_array()) {
      TRY_LET(auto resolved, decoded<model::Endpoint>(port, "expose"));
      out.push_back(std::move(resolved));
    }
  }
  return out;
}

Result<std::vector<model::Asset>> resolve_assets(const model::Task& task, const LiteralContext& context) {
  std::vector<model::Asset> out;
  for (const model::Asset& asset : task.assets) {
    TRY_LET(const Value value, interpolate(codec::to_value(codec::type_of<model::Asset>(), &asset), context));
    TRY_LET(auto resolved, decoded<model::Asset>(value, "resources"));
    out.push_back(std::move(resolved));
  }
  const auto meta = task.meta.find(kMarkers);
  if (meta == task.meta.end()) return out;
  TRY_LET(const Value markers, codec::parse_json(meta->second));
  TRY_LET(const Value args, interpolate(Value::Object{{"resources", markers}}, context));
  const Value* resources = args.find("resources");
  if (!resources || !resources->as_array()) return out;
  TRY(check_args(args));
  const Value lowered = lower_nosana_resources(*resources);
  for (const Value& resource : *lowered.as_array()) {
    TRY_LET(auto resolved, decoded<model::Asset>(resource, "resources"));
    out.push_back(std::move(resolved));
  }
  return out;
}

}  // namespace

Result<model::Task> resolve_nosana_task(const model::Task& task, const LiteralContext& context) {
  if (!task.literals) return task;
  model::Task out = task;
  Value args = task.config.as_object() ? task.config : Value(Value::Object{});
  args.set("env", env_of(task));
  TRY_LET(Value resolved, interpolate(args, context));
  out.env.clear();
  if (const Value* env = resolved.find("env"); env && env->as_object()) {
    for (const auto& [name, value] : *env->as_object()) {
      out.env[name] = value.as_string() ? *value.as_string() : codec::dump(value);
    }
  }
  resolved.erase("env");
  make_words(resolved);
  out.config = std::move(resolved);
  TRY_LET(out.endpoints, resolve_endpoints(task, context));
  TRY_LET(out.assets, resolve_assets(task, context));
  return out;
}

std::string nosana_host(const std::string& job, size_t index) {
  std::string host = fmt::format("{}-{}", job, index);
  std::ranges::replace_if(host, [](unsigned char c) { return std::isalnum(c) == 0 && c != '-'; }, '-');
  return host;
}

}  // namespace drover::jobspec
