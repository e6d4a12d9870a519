// A server that holds many allocations: memory, restart after kill -9, lists, watchers.

#include <atomic>
#include <thread>

#include <fmt/core.h>

#include "base/mutex.h"
#include "bench/cluster.h"
#include "bench/process.h"
#include "bench/watchers.h"

namespace drover::bench {
namespace {

using codec::Value;

constexpr double kPatience = 300;  // seconds

// A cluster on which 100 jobs x 1,000 allocations run, or what the options say.
Result<std::unique_ptr<Cluster>> filled_cluster(const Options& options, size_t& allocations) {
  const size_t jobs = options.jobs.value_or(100);
  const size_t count = options.count.value_or(1000);
  allocations = jobs * count;
  TRY_LET(auto cluster, Cluster::start(options, options.nodes.value_or(5000)));
  std::vector<Value> list;
  for (size_t i = 0; i < jobs; ++i)
    list.push_back(make_small_job(fmt::format("bench-{}", i), static_cast<int64_t>(count)));
  TRY(cluster->submit_all(list));
  TRY(cluster->wait_running(allocations, kPatience));
  return cluster;
}

// Milliseconds and bytes of one answer, read as it comes.
struct Download {
  double milliseconds = 0;
  double bytes = 0;
};

Result<Download> download(const std::string& url, const std::string& target) {
  TRY_LET(net::BlockingHttpClient http, net::BlockingHttpClient::create(url));
  Download out;
  const double begin = seconds_now();
  TRY(http.stream({.target = target}, [&](std::string_view chunk) {
    out.bytes += static_cast<double>(chunk.size());
    return true;
  }));
  out.milliseconds = (seconds_now() - begin) * 1000;
  return out;
}

}  // namespace

Status run_memory(const Options& options, Report& report) {
  size_t allocations = 0;
  TRY_LET(const auto cluster, filled_cluster(options, allocations));
  const Agent& server = cluster->server();
  const std::string name = fmt::format("{} allocations, {} nodes", allocations, options.nodes.value_or(5000));
  report.add(name + ": memory, nodes connected", memory_of(server.pid()).rss_kib / 1024, "MiB");
  report.add(name + ": peak so far", peak_rss_kib(server.pid()) / 1024, "MiB");
  cluster->drop_nodes();
  report.add(name + ": memory, nodes gone", memory_of(server.pid()).rss_kib / 1024, "MiB");
  TRY(cluster->server().crash_and_restart("/v1/jobs?per_page=1"));
  report.add(name + ": memory after a restart", memory_of(server.pid()).rss_kib / 1024, "MiB");
  report.add(name + ": of it private, without the program's own pages", memory_of(server.pid()).anonymous_kib / 1024,
             "MiB");
  return Ok{};
}

Status run_restart(const Options& options, Report& report) {
  size_t allocations = 0;
  TRY_LET(const auto cluster, filled_cluster(options, allocations));
  cluster->drop_nodes();
  std::vector<double> samples;
  for (size_t i = 0; i < std::min<size_t>(options.rounds, 5); ++i) {
    TRY_LET(const double seconds, cluster->server().crash_and_restart("/v1/jobs?per_page=1"));
    samples.push_back(seconds * 1000);
  }
  report.add_samples(fmt::format("{} allocations: kill -9 to first answer", allocations), std::move(samples), "ms");
  TRY_LET(const uint64_t running, cluster->count_running());
  if (running == allocations) return Ok{};
  return err(ErrorCode::Internal, "{} allocations ran before the restart, {} after it", allocations, running);
}

Status run_list(const Options& options, Report& report) {
  size_t allocations = 0;
  TRY_LET(const auto cluster, filled_cluster(options, allocations));
  cluster->drop_nodes();
  std::vector<double> samples;
  Download last;
  const double cpu_before = cpu_seconds(cluster->server().pid());
  const size_t rounds = std::min<size_t>(options.rounds, 10);
  for (size_t i = 0; i < rounds; ++i) {
    TRY_LET(last, download(cluster->server().http_url(), "/v1/allocations"));
    samples.push_back(last.milliseconds);
  }
  const std::string name = fmt::format("list of {} allocations", allocations);
  report.add_samples(name, std::move(samples), "ms");
  report.add(name + ": size", last.bytes / 1e6, "MB");
  report.add(name + ": server CPU each",
             (cpu_seconds(cluster->server().pid()) - cpu_before) * 1000 / static_cast<double>(rounds), "ms");
  return Ok{};
}

Status run_watch(const Options& options, Report& report) {
  TRY_LET(const auto server, Agent::start(options.drover, Agent::Kind::Server));
  TRY(server->submit(make_small_job("watched", 1)));
  const size_t watchers = options.count.value_or(5000);
  std::vector<double> samples;
  const double cpu_before = cpu_seconds(server->pid());
  const size_t rounds = std::min<size_t>(options.rounds, 10);
  for (size_t i = 0; i < rounds; ++i) {
    TRY_LET(Watchers group, Watchers::start(server->http_url(), "/v1/job/watched", watchers));
    Value job = make_small_job("watched", 1);
    job.set("Priority", static_cast<int64_t>(10 + i));
    const double begin = seconds_now();
    TRY(server->submit(job));
    TRY(group.wait_all());
    samples.push_back((seconds_now() - begin) * 1000);
  }
  const std::string name = fmt::format("{} blocking queries woken by one change", watchers);
  report.add_samples(name, std::move(samples), "ms");
  report.add(name + ": server CPU a round",
             (cpu_seconds(server->pid()) - cpu_before) * 1000 / static_cast<double>(rounds), "ms");
  return Ok{};
}

}  // namespace drover::bench
