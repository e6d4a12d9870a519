#include "jobspec/nosana_rules.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/strings.h"
#include "jobspec/nosana_literal_rules.h"
#include "jobspec/nosana_plan.h"
#include "jobspec/nosana_requirements.h"
#include "jobspec/nosana_results.h"
#include "jobspec/nosana_schema.h"

namespace drover::jobspec {
namespace {

using codec::Value;

bool is_text(const Value* value, std::string_view text) {
  return value && value->as_string() && *value->as_string() == text;
}

const Value::Array& list_at(const Value& value, std::string_view key) {
  static const Value::Array kNone;
  const Value* member = value.find(key);
  return member && member->as_array() ? *member->as_array() : kNone;
}

bool is_shell(const std::string& word) {
  for (const std::string_view shell : {"sh", "bash", "ash", "dash", "zsh"}) {
    if (word == shell || word.ends_with(fmt::format("/{}", shell))) return true;
  }
  return false;
}

bool has_checks(const Value& port) {
  return !list_at(port, "health_checks").empty();
}

bool is_static_port(const Value& port) {
  return port.as_int() || (port.as_object() && port.find("port"));
}

// Something is exposed, all of it is known, and none of it is checked.
bool is_exposed_unchecked(const Value& args) {
  const Value* expose = args.find("expose");
  if (!expose) return false;
  if (!expose->as_array()) return is_static_port(*expose) && !has_checks(*expose);
  const auto& ports = *expose->as_array();
  return !ports.empty() && std::ranges::all_of(ports, is_static_port) && std::ranges::none_of(ports, has_checks);
}

class Rules {
 public:
  Rules(const Value& definition, Diagnostics& diagnostics)
      : definition_(definition), ops_(nosana_ops(definition)), diagnostics_(diagnostics) {}

  void check() {
    const Value* global = definition_.find("global");
    has_global_image_ = global && global->find("image");
    const auto& ops = list_at(definition_, "ops");
    for (size_t i = 0; i < ops.size(); ++i) check_op(ops[i], fmt::format("ops[{}]", i));
    check_nosana_plan(ops_, diagnostics_);
    check_readiness();
    check_nosana_literals(definition_, ops_, diagnostics_);
    (void)machine_requirements(definition_, diagnostics_);
  }

 private:
  void error(std::string path, std::string message) { diagnostics_.error(std::move(path), std::move(message)); }
  void warn(std::string path, std::string message) { diagnostics_.warning(std::move(path), std::move(message)); }

  void check_op(const Value& op, const std::string& path) {
    const Value* args = op.find("args");
    const std::string at = path + ".args";
    check_results(op, path + ".results");
    if (!args || !args->as_object()) return;
    if (is_text(op.find("type"), "container/create-volume")) return check_create_volume(*args, at);
    if (!is_text(op.find("type"), "container/run")) return;
    if (args->find("name") && !args->find("image")) {
      return error(at + ".name", "a \"name\" belongs to container/create-volume, not to container/run");
    }
    if (!args->find("image") && !has_global_image_) {
      error(at + ".image", "\"image\" is missing, here and in \"global\"");
    }
    check_command(*args, at);
    check_expose(*args, at + ".expose");
    check_resources(*args, at + ".resources");
    check_dead_keys(*args, at);
  }

  void check_create_volume(const Value& args, const std::string& at) {
    if (args.find("name") && !args.find("image")) return;
    error(at + ".name", "\"container/create-volume\" takes a \"name\" and nothing else");
  }

  void check_command(const Value& args, const std::string& at) {
    const auto& words = list_at(args, "cmd");
    if (words.size() < 2 || !words[0].as_string() || !is_shell(*words[0].as_string()) || words[1] != Value("-c"))
      return;
    if (words.size() > 3) {
      warn(at + ".cmd",
           "after \"-c\" the shell runs only the next element, the ones after it are its arguments; write the whole "
           "line as one string");
    }
  }

  void check_expose(const Value& args, const std::string& at) {
    const Value* expose = args.find("expose");
    if (!expose) return;
    if (!expose->as_array()) return check_port(*expose, at);
    for (size_t i = 0; i < expose->as_array()->size(); ++i) {
      check_port((*expose->as_array())[i], fmt::format("{}[{}]", at, i));
    }
  }

