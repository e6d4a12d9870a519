#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "codec/value.h"
#include "model/constraint.h"
#include "model/integrations.h"
#include "model/policies.h"
#include "model/resources.h"
#include "model/service.h"
#include "model/task_graph.h"
#include "model/task_io.h"
#include "model/task_parts.h"
#include "model/volume.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::model {

// One unit of work: 001 and 003 "Task", facts 1.8.
struct Task {
  std::string name;
  std::string driver;
  std::string user;
  codec::Value config;  // an object; its keys are the driver's
  std::map<std::string, std::string> env;
  std::vector<Service> services;
  std::vector<Constraint> constraints;
  Resources resources;
  std::map<std::string, std::string> meta;
  std::vector<Artifact> artifacts;
  std::vector<Template> templates;
  std::optional<DispatchPayload> dispatch_payload;
  std::vector<Dependency> depends_on;
  LogConfig logs;
  bool leader = false;
  Duration kill_timeout = std::chrono::seconds(5);
  std::string kill_signal;  // "": SIGINT, for docker SIGTERM
  Duration shutdown_delay{0};
  std::optional<RestartPolicy> restart;  // overrides the group's, member by member
  std::vector<Affinity> affinities;
  std::optional<Lifecycle> lifecycle;
  std::vector<VolumeMount> volume_mounts;
  std::optional<CsiPlugin> csi_plugin;
  std::optional<Vault> vault;
  std::optional<Consul> consul;
  std::optional<WorkloadIdentity> identity;  // the default one
  std::vector<WorkloadIdentity> identities;
  std::vector<Action> actions;
  std::optional<Schedule> schedule;
  std::vector<SecretRequest> secrets;
  std::vector<ScalingPolicy> scaling_policies;
  std::string kind;

  // Tasks of one stage start together when every task of the stages that appear earlier in the group has ended, however
  // it ended. "": the task waits for no stage and none waits for it.
  std::string stage;
  bool stop_with_dependencies = false;  // stops when one that it depends on ends
  std::vector<TaskResult> results;
  std::vector<Endpoint> endpoints;
  bool private_endpoints = false;  // their addresses cannot be guessed
  std::vector<Asset> assets;
  bool literals = false;  // `%%…%%` and Nosana's collection operators are resolved just before the task starts
};
void describe(codec::StructBuilder& d, Task& r);

}  // namespace drover::model
