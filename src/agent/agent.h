#pragma once

#include "agent/config.h"
#include "base/diagnostics.h"
#include "base/result.h"

#include <memory>
#include <string>

namespace drover::agent {

// One agent: a server, a client, or both, with their HTTP API. The wiring: the only place that knows them all.
class Agent {
 public:
  // Opens the state and binds the ports; the agent serves when it returns. Errors are for the person who started it.
  static Result<std::unique_ptr<Agent>> start(Config config);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Drains the node, if `client.drain_on_shutdown` wants that, and returns when it is done. Blocks. REQUIRES another
  // thread than the agent's.
  void leave();

  // Stops in reverse order of starting. Tasks go on, unless this is -dev mode: then they and their files go too.
  // Idempotent.
  void stop();

  // "http://127.0.0.1:4646", and where nodes connect ("": no server).
  const std::string& http_url() const;
  const std::string& rpc_address() const;

 private:
  struct Parts;
  explicit Agent(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

}  // namespace drover::agent
