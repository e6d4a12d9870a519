#include "jobspec/convert_nosana.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "jobspec/convert_nosana_task.h"
#include "jobspec/specified.h"
#include "model/logistics.h"

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr std::string_view kVariables = "nosana.variables.";

std::string text_of(const Value* value) {
  return value && value->as_string() ? *value->as_string() : "";
}

Value::Array take_list(Value& object, std::string_view key) {
  Value list = take(object, key);
  return list.as_array() ? std::move(*list.as_array()) : Value::Array{};
}

// The tasks of a group as operations.
class Operations {
 public:
  Operations(Value& group, NosanaRequirements& requirements, std::vector<LeftOut>& left_out)
      : tasks_(take_list(group, "Tasks")), requirements_(requirements), left_out_(left_out) {
    for (const Value& task : tasks_) {
      const Value* meta = task.find("Meta");
      const std::string id = text_of(meta ? meta->find("nosana.op") : nullptr);
      const std::string name = text_of(task.find("Name"));
      ids_.emplace(name, id.empty() ? name : id);
      was_operation_.push_back(!id.empty());
    }
    sequence_ = is_sequence();
    stages_ = std::ranges::any_of(tasks_, [](const Value& task) { return task.find("Stage") != nullptr; });
    restart_ = take(group, "RestartPolicy");
    if (const Value* volumes = group.find("Volumes"); volumes && volumes->as_object()) {
      for (const auto& [name, volume] : *volumes->as_object()) volumes_.push_back(name);
    }
  }

  Value::Array take_all() {
    Value::Array out;
    const bool waits = tasks_.size() == 1 && text_of(tasks_[0].find("Name")) == model::kAwaitedDefinition;
    if (waits) return out;
    for (size_t i = 0; i < tasks_.size(); ++i) out.push_back(operation(i));
    return out;
  }

 private:
  // Each task waits for the end of the one before, and for nothing else: as operations do by themselves.
  bool is_sequence() const {
    for (size_t i = 0; i < tasks_.size(); ++i) {
      const Value* needs = tasks_[i].find("DependsOn");
      const size_t count = needs && needs->as_array() ? needs->as_array()->size() : 0;
      if (tasks_[i].find("Stage") || count != (i == 0 ? 0 : 1)) return false;
      if (i == 0) continue;
      const Value& need = needs->as_array()->front();
      if (text_of(need.find("Task")) != text_of(tasks_[i - 1].find("Name"))) return false;
      const Value* condition = need.find("Condition");
      if (!condition || *condition != Value("finished")) return false;
    }
    return true;
  }

  Value operation(size_t i) {
    Value& task = tasks_[i];
    const std::string path = fmt::format("TaskGroups[0].Tasks[{}]", i);
    const std::string name = text_of(task.find("Name"));
    const std::string driver = text_of(task.find("Driver"));
    const bool creates = driver == "noop" && was_operation_[i];
    Value op = Value::Object{{"type", creates ? "container/create-volume" : "container/run"}, {"id", ids_[name]}};
    if (driver != "docker" && !creates) left_out_.push_back({path + ".Driver", "operations are containers"});
    Value order = execution(task, i, path);
    Value results = take_nosana_results(task);
    const NosanaTaskContext context{.path = path,
                                    .was_operation = was_operation_[i],
                                    .group_restart = restart_,
                                    .requirements = &requirements_,
                                    .left_out = &left_out_};
    op.set("args", creates ? Value(Value::Object{{"name", volume_to_create()}}) : take_args(task, context));
    if (!order.as_object()->empty()) op.set("execution", std::move(order));
    if (!results.is_null()) op.set("results", std::move(results));
    Value meta = take(task, "Meta");
    if (meta.as_object()) {
      for (const char* key : {"nosana.op", "nosana.group"}) meta.erase(key);
      leave_out_rest(meta, path + ".Meta", left_out_);
    }
    for (const char* key : {"Name", "Driver"}) task.erase(key);
    leave_out_rest(task, path, left_out_);
    return op;
  }

  Value take_args(Value& task, const NosanaTaskContext& context) {
    Value args = take_nosana_args(task, context);
    if (const Value* mounts = args.find("volumes")) {
      for (const Value& mount : *mounts->as_array()) created_.insert(text_of(mount.find("name")));
    }
    return args;
  }

  // Which operation creates which volume is not in the job; the volumes are those of the group, in order.
  std::string volume_to_create() {
    for (const std::string& name : volumes_) {
      if (created_.insert(name).second) return name;
    }
    return volumes_.empty() ? "volume" : volumes_.front();
  }

