#include "api/shapes.h"

#include <array>

#include "api/json_object.h"
#include "api/redact.h"
#include "api/resources.h"
#include "codec/describe.h"

namespace drover::api {
namespace {

using model::Allocation;
using model::Evaluation;
using model::Job;
using model::Node;

struct JobStubFields {
  using Of = Job;
  static constexpr Pick kPick = Pick::Only;
  static constexpr auto kFields = std::to_array<std::string_view>(
      {"ID", "ParentID", "Name", "Namespace", "Datacenters", "NodePool", "Type", "Priority", "Stop", "StopReason",
       "Status", "StatusDescription", "CreateIndex", "ModifyIndex", "JobModifyIndex", "SubmitTime"});
};

// Times are a number of nanoseconds in Nomad where our descriptions have them so, and RFC 3339 texts in these fields.
struct AllocFields {
  using Of = Allocation;
  static constexpr Pick kPick = Pick::AllBut;
  static constexpr auto kFields =
      std::to_array<std::string_view>({"AllocatedPorts", "DeploymentStatus", "TaskStates", "RescheduleEvents",
                                       "AllocatedDevices", "AllocatedCores", "Metrics", "ScoreParts"});
};

struct AllocStubFields {
  using Of = Allocation;
  static constexpr Pick kPick = Pick::AllBut;
  static constexpr auto kFields = std::to_array<std::string_view>(
      {"AllocatedPorts", "AllocatedCores", "AllocatedDevices", "AllocModifyIndex", "Checks", "DeploymentStatus",
       "DesiredTransition", "Metrics", "PreviousAllocation", "RescheduleEvents", "ScoreParts", "TaskStates"});
};

struct DeploymentFields {
  using Of = model::Deployment;
  static constexpr Pick kPick = Pick::AllBut;
  static constexpr auto kFields = std::to_array<std::string_view>({"TaskGroups"});
};

struct DeploymentGroupFields {
  using Of = model::DeploymentGroup;
  static constexpr Pick kPick = Pick::AllBut;
  static constexpr auto kFields = std::to_array<std::string_view>({"RequireProgressBy"});
};

struct TaskStateFields {
  using Of = model::TaskState;
  static constexpr Pick kPick = Pick::AllBut;
  static constexpr auto kFields = std::to_array<std::string_view>({"LastRestart", "StartedAt", "FinishedAt"});
};

struct EvalFields {
  using Of = Evaluation;
  static constexpr Pick kPick = Pick::AllBut;
  static constexpr auto kFields = std::to_array<std::string_view>({"WaitUntil"});
};

struct NodeFields {
  using Of = Node;
  static constexpr Pick kPick = Pick::AllBut;
  static constexpr auto kFields = std::to_array<std::string_view>(
      {"SecretID", "Capacity", "ReservedCapacity", "Networks", "Drivers", "StatusUpdatedAt", "Events", "Devices",
       "Cores", "DrainStrategy", "LastDrain", "HostVolumes"});
};

struct NodeStubFields {
  using Of = Node;
  static constexpr Pick kPick = Pick::Only;
  static constexpr auto kFields =
      std::to_array<std::string_view>({"ID", "Name", "Datacenter", "NodeClass", "NodePool", "Status",
                                       "StatusDescription", "SchedulingEligibility", "CreateIndex", "ModifyIndex"});
};

struct DriverFields {
  using Of = model::DriverInfo;
  static constexpr Pick kPick = Pick::AllBut;
  static constexpr auto kFields = std::to_array<std::string_view>({"UpdateTime"});
};

void write_task_state(std::string& out, const model::TaskState& state) {
  JsonObject object(out);
  object.members_of(picked<TaskStateFields>(), &state);
  object.time("LastRestart", state.last_restart);
  object.time("StartedAt", state.started_at);
  object.time("FinishedAt", state.finished_at);
  object.end();
}

void add_deployment_status(JsonObject& object, const Allocation& alloc) {
  if (!alloc.deployment_status) return object.null("DeploymentStatus");
  JsonObject status(object.value("DeploymentStatus"));
  if (alloc.deployment_status->healthy) {
    status.boolean("Healthy", *alloc.deployment_status->healthy);
  } else {
    status.null("Healthy");
  }
  status.time("Timestamp", alloc.deployment_status->timestamp);
  status.boolean("Canary", alloc.deployment_status->canary);
  status.number("ModifyIndex", alloc.modify_index);
  status.end();
}

void add_metrics(JsonObject& object, const Allocation& alloc) {
  if (!alloc.metrics) return object.null("Metrics");
  object.member("Metrics", model::shown_metrics(alloc));
}

// How an allocation came about by replacing failed ones.
void add_reschedules(JsonObject& object, const Allocation& alloc) {
  if (alloc.reschedules.empty()) return object.null("RescheduleTracker");
  JsonObject tracker(object.value("RescheduleTracker"));
  tracker.member("Events", alloc.reschedules.get());
  tracker.end();
}

void add_drain(JsonObject& object, const Node& node) {
  object.boolean("Drain", node.drain.has_value());
  if (node.drain) {
    JsonObject drain(object.value("DrainStrategy"));
    drain.member("Deadline", node.drain->deadline);
    drain.boolean("IgnoreSystemJobs", node.drain->ignore_system_jobs);
    drain.time("ForceDeadline", node.drain->force_deadline);
    drain.time("StartedAt", node.drain->started_at);
    drain.end();
  } else {
    object.null("DrainStrategy");
  }
  if (!node.last_drain) return object.null("LastDrain");
  JsonObject last(object.value("LastDrain"));
  last.time("StartedAt", node.last_drain->started_at);
  last.time("UpdatedAt", node.last_drain->updated_at);
  last.text("Status", node.last_drain->status);
  last.text("AccessorID", "");
  last.member("Meta", node.last_drain->meta);
  last.end();
}

void add_host_volumes(JsonObject& object, const Node& node) {
  if (node.host_volumes.empty()) return object.null("HostVolumes");
  JsonObject volumes(object.value("HostVolumes"));
  for (const auto& [name, volume] : node.host_volumes) {
    JsonObject shown(volumes.value(name));
    shown.text("Name", name);
    shown.text("Path", volume.path);
    shown.boolean("ReadOnly", volume.read_only);
    shown.end();
  }
  volumes.end();
}

void write_deployment_group(std::string& out, const model::DeploymentGroup& group) {
  JsonObject object(out);
  object.members_of(picked<DeploymentGroupFields>(), &group);
  object.time("RequireProgressBy", group.require_progress_by);
  object.end();
}

void add_drivers(JsonObject& object, const Node& node) {
  object.map("Drivers", node.drivers, [](std::string& out, const model::DriverInfo& driver) {
    JsonObject info(out);
    info.members_of(picked<DriverFields>(), &driver);
    info.time("UpdateTime", driver.update_time);
    info.end();
  });
}

// "ip" of "ip:port" and "[ip]:port".
std::string host_of(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

std::string attribute(const Node& node, const char* name) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? "" : found->second;
}

}  // namespace

void write_job(std::string& out, const Job& job) {
  const auto& type = codec::type_of<Job>();
  if (!has_secrets(job)) return codec::encode(out, type, &job, kApiStyle);
  const Job shown = redacted(job);
  codec::encode(out, type, &shown, kApiStyle);
}

void write_job_stub(std::string& out, const Job& job, const state::Snapshot& snapshot) {
  JsonObject object(out);
  object.members_of(picked<JobStubFields>(), &job);
  object.boolean("Periodic", job.periodic.has_value());
  object.boolean("ParameterizedJob", job.parameterized.has_value());
  if (const auto summary = snapshot.summary(job.key())) {
    write_summary(object.value("JobSummary"), *summary);
  } else {
    object.null("JobSummary");
  }
  object.end();
}

void write_summary(std::string& out, const state::JobSummary& summary) {
  codec::encode(out, codec::type_of<state::JobSummary>(), &summary, kApiStyle);
}

void write_alloc(std::string& out, const Allocation& alloc, const state::Snapshot& snapshot) {
  JsonObject object(out);
  object.members_of(picked<AllocFields>(), &alloc);
  add_metrics(object, alloc);
  object.map("TaskStates", alloc.task_states, write_task_state);
  add_deployment_status(object, alloc);
  add_reschedules(object, alloc);
  const auto job = snapshot.job_of(alloc);
  if (job) {
    write_job(object.value("Job"), *job);
  } else {
    object.null("Job");
  }
  const model::TaskGroup* group = job ? job->find_group(alloc.task_group) : nullptr;
  if (group) {
    const AllocResources resources = resources_of(alloc, *group, snapshot.node(alloc.node_id).get());
    object.member("Resources", resources.total);
    object.member("TaskResources", resources.tasks);
    object.member("SharedResources", resources.shared);
    object.member("AllocatedResources", resources.allocated);
  }
  object.end();
}

void write_alloc_stub(std::string& out, const Allocation& alloc, const state::Snapshot& snapshot,
                      const AllocStubOptions& options) {
  JsonObject object(out);
  object.members_of(picked<AllocStubFields>(), &alloc);
  const auto job = snapshot.job_of(alloc);
  if (job) object.member("JobType", job->type);
  if (options.task_states) object.map("TaskStates", alloc.task_states, write_task_state);
  add_deployment_status(object, alloc);
  add_reschedules(object, alloc);
  const model::TaskGroup* group = job && options.resources ? job->find_group(alloc.task_group) : nullptr;
  if (group) {
    object.member("AllocatedResources", resources_of(alloc, *group, snapshot.node(alloc.node_id).get()).allocated);
  }
  object.end();
}

void write_deployment(std::string& out, const model::Deployment& deployment) {
  JsonObject object(out);
  object.members_of(picked<DeploymentFields>(), &deployment);
  object.map("TaskGroups", deployment.task_groups, write_deployment_group);
  object.end();
}

void write_eval(std::string& out, const Evaluation& eval) {
  JsonObject object(out);
  object.members_of(picked<EvalFields>(), &eval);
  object.time("WaitUntil", eval.wait_until);
  object.end();
}

void write_node(std::string& out, const Node& node) {
  JsonObject object(out);
  object.members_of(picked<NodeFields>(), &node);
  add_drain(object, node);
  add_drivers(object, node);
  add_host_volumes(object, node);
  object.member("NodeResources", resources_of(node));
  object.member("ReservedResources", reserved_of(node));
  object.member("Resources", legacy_resources_of(node));
  object.member("Reserved", legacy_reserved_of(node));
  object.number("StatusUpdatedAt", static_cast<uint64_t>(node.status_updated_at.unix_nanos / 1'000'000'000));
  object.list("Events", node.events, [](std::string& text, const model::NodeEvent& event) {
    JsonObject shown(text);
    shown.text("Message", event.message);
    shown.text("Subsystem", event.subsystem);
    shown.time("Timestamp", event.timestamp);
    shown.end();
  });
  object.end();
}

void write_node_stub(std::string& out, const Node& node, const NodeStubOptions& options) {
  JsonObject object(out);
  object.members_of(picked<NodeStubFields>(), &node);
  object.text("Address", host_of(node.http_addr));
  object.text("Version", attribute(node, "nomad.version"));
  add_drain(object, node);
  add_drivers(object, node);
  if (options.resources) {
    object.member("NodeResources", resources_of(node));
    object.member("ReservedResources", reserved_of(node));
  }
  object.end();
}

}  // namespace drover::api
