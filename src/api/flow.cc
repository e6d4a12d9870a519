#include "api/flow.h"

#include "api/exposures.h"
#include "api/listing.h"
#include "model/logistics.h"

#include <algorithm>

namespace drover::api {
namespace {

using codec::Value;

template <class Which>
Value operations(const Flow& flow, Which which) {
  Value out = Value::Object{};
  if (model::is_confidential(*flow.job)) return out;
  for (const model::Task& task : flow.tasks()) {
    if (!which(task)) continue;
    out.set(jobspec::flow_op_id(task), jobspec::flow_progress(*flow.job, flow.alloc.get(), task));
  }
  return out;
}

}  // namespace

const std::vector<model::Task>& Flow::tasks() const {
  static const std::vector<model::Task> kNone;
  return job->task_groups.empty() ? kNone : job->task_groups.front().tasks;
}

std::vector<const model::Task*> Flow::tasks_of(const std::string& group) const {
  std::vector<const model::Task*> out;
  for (const model::Task& task : tasks()) {
    if (jobspec::flow_op_group(task) == group) out.push_back(&task);
  }
  return out;
}

const model::TaskState* Flow::state_of(const std::string& task) const {
  if (!alloc) return nullptr;
  const auto found = alloc->task_states.find(task);
  return found == alloc->task_states.end() ? nullptr : &found->second;
}

Result<Flow> find_flow(const model::JobKey& key, const state::Snapshot& snapshot) {
  Flow flow{.job = snapshot.job(key), .alloc = nullptr};
  if (!flow.job) return err(ErrorCode::NotFound, "job not found");
  for (const auto& entry : snapshot.allocs_of_job(key)) {
    // Not one of an earlier job of that name.
    const auto ran = snapshot.job_of(*entry.value);
    if (!ran || ran->create_index != flow.job->create_index) continue;
    if (!flow.alloc || entry.value->create_index > flow.alloc->create_index) flow.alloc = entry.value;
  }
  return flow;
}

Value flow_state(const Context& context, const state::Snapshot& snapshot, const Flow& flow, FlowView view) {
  return jobspec::nosana_flow_state({.job = *flow.job,
                                     .alloc = flow.alloc.get(),
                                     .logs = std::move(view.logs),
                                     .for_owner = view.for_owner,
                                     .endpoints = exposures_of(context, snapshot, *flow.job)});
}

Value flow_info(const Context& context, const state::Snapshot& snapshot, const Flow& flow) {
  const std::string group = jobspec::flow_current_group(*flow.job, flow.alloc.get());
  Value info = flow_state(context, snapshot, flow);
  info.set("operations", Value::Object{{"all", flow_operations(flow)},
                                       {"currentGroup", group.empty() ? Value() : Value(group)},
                                       {"currentGroupStatus", flow_operations_of(flow, group)}});
  return info;
}

Value flow_operations(const Flow& flow) {
  return operations(flow, [](const model::Task&) { return true; });
}

Value flow_operations_of(const Flow& flow, const std::string& group) {
  return operations(flow, [&](const model::Task& task) { return jobspec::flow_op_group(task) == group; });
}

}  // namespace drover::api
