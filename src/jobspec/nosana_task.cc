#include "jobspec/nosana_task.h"

#include "base/strings.h"
#include "jobspec/nosana_io.h"
#include "jobspec/nosana_literals.h"

namespace drover::jobspec {
namespace {

using codec::Value;

// A definition says nothing about CPU and memory; these are what its containers may count on.
constexpr int64_t kCpuMhz = 100;
constexpr int64_t kMemoryMb = 512;
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kKillTimeout = 10 * kSecond;  // as long as the engines of Nosana's nodes wait

Value object(std::initializer_list<Value::Member> members) {
  return Value::Object(members);
}

Value list(std::initializer_list<Value> elements) {
  return Value::Array(elements);
}

bool is_true(const Value* value) {
  return value && *value == Value(true);
}

bool has_words(const Value* value) {
  if (!value) return false;
  if (const auto* words = value->as_array()) return !words->empty();
  return value->as_string() && !value->as_string()->empty();
}

// Turns the arguments of one operation into its task.
class TaskLowering {
 public:
  TaskLowering(const NosanaTask& task, const MachineRequirements& requirements, Diagnostics& diagnostics)
      : task_(task),
        requirements_(requirements),
        op_(*task.op->value),
        args_(*op_.find("args")),
        literals_(uses_literals(args_)),
        diagnostics_(diagnostics) {}

  Value lower() {
    const bool runs = *op_.find("type") == Value("container/run");
    Value out = object({{"Name", task_.name}, {"Driver", runs ? "docker" : "noop"}});
    if (runs) add_container(out);
    add_order(out);
    if (const Value* results = op_.find("results")) set_list(out, "Results", lower_nosana_results(*results));
    Value meta = object({{"nosana.op", task_.op->id}});
    if (!task_.op->group.empty()) meta.set("nosana.group", task_.op->group);
    if (const std::string markers = dynamic_nosana_resources(args_); !markers.empty()) {
      meta.set("nosana.resources", markers);
    }
    out.set("Meta", std::move(meta));
    return out;
  }

 private:
  static void set_list(Value& out, std::string_view key, Value elements) {
    if (!elements.as_array()->empty()) out.set(key, std::move(elements));
  }

  void add_container(Value& out) {
    out.set("Config", config());
    out.set("Env", env());
    out.set("Resources", resources());
    out.set("KillTimeout", kKillTimeout);
    if (Value policy = restart_policy(); !policy.is_null()) out.set("RestartPolicy", std::move(policy));
    set_list(out, "VolumeMounts", volume_mounts());
    if (const Value* expose = args_.find("expose")) set_list(out, "Expose", lower_nosana_expose(*expose));
    if (is_true(args_.find("private"))) out.set("PrivateEndpoints", true);
    if (const Value* assets = args_.find("resources")) set_list(out, "Assets", lower_nosana_resources(*assets));
    if (literals_) out.set("Literals", true);
  }

  void add_order(Value& out) const {
    if (!task_.stage.empty()) out.set("Stage", task_.stage);
    Value needs = Value::Array();
    for (const LoweredDependency& need : task_.depends_on) {
      needs.as_array()->push_back(object({{"Task", need.task}, {"Condition", need.condition}}));
    }
    set_list(out, "DependsOn", std::move(needs));
    const Value* execution = op_.find("execution");
    const bool stops = execution && is_true(execution->find("stop_if_dependent_stops"));
    if (stops && !task_.depends_on.empty()) out.set("StopWithDependencies", true);
  }

  Value config() {
    Value config = Value::Object{};
    if (const Value* image = args_.find("image")) config.set("image", *image);
    add_command(config);
    if (const Value* entrypoint = args_.find("entrypoint"); has_words(entrypoint)) {
      config.set("entrypoint", entrypoint->as_array() ? *entrypoint : list({*entrypoint}));
    }
    if (const Value* dir = args_.find("work_dir"); has_words(dir)) config.set("work_dir", *dir);
    if (const Value* aliases = args_.find("aliases"); has_words(aliases)) {
      config.set("network_aliases", alias_list(*aliases));
    }
    add_credentials(config);
    return config;
  }

  void add_command(Value& config) {
    const Value* cmd = args_.find("cmd");
    if (!has_words(cmd)) return;
    if (const std::string* line = cmd->as_string()) return set_command(config, shell_line(*line));
    const auto& words = *cmd->as_array();
    const std::string* only = words.size() == 1 ? words[0].as_string() : nullptr;
    const bool whole_line = only && only->find_first_of(" \t\n") != std::string::npos;
    if (!whole_line || has_words(args_.find("entrypoint"))) return set_command(config, *cmd);
    diagnostics_.warning(fmt::format("ops[{}].args.cmd", task_.op->index),
                         "the only element holds spaces and is run by a shell; Nosana's nodes would look for a program "
                         "of that name, write it as a string");
    constexpr const char* kBestShell = "command -v bash >/dev/null 2>&1 && exec bash -c \"$0\"; exec sh -c \"$0\"";
    set_command(config, list({"/bin/sh", "-c", kBestShell, *only}));
  }

