#include "jobspec/nosana.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/hash.h"
#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/nosana_args.h"
#include "jobspec/nosana_check.h"
#include "jobspec/nosana_plan.h"
#include "jobspec/nosana_requirements.h"
#include "jobspec/nosana_task.h"
#include "model/logistics.h"

namespace drover::jobspec {
namespace {

using codec::Value;

Value object(std::initializer_list<Value::Member> members) {
  return Value::Object(members);
}

Value list(std::initializer_list<Value> elements) {
  return Value::Array(elements);
}

// A name as the job model wants it, and engines as a part of a path: other characters become '-'.
std::string to_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, 100)) name += c > ' ' && c < 0x7f && c != '/' && c != '\\' && c != ':' ? c : '-';
  return name.empty() ? "op" : name;
}

std::string job_id(const Value& definition, const ParseOptions& options) {
  std::string_view file = options.file;
  if (const size_t slash = file.rfind('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  const std::string_view stem = file.substr(0, file.find('.'));
  if (!stem.empty() && stem != "-") return to_name(stem);
  return fmt::format("nosana-{:016x}", fnv1a(codec::dump(definition)));
}

// Whether something is exposed that a health check may say more about than that it runs.
bool has_health(const Value& op) {
  const Value* args = op.find("args");
  const Value* expose = args ? args->find("expose") : nullptr;
  if (!expose) return false;
  const Value::Array one = {*expose};
  return std::ranges::any_of(expose->as_array() ? *expose->as_array() : one, [](const Value& port) {
    const Value* checks = port.find("health_checks");
    const bool dynamic = port.find("__spread__") || (port.as_string() && port.as_string()->starts_with("%%"));
    return dynamic || (checks && !checks->as_array()->empty());
  });
}

// Makes the tasks of the operations and puts them in order.
class GroupLowering {
 public:
  GroupLowering(const Value& definition, const MachineRequirements& requirements, Diagnostics& diagnostics)
      : ops_(nosana_ops(definition)),
        stages_(nosana_stages(ops_)),
        requirements_(requirements),
        diagnostics_(diagnostics) {
    name_tasks();
  }

  Value lower() {
    Value group = object({{"Name", "ops"}, {"Count", 1}});
    group.set("RestartPolicy", object({{"Attempts", 0}, {"Mode", "fail"}}));
    group.set("ReschedulePolicy", object({{"Attempts", 0}, {"Unlimited", false}}));
    if (const Value volumes = this->volumes(); !volumes.as_object()->empty()) group.set("Volumes", volumes);
    if (std::ranges::any_of(ops_, is_container)) group.set("Networks", list({object({{"Mode", "private"}})}));
    Value::Array tasks;
    for (size_t i = 0; i < ops_.size(); ++i) tasks.push_back(task(i));
    group.set("Tasks", std::move(tasks));
    return group;
  }

 private:
  static bool is_container(const NosanaOp& op) { return *op.value->find("type") == Value("container/run"); }

  void name_tasks() {
    std::set<std::string> taken;
    for (const NosanaOp& op : ops_) {
      const std::string base = to_name(op.id);
      std::string name = base;
      for (int n = 2; !taken.insert(name).second; ++n) name = fmt::format("{}-{}", base, n);
      index_.emplace(op.id, names_.size());
      names_.push_back(std::move(name));
    }
  }

  Value task(size_t i) {
    NosanaTask task{.op = &ops_[i], .name = names_[i]};
    // Also where all are in one: what fails in a stage stops nobody else.
    if (ops_.size() > 1) task.stage = stages_[i];
    std::set<std::string_view> seen;
    for (const std::string& need : ops_[i].depends_on) {
      const size_t other = index_.at(need);
      if (!seen.insert(need).second) continue;
      // Of an earlier stage, everything has ended.
      const bool beside = stages_[other] == stages_[i];
      const char* condition = !beside ? "finished" : has_health(*ops_[other].value) ? "healthy" : "started";
      task.depends_on.push_back({names_[other], condition});
    }
    return lower_nosana_task(task, requirements_, diagnostics_);
  }

  // Those that operations create, and those that they mount without: engines create them on demand.
  Value volumes() const {
    Value out = Value::Object{};
    const auto add = [&](const std::string& name) { out.set(name, object({{"Name", name}, {"Type", "alloc"}})); };
    for (const NosanaOp& op : ops_) {
      const Value& args = *op.value->find("args");
      const Value* mounts = args.find("volumes");
      if (*op.value->find("type") != Value("container/run")) {
        add(*args.find("name")->as_string());
      } else if (mounts) {
        for (const Value& mount : *mounts->as_array()) add(*mount.find("name")->as_string());
      }
    }
    return out;
  }

  const std::vector<NosanaOp> ops_;
  const std::vector<std::string> stages_;
  const MachineRequirements& requirements_;
  Diagnostics& diagnostics_;
  std::vector<std::string> names_;
  std::map<std::string_view, size_t> index_;
};

// What waits for its definition has a task that does nothing.
Value empty_group() {
  return object({{"Name", "ops"},
                 {"Count", 1},
                 {"Tasks", list({object({{"Name", model::kAwaitedDefinition}, {"Driver", "noop"}})})}});
}

Value job_meta(const Value& definition) {
  Value meta = object({{"nosana.version", *definition.find("version")}});
  const Value* given = definition.find("meta");
  const Value* trigger = given ? given->find("trigger") : nullptr;
  if (trigger) meta.set("nosana.trigger", *trigger);
  if (const Value* deployment = definition.find("deployment_id")) meta.set("nosana.deployment_id", *deployment);
  const Value* global = definition.find("global");
  const Value* variables = global ? global->find("variables") : nullptr;
  if (!variables) return meta;
  for (const auto& [name, value] : *variables->as_object()) meta.set("nosana.variables." + name, value);
  return meta;
}

bool uses_gpu(const Value& definition) {
  return std::ranges::any_of(*definition.find("ops")->as_array(), [](const Value& op) {
    const Value* gpu = op.find("args")->find("gpu");
    return gpu && *gpu == Value(true);
  });
}

// Whether its operations come when it has been submitted.
bool is_delivered(const Value& definition) {
  const Value* logistics = definition.find("logistics");
  return logistics && logistics->find("send");
}

Value lower(const Value& definition, const ParseOptions& options, Diagnostics& diagnostics) {
  const std::string id = job_id(definition, options);
  Value job = object({{"ID", id}, {"Name", id}, {"Type", "batch"}, {"Datacenters", list({"dc1"})}});
  job.set("Meta", job_meta(definition));
  const Value* logistics = definition.find("logistics");
  if (logistics && !logistics->as_object()->empty()) job.set("Logistics", *logistics);
  if (is_delivered(definition)) {
    if (!definition.find("ops")->as_array()->empty()) {
      diagnostics.warning("ops", "these operations do not run: \"logistics.send\" brings others");
    }
    job.set("TaskGroups", list({empty_group()}));
    return job;
  }
  const Value effective = with_effective_args(definition, diagnostics);
  if (diagnostics.has_errors()) return {};
  Diagnostics known;  // the definition's own check has reported them
  const MachineRequirements requirements = machine_requirements(definition, known);
  const bool asks = requirements.gpu_count || !requirements.memory.empty() || !requirements.cuda.empty();
  if (asks && !uses_gpu(effective)) {
    diagnostics.warning("meta", "the requirements on GPUs have no effect: no operation has \"gpu\": true");
  }
  job.set("TaskGroups", list({GroupLowering(effective, requirements, diagnostics).lower()}));
  return job;
}

}  // namespace

bool is_nosana(const Value& value) {
  if (value.find("ops")) return true;
  const Value* type = value.find("type");
  return type && *type == Value("container") && value.find("version");
}

ParsedJob parse_nosana(const Value& given, const ParseOptions& options) {
  ParsedJob out{.format = Format::Nosana};
  Value definition = given;
  if (options.nosana_delivered) definition.erase("logistics");
  const NosanaStrictness strictness = options.nosana_strict ? NosanaStrictness::Strict : NosanaStrictness::Union;
  validate_nosana(definition, strictness, out.diagnostics);
  if (out.ok() && definition.find("ops")->as_array()->empty() && !is_delivered(definition)) {
    out.diagnostics.error("ops", "there are no operations, and no \"logistics.send\" that would bring them");
  }
  if (!out.ok()) return out;
  out.tree = lower(definition, options, out.diagnostics);
  return out;
}

}  // namespace drover::jobspec