  Value execution(Value& task, size_t i, const std::string& path) {
    Value out = Value::Object{};
    const Value* meta = task.find("Meta");
    std::string group = text_of(meta ? meta->find("nosana.group") : nullptr);
    const std::string stage = text_of(task.find("Stage"));
    if (!was_operation_[i] && stages_) group = stage;
    if (!was_operation_[i] && !stages_ && !sequence_) group = "main";
    if (!group.empty()) out.set("group", group);
    task.erase("Stage");
    Value::Array ids;
    for (const Value& need : take_list(task, "DependsOn")) {
      ids.emplace_back(ids_[text_of(need.find("Task"))]);
      const std::string condition = text_of(need.find("Condition"));
      const bool ends = condition == "finished" || condition == "succeeded";
      if (ends && !was_operation_[i] && !sequence_ && !stages_) {
        left_out_.push_back(
            {path + ".DependsOn", "operations of one stage wait for the start of others, not their end"});
      }
    }
    if (!sequence_ && !ids.empty()) out.set("depends_on", std::move(ids));
    if (take(task, "StopWithDependencies") == Value(true)) out.set("stop_if_dependent_stops", true);
    return out;
  }

  Value::Array tasks_;
  NosanaRequirements& requirements_;
  std::vector<LeftOut>& left_out_;
  std::map<std::string, std::string> ids_;  // task → operation
  std::vector<bool> was_operation_;
  bool sequence_ = false;
  bool stages_ = false;
  Value restart_;
  std::vector<std::string> volumes_;
  std::set<std::string> created_;
};

// The parts of a group that the definition of its operations implies.
void take_implied(Value& group) {
  take(group, "Name");
  if (const Value* count = group.find("Count"); count && *count == Value(1)) take(group, "Count");
  const Value own = Value::Array{Value::Object{{"Mode", "private"}}};
  if (const Value* networks = group.find("Networks"); networks && *networks == own) take(group, "Networks");
  if (const Value* policy = group.find("ReschedulePolicy")) {
    const Value* attempts = policy->find("Attempts");
    const Value* unlimited = policy->find("Unlimited");
    if (attempts && *attempts == Value(0) && unlimited && *unlimited == Value(false)) take(group, "ReschedulePolicy");
  }
  Value* volumes = group.find("Volumes");
  if (!volumes || !volumes->as_object()) return;
  std::erase_if(*volumes->as_object(), [](const Value::Member& member) {
    const Value* type = member.second.find("Type");
    return type && *type == Value("alloc");
  });
}

Value take_meta(Value& job, Value& definition) {
  Value meta = take(job, "Meta");
  if (!meta.as_object()) meta = Value::Object{};
  const Value version = take(meta, "nosana.version");
  definition.set("version", version.is_null() ? Value("0.1") : version);
  definition.set("type", "container");
  if (Value id = take(meta, "nosana.deployment_id"); !id.is_null()) definition.set("deployment_id", std::move(id));
  const Value trigger = take(meta, "nosana.trigger");
  if (!trigger.is_null()) {
    definition.set("meta", Value::Object{{"trigger", trigger}});
  } else if (version.is_null()) {
    definition.set("meta", Value::Object{{"trigger", "cli"}});
  }
  Value variables = Value::Object{};
  std::erase_if(*meta.as_object(), [&](const Value::Member& member) {
    if (!member.first.starts_with(kVariables)) return false;
    variables.set(member.first.substr(kVariables.size()), member.second);
    return true;
  });
  if (!variables.as_object()->empty()) definition.set("global", Value::Object{{"variables", std::move(variables)}});
  return meta;
}

}  // namespace

NosanaDefinition to_nosana(const model::Job& job) {
  NosanaDefinition out{.definition = Value::Object{}};
  Value tree = specified_tree(job);
  leave_out_rest(take_meta(tree, out.definition), "Meta", out.left_out);
  if (Value logistics = take(tree, "Logistics"); !logistics.is_null()) {
    out.definition.set("logistics", std::move(logistics));
  }
  Value groups = take(tree, "TaskGroups");
  Value::Array ops;
  NosanaRequirements requirements;
  for (size_t i = 0; groups.as_array() && i < groups.as_array()->size(); ++i) {
    Value& group = (*groups.as_array())[i];
    const std::string path = fmt::format("TaskGroups[{}]", i);
    if (i > 0) {
      out.left_out.push_back({path, "a definition is one group"});
      continue;
    }
    ops = Operations(group, requirements, out.left_out).take_all();
    take_implied(group);
    leave_out_rest(group, path, out.left_out);
  }
  if (!requirements.empty()) {
    Value* meta = out.definition.find("meta");
    if (!meta) meta = &out.definition.set("meta", Value::Object{});
    meta->set("system_requirements", std::move(requirements));
  }
  out.definition.set("ops", std::move(ops));
  for (const char* key : {"ID", "Name", "Type"}) take(tree, key);
  if (job.type != model::JobType::Batch) out.left_out.push_back({"Type", "operations run once, as in a batch job"});
  const Value* datacenters = tree.find("Datacenters");
  if (datacenters && *datacenters == Value(Value::Array{"dc1"})) take(tree, "Datacenters");
  leave_out_rest(tree, "", out.left_out);
  return out;
}

}  // namespace drover::jobspec
