#pragma once

#include "model/allocation.h"
#include "model/interpolate.h"
#include "model/job.h"
#include "model/node.h"
#include "sys/cpu_list.h"

#include <map>
#include <set>
#include <string>

// The environment of a task (facts 1.11). Pure.
namespace drover::client {

struct TaskEnvInputs {
  const model::Allocation& alloc;
  const model::Job& job;
  const model::TaskGroup& group;
  const model::Task& task;
  const model::Node& node;
  std::string region;
  // As the task sees them.
  std::string alloc_dir;
  std::string task_dir;
  std::string secrets_dir;
  std::map<std::string, int32_t> port_map;      // label → port inside the task's network
  std::map<std::string, std::string> host_env;  // what the driver lets the task inherit
  // Of a group that is on a network of its own.
  std::string alloc_interface;
  std::string alloc_ip;
};

struct TaskEnv {
  std::map<std::string, std::string> variables;
  std::set<std::string> own;  // the names of the variables that say what Drover decided: nothing else may set them
  model::Variables node;

  // Takes over what hooks made of the variables (env templates), but for the own ones.
  void adopt(const std::map<std::string, std::string>& changed);

  model::Interpolator interpolator() const { return {model::Variables(variables.begin(), variables.end()), node}; }
};

// Lowest first: the host's variables, the task's, the own ones. The task's may refer to the others but not to each
// other; what is no name for a variable is made one, with "_" for each bad character.
TaskEnv build_task_env(const TaskEnvInputs& inputs);

// The agent's environment without what is its own business: credentials (Nomad's deny list, or `denied`, separated by
// commas, if that is not empty) and all that is named NOMAD_ or DROVER_.
std::map<std::string, std::string> inheritable_env(const std::map<std::string, std::string>& env,
                                                   const std::string& denied);

// Those that the task has for itself.
sys::CpuSet cores_of(const model::Allocation& alloc, const std::string& task);
// The same as the kernel writes them: "0-2,7"; "" if there are none.
std::string cpuset_of(const model::Allocation& alloc, const std::string& task);

// MHz: what the task asks for, or what its cores of the node amount to.
int32_t cpu_of(const model::Task& task, const model::Node& node);

// Job, group and task, the later ones first.
std::map<std::string, std::string> merged_meta(const model::Job& job, const model::TaskGroup& group,
                                               const model::Task& task);

}  // namespace drover::client
