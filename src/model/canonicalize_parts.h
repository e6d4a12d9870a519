#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/canonicalize.h"
#include "model/job.h"

// The parts that canonicalize() is made of.
namespace drover::model {

template <class T>
void fill(std::optional<T>& value, const std::optional<T>& fallback) {
  if (!value) value = fallback;
}

inline void fill(std::string& value, std::string_view fallback) {
  if (value.empty()) value = fallback;
}

// The policies of the job, before and after those of its groups have taken over from them.
void prepare_job_policies(Job& job);
void complete_job_policies(Job& job);
void canonicalize_policies(TaskGroup& group, const Job& job);
// REQUIRES canonical policies of the group.
void canonicalize_restart(Task& task, const TaskGroup& group);

void canonicalize_disconnect(TaskGroup& group);
// The group's bounds, or with a task those of its resources.
void canonicalize_scaling(TaskGroup& group);
void canonicalize_scaling(Task& task);

void canonicalize_constraints(std::vector<Constraint>& constraints);
void canonicalize_affinities(std::vector<Affinity>& affinities);
void canonicalize_networks(std::vector<Network>& networks);
void canonicalize_signal(std::string& signal);
void canonicalize_identity(WorkloadIdentity& identity);
// `task` is "group" for the services of a group.
void canonicalize_service(Service& service, const Job& job, const TaskGroup& group, std::string_view task);
void canonicalize_connect(ConsulConnect& connect);
void canonicalize_mounts(std::vector<VolumeMount>& mounts);
// REQUIRES canonical policies of the group.
void canonicalize_task(Task& task, const Job& job, const TaskGroup& group);

}  // namespace drover::model
