#pragma once

#include "base/clock.h"
#include "codec/fwd.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::model {

// How a task's output is kept (001 "Log Rotation"): for stdout and stderr each.
struct LogConfig {
  int32_t max_files = 10;
  int32_t max_file_size_mb = 10;
  bool disabled = false;  // nothing is collected
};
void describe(codec::StructBuilder& d, LogConfig& r);

// Something to download before the task starts (001 "Artifact").
struct Artifact {
  std::string source;
  std::map<std::string, std::string> options;
  std::string mode = "any";
  std::string destination;  // canonicalize(): "local/"
  std::map<std::string, std::string> headers;
  bool insecure = false;  // certificates are not verified
  bool chown = false;     // what was downloaded belongs to the task's user
};
void describe(codec::StructBuilder& d, Artifact& r);

// How long a template waits for changes to settle.
struct TemplateWait {
  std::optional<Duration> min;
  std::optional<Duration> max;
};
void describe(codec::StructBuilder& d, TemplateWait& r);

// What change_mode = "script" runs in the task.
struct ChangeScript {
  std::string command;
  std::vector<std::string> args;
  Duration timeout = std::chrono::seconds(5);
  bool fail_on_error = false;
};
void describe(codec::StructBuilder& d, ChangeScript& r);

// A file rendered for the task (001 "Template").
struct Template {
  std::string source_path;
  std::string dest_path;
  std::string embedded;
  std::string change_mode = "restart";  // "noop", "restart", "signal" or "script"
  std::string change_signal;
  Duration splay = std::chrono::seconds(5);
  std::string perms = "0644";
  std::string left_delim = "{{";
  std::string right_delim = "}}";
  bool envvars = false;
  Duration vault_grace = std::chrono::seconds(15);
  std::optional<TemplateWait> wait;
  std::optional<ChangeScript> change_script;
  bool once = false;
  std::optional<int32_t> uid;
  std::optional<int32_t> gid;
  bool error_on_missing_key = false;
};
void describe(codec::StructBuilder& d, Template& r);

// Where a dispatched job's payload goes, relative to the task's local directory.
struct DispatchPayload {
  std::string file;
};
void describe(codec::StructBuilder& d, DispatchPayload& r);

// When a task runs in the life of its allocation, other than as one of its main tasks (facts 1.8).
struct Lifecycle {
  std::string hook;  // "prestart", "poststart" or "poststop"
  bool sidecar = false;
};
void describe(codec::StructBuilder& d, Lifecycle& r);

// A command that people may run in the task by name.
struct Action {
  std::string name;
  std::string command;
  std::vector<std::string> args;
};
void describe(codec::StructBuilder& d, Action& r);

// The times between which a task runs.
struct CronWindow {
  std::string start;
  std::string end;
  std::string time_zone;
};
void describe(codec::StructBuilder& d, CronWindow& r);

struct Schedule {
  std::optional<CronWindow> cron;
};
void describe(codec::StructBuilder& d, Schedule& r);

}  // namespace drover::model
