#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "codec/value.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What a job asks of other systems: Vault, Consul, and those that trust Drover's identities.
namespace drover::model {

// Access to Vault (facts 1.9).
struct Vault {
  std::vector<std::string> policies;
  std::string role;
  std::string ns;
  std::string cluster = "default";
  bool env = true;
  bool disable_file = false;
  std::string change_mode = "restart";
  std::string change_signal;
  bool allow_token_expiration = false;
};
void describe(codec::StructBuilder& d, Vault& r);

// Which Consul a group or a task talks to.
struct Consul {
  std::string ns;
  std::string cluster = "default";
  std::string partition;
};
void describe(codec::StructBuilder& d, Consul& r);

// A signed statement of who a task or service is.
struct WorkloadIdentity {
  std::string name;
  std::vector<std::string> audience;
  std::string change_mode;
  std::string change_signal;
  bool env = false;
  bool file = false;
  std::string filepath;
  std::string service_name;
  Duration ttl{0};
  std::map<std::string, std::string> extra_claims;
};
void describe(codec::StructBuilder& d, WorkloadIdentity& r);

// A secret that is fetched before the task starts and may be used as ${secret.NAME.KEY}.
struct SecretRequest {
  std::string name;
  std::string provider;
  std::string path;
  codec::Value config;  // an object; its keys are the provider's
  std::map<std::string, std::string> env;
};
void describe(codec::StructBuilder& d, SecretRequest& r);

}  // namespace drover::model