  void check_port(const Value& exposed, const std::string& at) {
    const Value* port = exposed.as_object() ? exposed.find("port") : &exposed;
    if (port) check_port_number(*port, exposed.as_object() ? at + ".port" : at);
    const auto& checks = list_at(exposed, "health_checks");
    for (size_t i = 0; i < checks.size(); ++i) check_health(checks[i], fmt::format("{}.health_checks[{}]", at, i));
  }

  void check_port_number(const Value& port, const std::string& at) {
    const int64_t* whole = port.as_int();
    if ((whole && (*whole < 1 || *whole > 65535)) || port.as_double()) {
      return error(at, "expected a port from 1 to 65535");
    }
    const std::string* text = port.as_string();
    if (!text || is_literal_string(*text)) return;
    for (const std::string& end : split(*text, '-')) {
      const auto number = parse_uint(end);
      if (!number || *number < 1 || *number > 65535) return error(at, "expected ports from 1 to 65535");
    }
  }

  void check_health(const Value& check, const std::string& at) {
    const Value* path = check.find("path");
    const std::string* text = path ? path->as_string() : nullptr;
    if (text && !text->empty() && !text->starts_with('/') && !text->starts_with("%%")) {
      error(at + ".path", "expected a path that begins with a slash");
    }
    const Value* status = check.find("expected_status");
    if (!status || (!status->as_int() && !status->as_double())) return;
    const int64_t* whole = status->as_int();
    if (!whole || *whole < 100 || *whole > 599) error(at + ".expected_status", "expected a status from 100 to 599");
  }

  void check_resources(const Value& args, const std::string& at) {
    const auto& resources = list_at(args, "resources");
    for (size_t i = 0; i < resources.size(); ++i) {
      const Value& resource = resources[i];
      const std::string place = fmt::format("{}[{}]", at, i);
      if (!is_text(resource.find("type"), "S3")) continue;
      if (!resource.find("url") && list_at(resource, "buckets").empty()) {
        error(place, "an S3 resource needs a url or buckets (Nosana's nodes crash without)");
      }
    }
  }

  void check_dead_keys(const Value& args, const std::string& at) {
    if (args.find("output")) warn(at + ".output", "\"output\" has no effect");
    if (args.find("required_vram")) {
      warn(at + ".required_vram", "\"required_vram\" has no effect here, it belongs into meta.system_requirements");
    }
  }

  // A pattern that is no pattern has its error as its result: valid, and hardly what anybody wants.
  void check_results(const Value& op, const std::string& at) {
    const Value* results = op.find("results");
    if (!results || !results->as_object()) return;
    for (const auto& [name, value] : *results->as_object()) {
      const Value* regex = value.as_object() ? value.find("regex") : &value;
      if (!regex || !regex->as_string()) continue;
      if (auto status = check_result_pattern(*regex->as_string()); !status) {
        warn(fmt::format("{}.{}", at, printable(name, 80)),
             fmt::format("the result will be \"{}\"", printable(status.error().message(), 200)));
      }
    }
  }

  void check_readiness() {
    std::set<std::string_view> unchecked;
    for (const NosanaOp& op : ops_) {
      const Value* args = op.value->find("args");
      if (args && is_exposed_unchecked(*args)) unchecked.insert(op.id);
    }
    for (const NosanaOp& op : ops_) {
      for (size_t i = 0; i < op.depends_on.size(); ++i) {
        if (!unchecked.contains(op.depends_on[i])) continue;
        warn(fmt::format("ops[{}].execution.depends_on[{}]", op.index, i),
             fmt::format("'{}' exposes a port without a health check: it counts as ready when it has started "
                         "(on Nosana's nodes, never)",
                         printable(op.depends_on[i], 80)));
      }
    }
  }

  const Value& definition_;
  const std::vector<NosanaOp> ops_;
  Diagnostics& diagnostics_;
  bool has_global_image_ = false;
};

}  // namespace

void check_nosana_rules(const Value& definition, Diagnostics& diagnostics) {
  Rules(definition, diagnostics).check();
}

}  // namespace drover::jobspec
