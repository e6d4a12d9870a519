#pragma once

#include "base/clock.h"
#include "codec/fwd.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::model {

// When failing checks restart their task (001 "CheckRestart", facts 1.10).
struct CheckRestart {
  int32_t limit = 0;  // 0: never
  Duration grace = std::chrono::seconds(1);
  bool ignore_warnings = false;
};
void describe(codec::StructBuilder& d, CheckRestart& r);

// A health check of a service.
struct Check {
  std::string id;
  std::string name;
  std::string type;  // "http", "tcp" or "script"
  std::string command;
  std::vector<std::string> args;
  std::string path;
  std::string protocol;
  std::string port_label;  // "": the service's
  std::string address_mode;
  Duration interval{0};
  Duration timeout{0};
  std::string initial_status;
  bool tls_skip_verify = false;
  std::string method;
  std::map<std::string, std::vector<std::string>> header;
  std::optional<CheckRestart> check_restart;
};
void describe(codec::StructBuilder& d, Check& r);

// Something a task or group offers on the network (001 "Services", facts 1.10).
struct Service {
  std::string id;
  std::string name;
  std::vector<std::string> tags;
  std::string port_label;
  std::string address_mode = "auto";
  std::vector<Check> checks;
  std::optional<CheckRestart> check_restart;  // copied into the checks that have none by canonicalize()
  std::string task_name;                      // for a group's service: the task that script checks run in
};
void describe(codec::StructBuilder& d, Service& r);

}  // namespace drover::model
