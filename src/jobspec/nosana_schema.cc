#include "jobspec/nosana_schema.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "jobspec/nosana_checker.h"

namespace drover::jobspec {
namespace {

using codec::Value;
using Checker = NosanaChecker;

constexpr std::string_view kRemoveIfEmpty = "__remove-if-empty__";

bool is_literal(const Value& value) {
  const std::string* text = value.as_string();
  return text && text->size() > 4 && text->starts_with("%%") && text->ends_with("%%");
}

bool is_spread(const Checker& checker) {
  if (!checker.has("__spread__")) return false;
  return checker.object({"__spread__!", "chunked"});
}

void check_requirements(const Checker& checker) {
  if (!checker.any_object()) return;
  for (const Value::Member& member : *checker.value().as_object()) {
    const Checker value = checker.of(member);
    if (member.second.as_array() && member.first == "required_cuda") {
      (void)value.strings();
    } else if (!member.second.as_string() && !value.is_number()) {
      (void)value.expected("a string or a number");
    }
  }
}

void check_meta(const Checker& meta) {
  if (!meta.any_object()) return;
  meta.optional("trigger", &Checker::string);
  if (meta.has("system_resources")) check_requirements(meta.at("system_resources"));
  if (meta.has("system_requirements")) check_requirements(meta.at("system_requirements"));
}

void check_global(const Checker& global) {
  if (!global.object({"image", "gpu", "entrypoint", "env", "work_dir", "variables"})) return;
  global.optional("image", &Checker::string);
  global.optional("gpu", &Checker::boolean);
  global.optional("entrypoint", &Checker::string_or_strings);
  global.optional("env", &Checker::string_map);
  global.optional("work_dir", &Checker::string);
  global.optional("variables", &Checker::string_map);
}

void check_health_check(const Checker& check) {
  if (!check.any_object()) return;
  if (!check.has("type")) return check.error("\"type\" is missing");
  if (!check.at("type").one_of({"http", "websocket"})) return;
  if (*check.value().find("type") == Value("websocket")) {
    if (check.object({"type", "expected_response!", "continuous"}))
      check.optional("expected_response", &Checker::string);
  } else if (check.object({"type", "path!", "method!", "expected_status!", "headers", "body", "continuous"})) {
    check.optional("path", &Checker::string);
    if (check.has("method")) (void)check.at("method").one_of({"GET", "POST", "PUT", "DELETE"});
    check.optional("expected_status", &Checker::number);
    check.optional("headers", &Checker::string_map);
  }
  check.optional("continuous", &Checker::boolean);
  if (!check.has("continuous"))
    check.warning("\"continuous\" is left out and taken as false; Nosana's validators require it");
}

// "8000-8010".
bool is_port_range(const std::string& text) {
  const size_t dash = text.find('-');
  if (dash == std::string::npos) return false;
  const auto first = parse_uint(std::string_view(text).substr(0, dash));
  const auto last = parse_uint(std::string_view(text).substr(dash + 1));
  return first && last && *first < *last && *last <= 65535;
}

void check_port(const Checker& port) {
  if (const int64_t* number = port.value().as_int()) {
    if (*number < 1 || *number > 65535) (void)port.expected("a port from 1 to 65535");
    return;
  }
  const std::string* text = port.value().as_string();
  if (!text || (!is_literal(port.value()) && !is_port_range(*text))) {
    (void)port.expected("a port number, a range such as \"8000-8010\" or a literal");
  }
}

void check_exposed(const Checker& exposed) {
  if (!exposed.value().as_object()) return check_port(exposed);
  if (is_spread(exposed) || !exposed.object({"port!", "type", "health_checks"})) return;
  if (exposed.has("port")) check_port(exposed.at("port"));
  if (exposed.has("type")) (void)exposed.at("type").one_of({"web", "api", "webapi", "websocket", "none"});
  if (!exposed.has("health_checks") || !exposed.at("health_checks").array()) return;
  const Checker checks = exposed.at("health_checks");
  for (size_t i = 0; i < checks.value().as_array()->size(); ++i) check_health_check(checks.at(i));
}

void check_expose(const Checker& expose) {
  if (!expose.value().as_array()) return check_exposed(expose);
  std::set<int64_t> ports;
  for (size_t i = 0; i < expose.value().as_array()->size(); ++i) {
    const Checker element = expose.at(i);
    check_exposed(element);
    const Value* port = element.value().as_object() ? element.value().find("port") : &element.value();
    const int64_t* number = port ? port->as_int() : nullptr;
    if (number && !ports.insert(*number).second) element.error(fmt::format("port {} is exposed twice", *number));
  }
}

void check_s3(const Checker& resource) {
  if (!resource.object({"type", "target!", "url", "files", "allowWrite", "IAM", "bucket", "buckets"})) return;
  for (const char* key : {"target", "url", "bucket"}) resource.optional(key, &Checker::string);
  resource.optional("files", &Checker::strings);
  resource.optional("allowWrite", &Checker::boolean);
  if (!resource.has("url") && !resource.has("buckets") && !resource.has("bucket")) {
    resource.error("an S3 resource needs a url, a bucket or buckets");
  }
  if (resource.has("IAM") && resource.at("IAM").object({"REGION", "ACCESS_KEY_ID!", "SECRET_ACCESS_KEY!"})) {
    (void)resource.at("IAM").string_map();
  }
  if (!resource.has("buckets") || !resource.at("buckets").array()) return;
  const Checker buckets = resource.at("buckets");
  for (size_t i = 0; i < buckets.value().as_array()->size(); ++i) {
    const Checker bucket = buckets.at(i);
    if (!bucket.object({"url!", "files"})) continue;
    bucket.optional("url", &Checker::string);
    bucket.optional("files", &Checker::strings);
  }
}

void check_resource(const Checker& resource) {
  if (resource.value() == Value(kRemoveIfEmpty)) return;
  if (!resource.any_object() || is_spread(resource)) return;
  if (!resource.has("type")) return resource.error("\"type\" is missing");
  if (!resource.at("type").one_of({"S3", "HF", "Ollama"})) return;
  const std::string& type = *resource.value().find("type")->as_string();
  if (type == "S3") return check_s3(resource);
  const bool known = type == "HF" ? resource.object({"type", "target!", "repo!", "revision", "files", "accessToken"})
                                  : resource.object({"type", "model!", "target"});
  if (!known) return;
  for (const char* key : {"target", "repo", "revision", "accessToken", "model"})
    resource.optional(key, &Checker::string);
  resource.optional("files", &Checker::strings);
}

void check_list(const Checker& list, void (*check)(const Checker&)) {
  if (!list.array()) return;
  for (size_t i = 0; i < list.value().as_array()->size(); ++i) check(list.at(i));
}

void check_volume(const Checker& volume) {
  if (!volume.object({"name!", "dest!"})) return;
  volume.optional("name", &Checker::string);
  volume.optional("dest", &Checker::string);
}

void check_authentication(const Checker& authentication) {
  if (!authentication.object({"docker"}) || !authentication.has("docker")) return;
  const Checker docker = authentication.at("docker");
  if (!docker.object({"username", "password", "email", "server"})) return;
  for (const char* key : {"username", "password", "email", "server"}) docker.optional(key, &Checker::string);
}

void check_restart_policy(const Checker& policy) {
  if (!policy.value().as_object()) {
    (void)policy.one_of({"no", "always", "unless-stopped", "on-failure"});
  } else if (policy.object({"policy!", "restart_tries"})) {
    if (policy.has("policy")) (void)policy.at("policy").one_of({"on-failure"});
    policy.optional("restart_tries", &Checker::number);
  }
}

// 000's second example of `cmd`: a shell takes only the first word after -c as its command.
void warn_about_shell_words(const Checker& cmd) {
  const auto* words = cmd.value().as_array();
  if (!words || words->size() < 4 || (*words)[1] != Value("-c")) return;
  const std::string* shell = (*words)[0].as_string();
  if (shell && (shell->ends_with("/sh") || shell->ends_with("/bash") || *shell == "sh" || *shell == "bash")) {
    cmd.warning("after \"-c\" the shell runs only the next element; the ones after it are its arguments");
  }
}

void check_run_args(const Checker& args, bool has_global_image) {
  if (!args.object({"image", "cmd", "entrypoint", "gpu", "expose", "private", "env", "work_dir", "volumes", "resources",
                    "authentication", "aliases", "restart_policy", "output", "required_vram"})) {
    return;
  }
  if (!args.has("image") && !has_global_image) args.error("\"image\" is missing, here and in \"global\"");
  for (const char* key : {"image", "work_dir", "output"}) args.optional(key, &Checker::string);
  for (const char* key : {"gpu", "private"}) args.optional(key, &Checker::boolean);
  for (const char* key : {"cmd", "entrypoint", "aliases"}) args.optional(key, &Checker::string_or_strings);
  args.optional("env", &Checker::string_map);
  args.optional("required_vram", &Checker::number);
  if (args.has("cmd")) warn_about_shell_words(args.at("cmd"));
  if (args.has("expose")) check_expose(args.at("expose"));
  if (args.has("volumes")) check_list(args.at("volumes"), check_volume);
  if (args.has("resources")) check_list(args.at("resources"), check_resource);
  if (args.has("authentication")) check_authentication(args.at("authentication"));
  if (args.has("restart_policy")) check_restart_policy(args.at("restart_policy"));
}

void check_result(const Checker& result) {
  if (result.value().as_string()) return;
  if (!result.object({"regex!", "logType!"})) return;
  result.optional("regex", &Checker::string);
  if (!result.has("logType") || !result.at("logType").array()) return;
  const Checker types = result.at("logType");
  for (size_t i = 0; i < types.value().as_array()->size(); ++i) {
    (void)types.at(i).one_of({"stdin", "stdout", "stderr", "nodeerr"});
  }
}

void check_execution(const Checker& execution) {
  if (!execution.object({"group", "depends_on", "stop_if_dependent_stops"})) return;
  execution.optional("group", &Checker::string);
  execution.optional("depends_on", &Checker::strings);
  execution.optional("stop_if_dependent_stops", &Checker::boolean);
  if (execution.has("stop_if_dependent_stops") && !execution.has("depends_on")) {
    execution.error("\"stop_if_dependent_stops\" needs \"depends_on\"");
  }
}

void check_operation(const Checker& op, bool has_global_image) {
  if (!op.object({"id!", "type!", "args!", "results", "execution"})) return;
  op.optional("id", &Checker::string);
  if (op.has("execution")) check_execution(op.at("execution"));
  if (op.has("results") && op.at("results").any_object()) {
    const Checker results = op.at("results");
    for (const Value::Member& result : *results.value().as_object()) check_result(results.of(result));
  }
  if (!op.has("type") || !op.at("type").one_of({"container/run", "container/create-volume"}) || !op.has("args")) return;
  const Checker args = op.at("args");
  if (*op.value().find("type") == Value("container/run")) return check_run_args(args, has_global_image);
  if (args.object({"name!"})) args.optional("name", &Checker::string);
}

const std::string* op_id(const Value& op) {
  const Value* id = op.find("id");
  return id ? id->as_string() : nullptr;
}

void check_ids(const Checker& ops) {
  std::set<std::string> ids;
  for (size_t i = 0; i < ops.value().as_array()->size(); ++i) {
    const std::string* id = op_id(ops.at(i).value());
    if (id && !ids.insert(*id).second) ops.at(i).error(fmt::format("the id \"{}\" is used twice", printable(*id, 80)));
  }
  for (size_t i = 0; i < ops.value().as_array()->size(); ++i) {
    const Checker op = ops.at(i);
    const Value* execution = op.value().find("execution");
    const Value* needs = execution ? execution->find("depends_on") : nullptr;
    if (!needs || !needs->as_array()) continue;
    for (const Value& need : *needs->as_array()) {
      const std::string* name = need.as_string();
      if (!name) continue;
      if (!ids.contains(*name))
        op.error(fmt::format("it depends on \"{}\", which is no operation", printable(*name, 80)));
      if (op_id(op.value()) && *name == *op_id(op.value())) op.error("it depends on itself");
    }
  }
}

void check_logistics(const Checker& logistics) {
  if (!logistics.object({"send", "receive"})) return;
  for (const char* key : {"send", "receive"}) {
    if (!logistics.has(key)) continue;
    const Checker way = logistics.at(key);
    if (!way.object({"type!", "args!"})) continue;
    if (way.has("type")) (void)way.at("type").one_of({"api", "api-listen"});
    if (way.has("args") && way.at("args").object({"endpoint"})) way.at("args").optional("endpoint", &Checker::string);
  }
}

}  // namespace

void validate_nosana(const Value& definition, Diagnostics& diagnostics) {
  const Checker top(definition, "", diagnostics);
  if (!top.object({"version!", "type!", "ops!", "meta", "global", "logistics", "deployment_id"})) return;
  top.optional("version", &Checker::string);
  if (top.has("type")) (void)top.at("type").one_of({"container"});
  top.optional("deployment_id", &Checker::string);
  if (top.has("meta")) check_meta(top.at("meta"));
  if (top.has("global")) check_global(top.at("global"));
  if (top.has("logistics")) check_logistics(top.at("logistics"));
  if (!top.has("ops") || !top.at("ops").array()) return;
  const Value* global = definition.find("global");
  const bool has_global_image = global && global->find("image");
  const Checker ops = top.at("ops");
  for (size_t i = 0; i < ops.value().as_array()->size(); ++i) check_operation(ops.at(i), has_global_image);
  check_ids(ops);
}

}  // namespace drover::jobspec
