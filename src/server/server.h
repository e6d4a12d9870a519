#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "net/loop.h"
#include "server/child_jobs.h"
#include "server/frontend.h"
#include "server/garbage_collector.h"
#include "server/heartbeats.h"
#include "server/scheduler_pool.h"
#include "store/engine.h"

#include <memory>
#include <string>

namespace drover::server {

struct ServerOptions {
  std::string name;  // of this agent; shown as "name.region"
  std::string region = model::kDefaultRegion;
  std::string datacenter = "dc1";
  std::string rpc_bind = "0.0.0.0";
  uint16_t rpc_port = 4647;    // 0: any free one
  std::string rpc_advertise;   // "host:port" for nodes; "": the bound one
  std::string http_advertise;  // "host:port" of the HTTP API
  HeartbeatOptions heartbeats;
  SchedulerPoolOptions schedulers;
  GcOptions gc;
  size_t max_dispatch_payload = kDefaultMaxPayload;  // bytes that one dispatched job may be given
};

// One server: state, writer, scheduler workers, control loop and node streams, wired together. Thread-safe after
// start().
class Server final : public Frontend {
 public:
  using RandomFactory = SchedulerPool::RandomFactory;

  // Loads the state from the engine. Errors: what the engine or the rows say.
  static Result<std::unique_ptr<Server>> open(ServerOptions options, std::unique_ptr<store::Engine> engine,
                                              const Clock& clock, RandomFactory make_random);
  ~Server() override;

  // Serves nodes. Errors: the RPC address cannot be bound.
  Status start();
  // Ends in reverse order; what was acknowledged is durable. Idempotent.
  void stop();

  uint16_t rpc_port() const;
  std::string rpc_address() const;

  // Frontend.
  std::shared_ptr<const state::Snapshot> snapshot() const override;
  net::Task<Result<state::Reply>> submit(state::Command command) override;
  net::Task<void> wait_for_change(state::TableSet tables, uint64_t index, Duration timeout) override;
  Result<PlanPreview> preview(const model::Job& job) override;
  Result<ChildLaunch> make_dispatch(const model::JobKey& parent, std::string payload,
                                    std::map<std::string, std::string> meta, std::string token) override;
  Result<ChildLaunch> make_periodic_launch(const model::JobKey& parent) override;
  net::Task<Status> collect_garbage() override;
  Result<codec::Value> explain(const model::Job& job) override;
  net::Task<Result<std::unique_ptr<CallStream>>> call_node(model::NodeId node, rpc::CallRequest request) override;
  ServerInfo info() const override;

 private:
  struct Parts;
  Server(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace drover::server
