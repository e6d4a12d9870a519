// Placing on simulated nodes, durable and acknowledged running: many jobs, large jobs, jobs with spreads.

#include <fmt/core.h>

#include "bench/cluster.h"

namespace drover::bench {
namespace {

using codec::Value;

struct Load {
  size_t jobs = 0;
  size_t count = 0;
  size_t nodes = 0;
  double patience = 600;

  uint64_t allocations() const { return jobs * count; }
  std::string name() const { return fmt::format("{} jobs x {} on {} nodes", jobs, count, nodes); }
};

Load chosen(const Options& options, Load load) {
  load.jobs = options.jobs.value_or(load.jobs);
  load.count = options.count.value_or(load.count);
  load.nodes = options.nodes.value_or(load.nodes);
  return load;
}

Status check(Cluster& cluster, const Load& load) {
  TRY_LET(const uint64_t running, cluster.count_running());
  if (running == load.allocations()) return Ok{};
  return err(ErrorCode::Internal, "the nodes run {} allocations, the server says {}", load.allocations(), running);
}

// Submits the jobs and waits until all run, then asks the server whether that is so.
Status place(const Options& options, const Load& load, Report& report, const auto& make) {
  TRY_LET(const auto cluster, Cluster::start(options, load.nodes));
  std::vector<Value> jobs;
  for (size_t i = 0; i < load.jobs; ++i) jobs.push_back(make(fmt::format("bench-{}", i), load.count));
  TRY(measure_cluster(*cluster, load.name(), load.allocations(), report, [&]() -> Status {
    TRY(cluster->submit_all(jobs));
    return cluster->wait_running(load.allocations(), load.patience);
  }));
  return check(*cluster, load);
}

Value spread_job(const std::string& id, size_t count) {
  Value job = make_small_job(id, static_cast<int64_t>(count));
  Value spread;
  spread.set("Attribute", "${meta.rack}");
  spread.set("Weight", 100);
  job.set("Spreads", Value::Array{std::move(spread)});
  return job;
}

Value plain_job(const std::string& id, size_t count) {
  return make_small_job(id, static_cast<int64_t>(count));
}

}  // namespace

Status run_place(const Options& options, Report& report) {
  return place(options, chosen(options, {.jobs = 1, .count = 1000, .nodes = 1000}), report, plain_job);
}

Status run_c1m(const Options& options, Report& report) {
  return place(options, chosen(options, {.jobs = 1000, .count = 1000, .nodes = 5000}), report, plain_job);
}

Status run_jobs(const Options& options, Report& report) {
  return place(options, chosen(options, {.jobs = 1000, .count = 1, .nodes = 1000}), report, plain_job);
}

Status run_spread(const Options& options, Report& report) {
  return place(options, chosen(options, {.jobs = 5, .count = 1000, .nodes = 1000}), report, spread_job);
}

}  // namespace drover::bench
