#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/connect.h"
#include "model/integrations.h"

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
  std::string type;  // "http", "tcp", "grpc" or "script"
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
  std::string task_name;  // of a group's service: the task that a script check runs in
  std::string body;
  bool expose = false;
  std::string on_update;  // "require_healthy", "ignore_warnings" or "ignore"
  int32_t success_before_passing = 0;
  int32_t failures_before_critical = 0;
  int32_t failures_before_warning = 0;
  std::string grpc_service;
  bool grpc_use_tls = false;
  std::string tls_server_name;
  std::string advertise;
  std::string notes;
};
void describe(codec::StructBuilder& d, Check& r);

// How much of the traffic an instance should get, by the state of its checks.
struct ServiceWeights {
  int32_t passing = 1;
  int32_t warning = 1;
};
void describe(codec::StructBuilder& d, ServiceWeights& r);

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
  std::string on_update;                      // for the checks that do not say: "require_healthy", …
  std::string provider;                       // "" or "nomad": Drover's own registry; "consul"
  std::string cluster;
  std::string address;  // what is registered instead of the address that address_mode finds
  bool enable_tag_override = false;
  std::vector<std::string> canary_tags;  // instead of tags while the allocation is a canary
  std::map<std::string, std::string> meta;
  std::map<std::string, std::string> canary_meta;
  std::map<std::string, std::string> tagged_addresses;
  std::optional<ServiceWeights> weights;
  std::optional<WorkloadIdentity> identity;
  std::string kind;
  std::optional<ConsulConnect> connect;
};
void describe(codec::StructBuilder& d, Service& r);

}  // namespace drover::model
