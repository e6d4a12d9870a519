#include "bench/cluster.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include <fmt/core.h>

#include "base/mutex.h"
#include "bench/process.h"

namespace drover::bench {
namespace {

using codec::Value;

constexpr auto kPause = std::chrono::milliseconds(2);
constexpr double kConnectPatience = 120;  // seconds
constexpr size_t kConnections = 32;

// Each simulated node is a socket.
void raise_file_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

double number(const Value* value) {
  if (!value) return 0;
  if (const int64_t* whole = value->as_int()) return static_cast<double>(*whole);
  const double* real = value->as_double();
  return real ? *real : 0;
}

double counter(const Value& metrics, std::string_view name) {
  const Value* counters = metrics.find("Counters");
  for (const Value& entry : counters && counters->as_array() ? *counters->as_array() : Value::Array()) {
    const Value* label = entry.find("Name");
    if (label && label->as_string() && *label->as_string() == name) return number(entry.find("Sum"));
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<Cluster>> Cluster::start(const Options& options, size_t nodes) {
  // Room for 250 of make_small_job's tasks, so that a million of them fill 5,000 nodes to 80 %.
  return start(options, {.nodes = nodes, .shape = {.cpu = 5000, .memory_mb = 4096}});
}

Result<std::unique_ptr<Cluster>> Cluster::start(const Options& options, simulate::FleetOptions fleet) {
  raise_file_limit();
  std::unique_ptr<Cluster> cluster(new Cluster);
  TRY_LET(cluster->server_, Agent::start(options.drover, Agent::Kind::Server));
  fleet.servers = {cluster->server_->rpc_address()};
  const size_t nodes = fleet.nodes;
  cluster->fleet_ = std::make_unique<simulate::Fleet>(std::move(fleet), cluster->clock_);
  cluster->fleet_->start();
  TRY(cluster->wait_until_ready(nodes));
  return cluster;
}

Status Cluster::wait_until_ready(size_t nodes) {
  const double end = seconds_now() + kConnectPatience;
  while (seconds_now() < end) {
    // A node's first message from the server welcomes it, when its registration is durable.
    const simulate::FleetStatus status = fleet_->status();
    if (status.welcomed == nodes) return Ok{};
    std::this_thread::sleep_for(kPause);
  }
  return err(ErrorCode::DeadlineExceeded, "the nodes are not ready after {} s", kConnectPatience);
}

Result<ServerCosts> Cluster::costs() {
  TRY_LET(const Answer metrics, server_->get("/v1/metrics"));
  return ServerCosts{.cpu_seconds = cpu_seconds(server_->pid()),
                     .peak_rss_mib = peak_rss_kib(server_->pid()) / 1024,
                     .durable_writes = static_cast<uint64_t>(counter(metrics.body, "nomad.nomad.writer.batches"))};
}

Status Cluster::submit_all(const std::vector<Value>& jobs) {
  std::atomic<size_t> next{0};
  Mutex mutex;
  Status first_problem = Ok{};
  const auto submit = [&] {
    auto http = net::BlockingHttpClient::create(server_->http_url());
    for (size_t i = next++; http && i < jobs.size(); i = next++) {
      const Status status = submit_job(*http, jobs[i]);
      if (status) continue;
      MutexLock lock(mutex);
      if (first_problem) first_problem = status;
      return;
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 0; i < std::min(kConnections, jobs.size()); ++i) threads.emplace_back(submit);
  for (std::thread& thread : threads) thread.join();
  return first_problem;
}

Status Cluster::wait_running(uint64_t allocations, double patience_seconds) {
  const double end = seconds_now() + patience_seconds;
  simulate::FleetStatus status;
  while (seconds_now() < end) {
    status = fleet_->status();
    if (status.allocs.running == allocations && status.reporting == 0) return Ok{};
    std::this_thread::sleep_for(kPause);
  }
  return err(ErrorCode::DeadlineExceeded, "{} of {} allocations run after {} s", status.allocs.running, allocations,
             patience_seconds);
}

Result<uint64_t> Cluster::count_running() {
  TRY_LET(const Answer answer, server_->get("/v1/jobs"));
  uint64_t running = 0;
  for (const Value& job : answer.body.as_array() ? *answer.body.as_array() : Value::Array()) {
    const Value* summary = job.find("JobSummary");
    const Value* groups = summary ? summary->find("Summary") : nullptr;
    const Value* group = groups ? groups->find("g") : nullptr;
    if (group) running += static_cast<uint64_t>(number(group->find("Running")));
  }
  return running;
}

Value make_small_job(const std::string& id, int64_t count) {
  Value config;
  config.set("command", "/bin/sleep");
  return make_job(id, count, "raw_exec", std::move(config));
}

Status measure_cluster(Cluster& cluster, const std::string& name, uint64_t allocations, Report& report,
                       const std::function<Status()>& work) {
  TRY_LET(const ServerCosts before, cluster.costs());
  const double begin = seconds_now();
  TRY(work());
  const double seconds = seconds_now() - begin;
  TRY_LET(const ServerCosts after, cluster.costs());
  report.add(name + ": wall time", seconds, "s");
  report.add(name + ": rate", static_cast<double>(allocations) / seconds, "allocations/s");
  report.add(name + ": server CPU", after.cpu_seconds - before.cpu_seconds, "s");
  report.add(name + ": server CPU an allocation",
             (after.cpu_seconds - before.cpu_seconds) * 1e6 / static_cast<double>(allocations), "us");
  report.add(name + ": durable writes (fdatasync)", static_cast<double>(after.durable_writes - before.durable_writes),
             "");
  report.add(name + ": server peak memory", after.peak_rss_mib, "MiB");
  return Ok{};
}

}  // namespace drover::bench
