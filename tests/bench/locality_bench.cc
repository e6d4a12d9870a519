// Jobs with models on nodes of which each holds one: how soon they run where servers know what nodes hold, and where
// they do not.

#include <algorithm>
#include <thread>

#include <fmt/core.h>

#include "bench/cluster.h"

namespace drover::bench {
namespace {

using codec::Value;

constexpr size_t kModels = 10;  // each on a tenth of the nodes
constexpr size_t kJobsPerNode = 12;
constexpr int64_t kNodeCpu = 6000;
constexpr double kPatience = 600;
constexpr auto kPause = std::chrono::milliseconds(2);
// 20 GiB at 10 Gbit/s take 17 s; here all waits are a tenth.
constexpr uint64_t kModelBytes = uint64_t{20} << 30;
constexpr Duration kFetchTime = std::chrono::milliseconds(86);  // a GiB

Value with_model(Value job, size_t model) {
  Value asset, resources;
  asset.set("Type", "HF");
  asset.set("Repo", fmt::format("org/model-{}", model));
  asset.set("Target", "/model");
  resources.set("CPU", kNodeCpu / static_cast<int64_t>(kJobsPerNode));
  resources.set("MemoryMB", 10);
  Value task = job.find("TaskGroups")->as_array()->front().find("Tasks")->as_array()->front();
  task.set("Assets", Value::Array{std::move(asset)});
  task.set("Resources", std::move(resources));
  Value group = job.find("TaskGroups")->as_array()->front();
  group.set("Tasks", Value::Array{std::move(task)});
  job.set("TaskGroups", Value::Array{std::move(group)});
  return job;
}

// Brings a model to all nodes of the rack of its number.
Value warming_job(size_t model, size_t nodes) {
  Value job = make_small_job(fmt::format("warm-{}", model), static_cast<int64_t>(nodes));
  Value rack, distinct;
  rack.set("LTarget", "${meta.rack}");
  rack.set("Operand", "=");
  rack.set("RTarget", fmt::format("r{}", model));
  distinct.set("Operand", "distinct_hosts");
  job.set("Constraints", Value::Array{std::move(rack), std::move(distinct)});
  return with_model(std::move(job), model);
}

// Seconds until so many more allocations run.
Result<double> wait_for_more(const Cluster& cluster, uint64_t before, uint64_t more, double begin) {
  while (seconds_now() - begin < kPatience) {
    if (cluster.nodes().allocs.running >= before + more) return seconds_now() - begin;
    std::this_thread::sleep_for(kPause);
  }
  return err(ErrorCode::DeadlineExceeded, "{} allocations do not run after {} s", more, kPatience);
}

enum class Knowledge : uint8_t { Told, Hidden };

Status measure(const Options& options, Knowledge knowledge, Report& report) {
  const size_t jobs = options.jobs.value_or(1000);
  const size_t nodes = options.nodes.value_or(std::max(kModels, jobs / 10)) / kModels * kModels;
  if ((jobs + nodes) > nodes * kJobsPerNode)
    return err(ErrorCode::InvalidArgument, "that is too much for so few nodes");
  simulate::FleetOptions fleet{.nodes = nodes, .shape = {.cpu = kNodeCpu, .racks = kModels}};
  fleet.behaviour.fetch = {
      .time_per_gib = kFetchTime, .asset_bytes = kModelBytes, .tells = knowledge == Knowledge::Told};
  TRY_LET(const auto cluster, Cluster::start(options, std::move(fleet)));

  std::vector<Value> warming, work;
  for (size_t i = 0; i < kModels; ++i) warming.push_back(warming_job(i, nodes / kModels));
  for (size_t i = 0; i < jobs; ++i) {
    work.push_back(with_model(make_small_job(fmt::format("bench-{}", i), 1), i % kModels));
  }
  TRY(cluster->submit_all(warming));
  TRY(cluster->wait_running(nodes, kPatience));
  const uint64_t fetches = cluster->nodes().fetches;
  const double begin = seconds_now();
  TRY(cluster->submit_all(work));
  TRY_LET(const double half, wait_for_more(*cluster, nodes, (jobs + 1) / 2, begin));
  TRY_LET(const double all, wait_for_more(*cluster, nodes, jobs, begin));
  const std::string name =
      fmt::format("{} jobs on {} nodes, {} locality", jobs, nodes, knowledge == Knowledge::Told ? "with" : "without");
  report.add(name + ": half of them run", half, "s");
  report.add(name + ": all run", all, "s");
  report.add(name + ": models fetched", static_cast<double>(cluster->nodes().fetches - fetches), "");
  return Ok{};
}

}  // namespace

Status run_locality(const Options& options, Report& report) {
  TRY(measure(options, Knowledge::Told, report));
  return measure(options, Knowledge::Hidden, report);
}

}  // namespace drover::bench
