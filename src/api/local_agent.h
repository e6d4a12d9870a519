#pragma once

#include "base/result.h"
#include "codec/value.h"
#include "model/ids.h"
#include "net/task.h"
#include "rpc/messages.h"
#include "server/frontend.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace drover::api {

// One half of an agent, as /v1/agent/health shows it.
struct PartHealth {
  bool ok = true;
  std::string message = "ok";
};

// A part is absent if the agent does not have it.
struct AgentHealth {
  std::optional<PartHealth> client;
  std::optional<PartHealth> server;
};

// What /v1/agent/self shows, beside what the server says of itself.
struct AgentSelf {
  std::string name;
  std::string version;
  codec::Value config;                                              // an object, with secrets redacted
  std::map<std::string, std::map<std::string, std::string>> stats;  // "client" → {"node_id": …}, "runtime" → …
};

// A figure of this agent's own, under Nomad's name: "nomad.client.allocations.running".
struct LocalMetric {
  enum class Kind : uint8_t { Gauge, Counter };
  Kind kind = Kind::Gauge;
  std::string name;
  double value = 0;
  std::vector<std::pair<std::string, std::string>> labels;
};

// The agent that serves the API, as far as it concerns that agent alone. Called from any net loop.
class LocalAgent {
 public:
  virtual ~LocalAgent() = default;

  virtual AgentSelf self() const = 0;
  virtual AgentHealth health() const = 0;
  virtual std::vector<LocalMetric> metrics() const = 0;

  // The node of this agent; nothing if it runs no client.
  virtual std::optional<model::NodeId> node_id() const = 0;

  // As Frontend::call_node, for this agent's own node. REQUIRES node_id().
  virtual net::Task<Result<std::unique_ptr<server::CallStream>>> call_local(rpc::CallRequest request) = 0;
};

}  // namespace drover::api
