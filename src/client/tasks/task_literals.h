#pragma once

#include "jobspec/nosana_literals.h"
#include "model/allocation.h"
#include "model/job.h"
#include "model/node.h"

#include <map>
#include <string>
#include <vector>

// What the literals of Nosana's definitions stand for on this node (docs/nosana.md). Pure.
namespace drover::client {

using TaskStates = std::map<std::string, const model::TaskState*>;

struct LiteralInputs {
  const model::Job& job;
  const model::TaskGroup& group;
  const model::Node& node;
  TaskStates states;  // results of tasks that have not ended are not known
};

// Ports are exposed below the domain of the agent's proxy (the node's attribute "expose.domain"). Job meta and node
// meta say the rest: "nosana.project" of the job; "nosana.host" of the node, and "nosana.frps_address" for another
// domain.
jobspec::LiteralContext literal_context(const LiteralInputs& inputs);

// The names of a task on the network of its allocation: the task's, the operation's, "<job>-<index>".
std::vector<std::string> task_hosts(const model::Job& job, const model::TaskGroup& group, const model::Task& task);

}  // namespace drover::client
