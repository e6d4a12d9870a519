#include "api/scaling_policies.h"

#include "api/json_object.h"
#include "base/hash.h"
#include "codec/describe.h"

namespace drover::api {
namespace {

uint64_t mixed_hash(std::string_view text, uint64_t seed) {
  const uint64_t hash = fnv1a(text, seed);
  return hash ^ hash >> 29;
}

Uuid id_of(const PolicyRef& ref) {
  std::string name;
  for (const std::string& part :
       {ref.job->ns, ref.job->id, ref.group->name, ref.task ? ref.task->name : std::string(), ref.type()}) {
    name += part + '\0';
  }
  Uuid id{.hi = mixed_hash(name, kFnvBasis), .lo = mixed_hash(name, 0x84222325cbf29ce4ULL)};
  // A UUID of version 8 ("custom").
  id.hi = (id.hi & ~0xf000ULL) | 0x8000ULL;
  id.lo = (id.lo & ~(0xc0ULL << 56)) | 0x80ULL << 56;
  return id;
}

}  // namespace

std::string PolicyRef::type() const {
  return policy->type.empty() ? "horizontal" : policy->type;
}

void for_each_policy(const model::Job& job, const std::function<void(const PolicyRef&)>& visit) {
  if (job.stop) return;
  const auto call = [&](PolicyRef ref) {
    ref.id = id_of(ref);
    visit(ref);
  };
  for (const model::TaskGroup& group : job.task_groups) {
    if (group.scaling) call({.job = &job, .group = &group, .policy = &*group.scaling});
    for (const model::Task& task : group.tasks) {
      for (const model::ScalingPolicy& policy : task.scaling_policies) {
        call({.job = &job, .group = &group, .task = &task, .policy = &policy});
      }
    }
  }
}

void write_policy(std::string& out, const PolicyRef& ref, PolicyDetail detail) {
  JsonObject object(out);
  object.text("ID", ref.id.str());
  object.text("Type", ref.type());
  object.text("Namespace", ref.job->ns);
  JsonObject target(object.value("Target"));
  target.text("Namespace", ref.job->ns);
  target.text("Job", ref.job->id);
  target.text("Group", ref.group->name);
  if (ref.task) target.text("Task", ref.task->name);
  target.end();
  object.boolean("Enabled", ref.policy->enabled);
  if (detail == PolicyDetail::Full) {
    object.member("Min", ref.policy->min);
    object.member("Max", ref.policy->max);
    object.member("Policy", ref.policy->policy);
  }
  object.number("CreateIndex", ref.job->create_index);
  object.number("ModifyIndex", ref.job->job_modify_index);
  object.end();
}

}  // namespace drover::api