  // A literal that is the whole line is one word to the shell, however many values it has: the space keeps it together.
  Value shell_line(const std::string& line) const {
    const auto literals = find_literals(line);
    const bool whole = literals_ && literals.size() == 1 && literals[0].text.size() == line.size();
    return list({"/bin/sh", "-c", whole ? line + " " : line});
  }

  // While there are literals, the list stays in one piece: its first element may become none, or several.
  void set_command(Value& config, const Value& words) const {
    const auto& all = *words.as_array();
    if (literals_) {
      config.set("args", words);
      return;
    }
    config.set("command", all.front());
    if (all.size() > 1) config.set("args", Value::Array(all.begin() + 1, all.end()));
  }

  static Value alias_list(const Value& aliases) {
    if (aliases.as_array()) return aliases;
    Value out = Value::Array();
    for (const std::string& alias : split(*aliases.as_string(), ',')) {
      if (!trim(alias).empty()) out.as_array()->emplace_back(trim(alias));
    }
    return out;
  }

  void add_credentials(Value& config) const {
    const Value* authentication = args_.find("authentication");
    const Value* docker = authentication ? authentication->find("docker") : nullptr;
    if (!docker || docker->as_object()->empty()) return;
    Value auth = Value::Object{};
    for (const auto& [key, value] : *docker->as_object()) auth.set(key == "server" ? "server_address" : key, value);
    config.set("auth", list({std::move(auth)}));
  }

  Value env() const {
    const Value* given = args_.find("env");
    Value env = given ? *given : Value(Value::Object{});
    env.set("NOSANA_ID", "${NOMAD_JOB_ID}");
    return env;
  }

  Value resources() const {
    Value out = object({{"CPU", kCpuMhz}, {"MemoryMB", kMemoryMb}});
    if (!is_true(args_.find("gpu"))) return out;
    Value device = object({{"Name", "nvidia/gpu"}, {"Count", requirements_.gpu_count.value_or(1)}});
    Value constraints = Value::Array();
    const auto constrain = [&](std::string_view attribute, std::string_view op, const std::string& value) {
      constraints.as_array()->push_back(
          object({{"LTarget", fmt::format("${{device.attr.{}}}", attribute)}, {"Operand", op}, {"RTarget", value}}));
    };
    if (!requirements_.memory.empty()) constrain("memory", ">=", requirements_.memory);
    if (!requirements_.cuda.empty()) constrain("cuda_version", "version", ">= " + requirements_.cuda);
    set_list(device, "Constraints", std::move(constraints));
    out.set("Devices", list({std::move(device)}));
    return out;
  }

  // As often as is asked for, however long it takes; without a limit, about once a second.
  Value restart_policy() {
    const Value* policy = args_.find("restart_policy");
    if (!policy || *policy == Value("no")) return {};
    const Value* tries = policy->find("restart_tries");
    if (tries && tries->as_int() && *tries->as_int() > 0) {
      return object({{"Attempts", *tries}, {"Interval", 8760 * 3600 * kSecond}, {"Delay", kSecond}, {"Mode", "fail"}});
    }
    if (policy->as_string() && *policy != Value("on-failure")) {
      diagnostics_.warning(
          fmt::format("ops[{}].args.restart_policy", task_.op->index),
          fmt::format("\"{}\" restarts the container when it fails, not when it has succeeded", *policy->as_string()));
    }
    return object({{"Attempts", 10}, {"Interval", 10 * kSecond}, {"Delay", kSecond}, {"Mode", "delay"}});
  }

  Value volume_mounts() const {
    Value out = Value::Array();
    const Value* volumes = args_.find("volumes");
    if (!volumes) return out;
    for (const Value& volume : *volumes->as_array()) {
      out.as_array()->push_back(object({{"Volume", *volume.find("name")}, {"Destination", *volume.find("dest")}}));
    }
    return out;
  }

  const NosanaTask& task_;
  const MachineRequirements& requirements_;
  const Value& op_;
  const Value& args_;
  const bool literals_;
  Diagnostics& diagnostics_;
};

}  // namespace

Value lower_nosana_task(const NosanaTask& task, const MachineRequirements& requirements, Diagnostics& diagnostics) {
  return TaskLowering(task, requirements, diagnostics).lower();
}

}  // namespace drover::jobspec
