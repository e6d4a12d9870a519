#include <algorithm>
#include <array>

#include "base/strings.h"
#include "jobspec/hcl_reader.h"
#include "jobspec/hcl_values.h"

// The blocks of the job language that are more than their keys.
namespace drover::jobspec {
namespace {

using codec::Value;
using Item = HclReader::Item;

void set_default(Value& object, std::string_view key, Value value) {
  if (!object.find(key)) object.set(key, std::move(value));
}

Value& list_at(Value& object, std::string_view key) {
  Value* list = object.find(key);
  return list ? *list : object.set(key, Value::Array{});
}

// The label of a job is its id, unless it says otherwise.
bool read_job_id(HclReader& reader, const Schema& schema, const Item& item, Value& out) {
  if (item.name != "id" || item.block()) return false;
  reader.read_key(*schema.label(), item, out);
  return true;
}

// 003: "Tasks defined directly in a job are wrapped in a task group of the same name."
bool read_job_task(HclReader& reader, const Schema& schema, const Item& item, Value& out) {
  if (item.name != "task" || !item.block()) return false;
  const Schema& group = *schema.by_hcl("group")->block;
  Value& groups = list_at(out, "TaskGroups");
  const HclReader::Entered at_group(reader, fmt::format("TaskGroups[{}]", groups.as_array()->size()), item.range);
  Value wrapper = Value::Object{};
  reader.read_key(*group.by_hcl("task"), item, wrapper);
  const Value* tasks = wrapper.find("Tasks");
  if (!tasks || tasks->as_array()->empty()) return true;
  if (const Value* name = tasks->as_array()->front().find("Name")) wrapper.set("Name", *name);
  groups.as_array()->push_back(std::move(wrapper));
  return true;
}

bool read_job_key(HclReader& reader, const Schema& schema, const Item& item, Value& out) {
  return read_job_id(reader, schema, item, out) || read_job_task(reader, schema, item, out);
}

// `port "http" { static = 80 }` is reserved, without `static` it is dynamic.
bool read_port(HclReader& reader, const Schema& schema, const Item& item, Value& out) {
  if (item.name != "port") return false;
  const auto* block = item.block();
  if (!block) {
    reader.error(item.range, "\"port\" must be a block with a label, as in port \"http\" {}");
    return true;
  }
  const Schema& port = *schema.by_json("ReservedPorts")->block;
  const bool reserved = block->has_argument("static");
  const std::string_view field = reserved ? "ReservedPorts" : "DynamicPorts";
  Value& list = list_at(out, field);
  const HclReader::Entered entered(reader, fmt::format("{}[{}]", field, list.as_array()->size()), item.range);
  list.as_array()->push_back(reader.read_block(port, *block));
  return true;
}

// A task scales each of its resources by one policy.
bool read_task_scaling(HclReader& reader, const Schema&, const Item& item, Value& out) {
  const auto* block = item.block();
  const Value* policies = out.find("ScalingPolicies");
  if (item.name != "scaling" || !block || block->labels.size() != 1 || !policies) return false;
  const Value type = "vertical_" + block->labels[0].text;
  for (const Value& policy : *policies->as_array()) {
    const Value* other = policy.find("Type");
    if (!other || *other != type) continue;
    reader.error(block->labels[0].range,
                 fmt::format("scaling \"{}\" is defined twice", printable(block->labels[0].text, 80)));
    return true;
  }
  return false;
}

// Nomad's own clients leave it out of what they send, and so does the tree.
bool read_volume_key(HclReader& reader, const Schema&, const Item& item, Value&) {
  if (item.name != "sticky" || item.block()) return false;
  const auto value = reader.evaluate(item);
  if (!value) return true;
  const auto sticky = to_shape(*value, Shape::Bool);
  if (!sticky) {
    reader.error(item.range, fmt::format("sticky: {}", sticky.error().message()));
  } else if (*sticky == Value(true)) {
    reader.warning(item.range,
                   "sticky is not supported by this version of drover: a replacement may get another volume");
  }
  return true;
}

// Operators that are written as keys: `version = ">= 1.2"`.
bool read_operator(HclReader& reader, const Schema&, const Item& item, Value& out) {
  constexpr std::array<std::string_view, 6> kValueOperators = {"version",      "semver",           "regexp",
                                                               "set_contains", "set_contains_any", "set_contains_all"};
  const bool compares = std::ranges::find(kValueOperators, item.name) != kValueOperators.end();
  if (!compares && item.name != "distinct_hosts" && item.name != "distinct_property") return false;
  const auto value = reader.evaluate(item);
  if (!value) return true;
  const auto converted = to_shape(*value, item.name == "distinct_hosts" ? Shape::Bool : Shape::String);
  if (!converted) {
    reader.error(item.range, fmt::format("{}: {}", item.name, converted.error().message()));
    return true;
  }
  if (const Value* other = out.find("Operand"); other && *other != Value(item.name)) {
    reader.error(item.range, fmt::format("\"{}\" is a second operator of this constraint", item.name));
    return true;
  }
  // `distinct_hosts = false` asks for nothing: end_constraint() takes the block away.
  const bool off = item.name == "distinct_hosts" && !*converted->as_bool();
  out.set("Operand", off ? std::string() : item.name);
  if (compares) out.set("RTarget", *converted);
  if (item.name == "distinct_property") out.set("LTarget", *converted);
  return true;
}

void end_constraint(const BlockEndContext&, Value& out) {
  const Value* operand = out.find("Operand");
  if (operand && *operand == Value("")) {
    out = nullptr;
    return;
  }
  set_default(out, "Operand", "=");
}

void end_affinity(const BlockEndContext&, Value& out) {
  set_default(out, "Operand", "=");
}

void end_periodic(const BlockEndContext&, Value& out) {
  set_default(out, "SpecType", "cron");
}

void end_template(const BlockEndContext&, Value& out) {
  set_default(out, "ChangeMode", "restart");
  set_default(out, "Splay", int64_t{5'000'000'000});
  set_default(out, "Perms", "0644");
}

// The older way to say it.
void end_logs(const BlockEndContext&, Value& out) {
  const Value* enabled = out.find("Enabled");
  if (!enabled) return;
  set_default(out, "Disabled", *enabled == Value(false));
  out.erase("Enabled");
}

// The identity without a name of its own is the task's default one.
void end_task(const BlockEndContext&, Value& out) {
  Value* identities = out.find("Identities");
  if (!identities) return;
  auto& all = *identities->as_array();
  const auto is_default = [](const Value& identity) {
    const Value* name = identity.find("Name");
    return !name || *name == Value("") || *name == Value("default");
  };
  const auto found = std::ranges::find_if(all, is_default);
  if (found == all.end()) return;
  const Value identity = std::move(*found);
  all.erase(found);
  if (all.empty()) out.erase("Identities");
  out.set("Identity", identity);
}

void end_vault(const BlockEndContext&, Value& out) {
  set_default(out, "Env", true);
  set_default(out, "ChangeMode", "restart");
}

void end_scaling(const BlockEndContext& at, Value& out) {
  if (!out.find("Max")) at.reader.error(at.range, "scaling needs a max, the largest count");
  set_default(out, "Type", "horizontal");
  set_default(out, "Enabled", true);
}

void end_task_scaling(const BlockEndContext&, Value& out) {
  const Value* type = out.find("Type");
  if (type && type->as_string()) out.set("Type", "vertical_" + *type->as_string());
  set_default(out, "Enabled", true);
}

// A task without a vault block has that of its group, or else that of its job.
void inherit_vault(Value& parent, std::string_view children) {
  Value* list = parent.find(children);
  const Value* vault = parent.find("Vault");
  if (vault && list) {
    for (Value& child : *list->as_array()) set_default(child, "Vault", *vault);
  }
  parent.erase("Vault");
}

void end_job(const BlockEndContext&, Value& out) {
  if (const Value* id = out.find("ID")) set_default(out, "Name", *id);
  inherit_vault(out, "TaskGroups");
  Value* groups = out.find("TaskGroups");
  if (!groups) return;
  for (Value& group : *groups->as_array()) inherit_vault(group, "Tasks");
}

constexpr BlockRules kRules[] = {
    {.schema = "Job", .special = read_job_key, .end = end_job},
    {.schema = "Task", .special = read_task_scaling, .end = end_task},
    {.schema = "LogConfig", .end = end_logs},
    {.schema = "Network", .special = read_port},
    {.schema = "Volume", .special = read_volume_key},
    {.schema = "Constraint", .special = read_operator, .end = end_constraint},
    {.schema = "Affinity", .special = read_operator, .end = end_affinity},
    {.schema = "Periodic", .end = end_periodic},
    {.schema = "Template", .end = end_template},
    {.schema = "Vault", .end = end_vault},
    {.schema = "Scaling", .end = end_scaling},
    {.schema = "TaskScaling", .end = end_task_scaling},
};

}  // namespace

const BlockRules& rules_of(const Schema& schema) {
  static constexpr BlockRules kNone{};
  const auto it = std::ranges::find(kRules, schema.name, &BlockRules::schema);
  return it == std::end(kRules) ? kNone : *it;
}

}  // namespace drover::jobspec
