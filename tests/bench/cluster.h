#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "bench/agent.h"
#include "bench/bench.h"
#include "simulate/fleet.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drover::bench {

// What the server has used so far.
struct ServerCosts {
  double cpu_seconds = 0;
  double peak_rss_mib = 0;
  uint64_t durable_writes = 0;  // of the state writer: one fdatasync each
};

// A server in a process of its own and simulated nodes in this one.
class Cluster {
 public:
  // Returns when all nodes are ready.
  static Result<std::unique_ptr<Cluster>> start(const Options& options, size_t nodes);
  // The same with nodes that are described; where they connect need not be.
  static Result<std::unique_ptr<Cluster>> start(const Options& options, simulate::FleetOptions fleet);

  Agent& server() { return *server_; }
  Result<ServerCosts> costs();

  // Submits the jobs over several connections at once; returns when all are acknowledged.
  Status submit_all(const std::vector<codec::Value>& jobs);
  // Waits until so many allocations run and every report of a node is acknowledged, which is after it is durable.
  Status wait_running(uint64_t allocations, double patience_seconds);
  // How many allocations the server says run; for checking what the nodes say.
  Result<uint64_t> count_running();

  simulate::FleetStatus nodes() const { return fleet_->status(); }
  // The nodes are gone; the server goes on.
  void drop_nodes() { fleet_.reset(); }

 private:
  Cluster() = default;
  Status wait_until_ready(size_t nodes);

  SystemClock clock_;
  std::unique_ptr<Agent> server_;
  std::unique_ptr<simulate::Fleet> fleet_;
};

// `count` copies of a small task whose jobs differ only in their names.
codec::Value make_small_job(const std::string& id, int64_t count);

// Adds wall time, rate, server CPU, peak memory and durable writes of what `work` does to `allocations` allocations.
Status measure_cluster(Cluster& cluster, const std::string& name, uint64_t allocations, Report& report,
                       const std::function<Status()>& work);

}  // namespace drover::bench
