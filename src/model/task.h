#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "codec/value.h"
#include "model/constraint.h"
#include "model/policies.h"
#include "model/resources.h"
#include "model/service.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drover::model {

// How a task's output is kept (001 "Log Rotation"): for stdout and stderr each.
struct LogConfig {
  int32_t max_files = 10;
  int32_t max_file_size_mb = 10;
};
void describe(codec::StructBuilder& d, LogConfig& r);

// Something to download before the task starts (001 "Artifact").
struct Artifact {
  std::string source;
  std::map<std::string, std::string> options;
  std::string mode = "any";
  std::string destination;  // canonicalize(): "local/"
};
void describe(codec::StructBuilder& d, Artifact& r);

// A file rendered for the task (001 "Template").
struct Template {
  std::string source_path;
  std::string dest_path;
  std::string embedded;
  std::string change_mode = "restart";
  std::string change_signal;
  Duration splay = std::chrono::seconds(5);
  std::string perms = "0644";
  std::string left_delim = "{{";
  std::string right_delim = "}}";
  bool envvars = false;
  Duration vault_grace = std::chrono::seconds(15);
};
void describe(codec::StructBuilder& d, Template& r);

// Where a dispatched job's payload goes, relative to the task's local directory.
struct DispatchPayload {
  std::string file;
};
void describe(codec::StructBuilder& d, DispatchPayload& r);

// What has to be true of another task of the group before this one starts (design.md D6).
enum class DependencyCondition : uint8_t {
  Started,    // it has been started
  Healthy,    // it runs and all its checks pass
  Succeeded,  // it has ended with exit code 0
  Finished,   // it has ended, however
};
std::span<const codec::EnumName> enum_names(DependencyCondition);

struct Dependency {
  std::string task;
  DependencyCondition condition = DependencyCondition::Started;
};
void describe(codec::StructBuilder& d, Dependency& r);

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
};
void describe(codec::StructBuilder& d, Task& r);

}  // namespace drover::model
