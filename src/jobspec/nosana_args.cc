#include "jobspec/nosana_args.h"

#include <algorithm>

#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/nosana_check.h"
#include "jobspec/nosana_literals.h"

namespace drover::jobspec {
namespace {

using codec::Value;

bool is_given(const Value* value) {
  return value && !value->is_null() && *value != Value("");
}

Value merged_env(const Value* global, const Value* own) {
  Value env = Value::Object{};
  for (const Value* source : {global, own}) {
    if (!source || !source->as_object()) continue;
    for (const auto& [name, value] : *source->as_object()) env.set(name, value);
  }
  return env;
}

Value with_defaults(Value args, const Value* global) {
  if (!global) return args;
  for (const char* key : {"image", "entrypoint", "work_dir"}) {
    const Value* fallback = global->find(key);
    if (!is_given(args.find(key)) && is_given(fallback)) args.set(key, *fallback);
  }
  const Value* gpu = global->find("gpu");
  if (gpu && *gpu == Value(true)) args.set("gpu", true);
  if (global->find("env")) args.set("env", merged_env(global->find("env"), args.find("env")));
  return args;
}

// Whether all literals of a value are variables of the definition.
bool has_only_variables(const Value& value) {
  if (const std::string* text = value.as_string()) {
    return std::ranges::all_of(find_literals(*text), [](const NosanaLiteral& literal) {
      return literal.kind == NosanaLiteral::Kind::Variable || literal.kind == NosanaLiteral::Kind::Malformed;
    });
  }
  if (const auto* list = value.as_array()) return std::ranges::all_of(*list, has_only_variables);
  const auto* object = value.as_object();
  return !object ||
         std::ranges::all_of(*object, [](const Value::Member& member) { return has_only_variables(member.second); });
}

LiteralContext variables_of(const Value* global) {
  LiteralContext context;
  const Value* variables = global ? global->find("variables") : nullptr;
  if (!variables || !variables->as_object()) return context;
  for (const auto& [name, value] : *variables->as_object()) {
    if (value.as_string()) context.variables.emplace(name, *value.as_string());
  }
  return context;
}

// Lists of words hold strings, and ports that came as text are numbers.
void tidy(Value& args) {
  for (const char* key : {"cmd", "entrypoint", "aliases"}) {
    Value* value = args.find(key);
    auto* words = value ? value->as_array() : nullptr;
    if (!words) continue;
    for (Value& word : *words) {
      if (!word.as_string()) word = codec::dump(word);
    }
  }
  Value* expose = args.find("expose");
  if (!expose) return;
  const auto to_number = [](Value& port) {
    const auto number = port.as_string() ? parse_int(*port.as_string()) : std::nullopt;
    if (number) port = *number;
  };
  to_number(*expose);
  if (auto* ports = expose->as_array()) std::ranges::for_each(*ports, to_number);
}

}  // namespace

Value with_effective_args(const Value& definition, Diagnostics& diagnostics) {
  Value out = definition;
  const Value* global = definition.find("global");
  const LiteralContext variables = variables_of(global);
  bool replaced = false;
  auto& ops = *out.find("ops")->as_array();
  for (size_t i = 0; i < ops.size(); ++i) {
    if (*ops[i].find("type") != Value("container/run")) continue;
    Value& args = *ops[i].find("args");
    args = with_defaults(std::move(args), global);
    if (!uses_literals(args) || !has_only_variables(args)) continue;
    auto done = interpolate(args, variables);
    if (!done) {
      diagnostics.error(fmt::format("ops[{}].args", i), done.error().message());
      continue;
    }
    args = std::move(*done);
    tidy(args);
    replaced = true;
  }
  if (!replaced) return out;
  for (const NosanaProblem& problem : check_nosana_schema(out, kDrover)) {
    diagnostics.error(problem.path, problem.message + " (with the variables in their places)");
  }
  return out;
}

}  // namespace drover::jobspec
