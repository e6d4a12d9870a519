#include "jobspec/nosana.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/nosana_needs.h"
#include "jobspec/nosana_schema.h"

namespace drover::jobspec {
namespace {

using codec::Value;

// A definition says nothing about CPU and memory; these are what its containers may count on.
constexpr int64_t kCpuMhz = 100;
constexpr int64_t kMemoryMb = 512;

Value object(std::initializer_list<Value::Member> members) {
  return Value::Object(members);
}

Value list(std::initializer_list<Value> elements) {
  return Value::Array(elements);
}

// A name as the job model wants it: other characters become '-'.
std::string to_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, 100)) name += c > ' ' && c < 0x7f && c != '/' && c != '\\' ? c : '-';
  return name.empty() ? "op" : name;
}

std::string job_id(const Value& definition, const ParseOptions& options) {
  std::string_view file = options.file;
  if (const size_t slash = file.rfind('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  const std::string_view stem = file.substr(0, file.find('.'));
  if (!stem.empty() && stem != "-") return to_name(stem);
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : codec::dump(definition)) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return fmt::format("nosana-{:016x}", hash);
}

bool has_content(const Value* value) {
  if (!value || value->is_null()) return false;
  if (const auto* array = value->as_array()) return !array->empty();
  if (const auto* members = value->as_object()) return !members->empty();
  if (const bool* flag = value->as_bool()) return *flag;
  if (const std::string* text = value->as_string()) return !text->empty();
  const int64_t* number = value->as_int();
  return !number || *number != 0;
}

// Whether some text in a value satisfies `matches`; keys count too.
template <class Matches>
bool any_text(const Value& value, const Matches& matches) {
  if (const std::string* text = value.as_string()) return matches(*text);
  if (const auto* array = value.as_array()) {
    return std::ranges::any_of(*array, [&](const Value& element) { return any_text(element, matches); });
  }
  const auto* members = value.as_object();
  return members && std::ranges::any_of(*members, [&](const Value::Member& member) {
           return matches(member.first) || any_text(member.second, matches);
         });
}

bool is_literal_text(const std::string& text) {
  const size_t start = text.find("%%");
  return start != std::string::npos && text.find("%%", start + 2) != std::string::npos;
}

bool is_operator_text(const std::string& text) {
  return text == "__spread__" || text == "__pairs__" || text == "__remove-if-empty__";
}

// Makes one task of an operation.
class OperationLowering {
 public:
  OperationLowering(const Value& definition, const Value& op, size_t index, Diagnostics& diagnostics)
      : op_(op),
        args_(*op.find("args")),
        global_(definition.find("global")),
        index_(index),
        diagnostics_(diagnostics) {}

  Value lower(const std::string& name, const std::string& previous) {
    Value task = object({{"Name", name}, {"Driver", "docker"}, {"Config", config()}, {"Env", env()}});
    task.set("Resources", object({{"CPU", kCpuMhz}, {"MemoryMB", kMemoryMb}}));
    if (!previous.empty()) {
      task.set("DependsOn", list({object({{"Task", previous}, {"Condition", "finished"}})}));
    }
    Value meta = object({{"nosana.op", *op_.find("id")}});
    if (const std::string text = join(needs(), ","); !text.empty()) meta.set(kNosanaNeeds, text);
    task.set("Meta", std::move(meta));
    return task;
  }

 private:
  // The operation's own value, or else the global one; an empty string counts as none.
  const Value* setting(std::string_view key) const {
    const Value* own = args_.find(key);
    const bool given = own && !own->is_null() && *own != Value("");
    return given || !global_ ? own : global_->find(key);
  }

  Value config() const {
    Value config = Value::Object{};
    if (const Value* image = setting("image")) config.set("image", *image);
    add_command(config);
    if (const Value* entrypoint = setting("entrypoint"); has_content(entrypoint)) {
      config.set("entrypoint", entrypoint->as_array() ? *entrypoint : list({*entrypoint}));
    }
    if (const Value* dir = setting("work_dir"); has_content(dir)) config.set("work_dir", *dir);
    add_credentials(config);
    return config;
  }

  void add_command(Value& config) const {
    const Value* cmd = args_.find("cmd");
    if (!has_content(cmd)) return;
    if (cmd->as_string()) return set_command(config, list({"/bin/sh", "-c", *cmd}));
    const auto& words = *cmd->as_array();
    const std::string* only = words.size() == 1 ? words[0].as_string() : nullptr;
    const bool whole_line = only && only->find_first_of(" \t\n") != std::string::npos;
    if (!whole_line || has_content(setting("entrypoint"))) return set_command(config, *cmd);
    diagnostics_.warning(fmt::format("ops[{}].args.cmd", index_),
                         "the only element holds spaces and is run by a shell; Nosana's nodes would look for a program "
                         "of that name, write it as a string");
    constexpr const char* kBestShell = "command -v bash >/dev/null 2>&1 && exec bash -c \"$0\"; exec sh -c \"$0\"";
    set_command(config, list({"/bin/sh", "-c", kBestShell, *only}));
  }

  static void set_command(Value& config, const Value& words) {
    const auto& all = *words.as_array();
    config.set("command", all.front());
    if (all.size() > 1) config.set("args", Value::Array(all.begin() + 1, all.end()));
  }

  void add_credentials(Value& config) const {
    const Value* authentication = args_.find("authentication");
    const Value* docker = authentication ? authentication->find("docker") : nullptr;
    if (!has_content(docker)) return;
    Value auth = Value::Object{};
    for (const auto& [key, value] : *docker->as_object()) auth.set(key == "server" ? "server_address" : key, value);
    config.set("auth", list({std::move(auth)}));
  }

  Value env() const {
    std::map<std::string, Value> env;
    for (const Value* source : {global_, &args_}) {
      const Value* given = source ? source->find("env") : nullptr;
      if (!given || !given->as_object()) continue;
      for (const auto& [name, value] : *given->as_object()) {
        if (value.as_string()) env[name] = value;
      }
    }
    env["NOSANA_ID"] = "${NOMAD_JOB_ID}";
    return Value::Object(env.begin(), env.end());
  }

  std::vector<std::string> needs() const {
    std::vector<std::string> needs;
    if (*op_.find("type") != Value("container/run")) needs.emplace_back("container/create-volume");
    const Value* own_gpu = args_.find("gpu");
    if (has_content(own_gpu) || (global_ && has_content(global_->find("gpu")))) needs.emplace_back("gpu");
    for (const char* key : {"expose", "private", "volumes", "resources", "aliases", "required_vram"}) {
      if (has_content(args_.find(key))) needs.emplace_back(key);
    }
    const Value* policy = args_.find("restart_policy");
    if (has_content(policy) && *policy != Value("no")) needs.emplace_back("restart_policy");
    if (has_content(op_.find("results"))) needs.emplace_back("results");
    if (has_content(op_.find("execution"))) needs.emplace_back("execution");
    const Value* global_env = global_ ? global_->find("env") : nullptr;
    const auto uses = [&](bool (*matches)(const std::string&)) {
      return any_text(args_, matches) || (global_env && any_text(*global_env, matches));
    };
    if (uses(is_literal_text)) needs.emplace_back("%% literals");
    if (uses(is_operator_text)) needs.emplace_back("collection operators");
    return needs;
  }

  const Value& op_;
  const Value& args_;
  const Value* const global_;
  const size_t index_;
  Diagnostics& diagnostics_;
};

// Requirements on the machine that only a scheduler that knows GPUs can meet.
std::vector<std::string> machine_needs(const Value& definition) {
  std::vector<std::string> needs;
  if (has_content(definition.find("logistics"))) needs.emplace_back("logistics");
  const Value* meta = definition.find("meta");
  if (!meta) return needs;
  for (const char* block : {"system_resources", "system_requirements"}) {
    const Value* requirements = meta->find(block);
    if (!requirements || !requirements->as_object()) continue;
    for (const auto& [key, value] : *requirements->as_object()) {
      if (has_content(&value)) needs.push_back(fmt::format("meta.{}.{}", block, replace_all(key, ",", "_")));
    }
  }
  return needs;
}

void add_needs(Value& task, const std::vector<std::string>& needs) {
  if (needs.empty()) return;
  Value& meta = *task.find("Meta");
  const Value* own = meta.find(kNosanaNeeds);
  const std::string before = own ? *own->as_string() + "," : "";
  meta.set(kNosanaNeeds, before + join(needs, ","));
}

// The operations in sequence: each starts when the one before has ended, however it ended.
Value lower_operations(const Value& definition, Diagnostics& diagnostics) {
  Value::Array tasks;
  std::set<std::string> names;
  std::string previous;
  const auto& ops = *definition.find("ops")->as_array();
  for (size_t i = 0; i < ops.size(); ++i) {
    const std::string base = to_name(*ops[i].find("id")->as_string());
    std::string name = base;
    for (int n = 2; !names.insert(name).second; ++n) name = fmt::format("{}-{}", base, n);
    tasks.push_back(OperationLowering(definition, ops[i], i, diagnostics).lower(name, previous));
    previous = name;
  }
  if (!tasks.empty()) add_needs(tasks.front(), machine_needs(definition));
  return tasks;
}

Value job_meta(const Value& definition) {
  Value meta = object({{"nosana.version", *definition.find("version")}});
  const Value* given = definition.find("meta");
  const Value* trigger = given ? given->find("trigger") : nullptr;
  if (trigger) meta.set("nosana.trigger", *trigger);
  if (const Value* deployment = definition.find("deployment_id")) meta.set("nosana.deployment_id", *deployment);
  return meta;
}

}  // namespace

bool is_nosana(const Value& value) {
  if (value.find("ops")) return true;
  const Value* type = value.find("type");
  return type && *type == Value("container") && value.find("version");
}

ParsedJob parse_nosana(const Value& definition, const ParseOptions& options) {
  ParsedJob out{.format = Format::Nosana};
  validate_nosana(definition, out.diagnostics);
  if (out.ok() && definition.find("ops")->as_array()->empty()) {
    out.diagnostics.error("ops", "there are no operations; definitions that are delivered later are not supported");
  }
  if (!out.ok()) return out;
  const std::string id = job_id(definition, options);
  Value group = object({{"Name", "ops"}, {"Count", 1}});
  group.set("RestartPolicy", object({{"Attempts", 0}, {"Mode", "fail"}}));
  group.set("ReschedulePolicy", object({{"Attempts", 0}, {"Unlimited", false}}));
  group.set("Tasks", lower_operations(definition, out.diagnostics));
  out.tree = object({{"ID", id}, {"Name", id}, {"Type", "batch"}, {"Datacenters", list({"dc1"})}});
  out.tree.set("Meta", job_meta(definition));
  out.tree.set("TaskGroups", list({std::move(group)}));
  return out;
}

}  // namespace drover::jobspec
