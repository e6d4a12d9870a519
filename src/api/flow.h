#pragma once

#include "api/context.h"
#include "codec/value.h"
#include "jobspec/nosana_flow.h"
#include "state/view.h"

#include <map>
#include <string>
#include <vector>

// A job as its operations: what Nosana's API shows and acts on.
namespace drover::api {

struct Flow {
  state::Row<model::Job> job;
  state::Row<model::Allocation> alloc;  // the newest of this job; null: it waits for a node

  // Of the first group; empty if there is none.
  const std::vector<model::Task>& tasks() const;
  std::vector<const model::Task*> tasks_of(const std::string& group) const;
  const model::TaskState* state_of(const std::string& task) const;
};

// What FlowState shows of it changes with these.
inline constexpr state::TableSet kFlowTables = {state::Table::Jobs, state::Table::Allocations, state::Table::Services};

// NotFound if there is no such job.
Result<Flow> find_flow(const model::JobKey& job, const state::Snapshot& snapshot);

using FlowLogs = std::map<std::string, std::vector<jobspec::FlowLine>>;  // by task

struct FlowView {
  FlowLogs logs;
  bool for_owner = false;  // of a confidential job: with its operations
};

codec::Value flow_state(const Context& context, const state::Snapshot& snapshot, const Flow& flow, FlowView view = {});

// FlowState without output, and where the operations are: {…, "operations": {"all", "currentGroup",
// "currentGroupStatus"}}.
codec::Value flow_info(const Context& context, const state::Snapshot& snapshot, const Flow& flow);

// What each operation is at, by id; of a confidential job nothing.
codec::Value flow_operations(const Flow& flow);
codec::Value flow_operations_of(const Flow& flow, const std::string& group);

}  // namespace drover::api
