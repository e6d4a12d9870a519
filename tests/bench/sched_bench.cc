// In process: placing one service job of 1,000 on many nodes (design.md section 6, first row), and committing such
// plans through the state writer.

#include <time.h>

#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "bench/bench.h"
#include "bench/folder.h"
#include "sched/scheduler.h"
#include "server/state_writer.h"
#include "state/command.h"
#include "state/tables.h"
#include "store/memory_engine.h"
#include "store/rocksdb_engine.h"
#include "testutil/builders.h"

namespace drover::bench {
namespace {

constexpr int32_t kCount = 1000;
constexpr size_t kRacks = 50;

double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

state::Snapshot with_nodes(size_t nodes) {
  state::Draft draft{state::Snapshot()};
  for (size_t i = 0; i < nodes; ++i) {
    const auto node = testing::make_node("node-" + std::to_string(i))
                          .cpu(16'000)
                          .memory(65'536)
                          .meta("rack", "r" + std::to_string(i % kRacks))
                          .build();
    static_cast<void>(state::apply(draft, state::make_command(state::RegisterNode{.node = node})));
    static_cast<void>(state::apply(draft, state::make_command(state::UpdateNodeStatus{.node_id = node.id})));
  }
  draft.take_changes();
  return draft.freeze();
}

model::Job service_job(const std::string& id) {
  return testing::make_job(id).group("g", kCount).task("t").cpu(50).memory(32).build();
}

model::Evaluation eval_of(const model::Job& job, Random& random) {
  model::Evaluation eval{.id = model::EvalId(random.uuid()), .triggered_by = model::trigger::kJobRegister};
  eval.job_id = job.id;
  return eval;
}

sched::Decision decide(const state::Snapshot& snapshot, const model::Job& job, Random& random) {
  const model::Evaluation eval = eval_of(job, random);
  return sched::schedule(
      {.snapshot = snapshot, .eval = eval, .job = snapshot.job(job.key()), .now = {}, .seed = random.next()});
}

// What is placed, besides one plain service job of 1,000.
enum class PlaceCase { Plain, Spread, SpreadOverHosts, Affinity };

const char* name_of(PlaceCase which) {
  switch (which) {
    case PlaceCase::Plain:
      return "";
    case PlaceCase::Spread:
      return ", spread over 50 racks";
    case PlaceCase::SpreadOverHosts:
      return ", spread over all nodes";
    case PlaceCase::Affinity:
      return ", with an affinity";
  }
  return "";
}

model::Job job_for(PlaceCase which) {
  model::Job job = service_job("web");
  if (which == PlaceCase::Spread) job.spreads = {{.attribute = "${meta.rack}", .weight = 100}};
  if (which == PlaceCase::SpreadOverHosts) job.spreads = {{.attribute = "${node.unique.id}", .weight = 100}};
  if (which == PlaceCase::Affinity) job.affinities = {{"${meta.rack}", "r7", "=", 50}};
  return job;
}

Status place(size_t nodes, PlaceCase which, const Options& options, Report& report) {
  state::Draft draft(with_nodes(nodes));
  const model::Job job = job_for(which);
  TRY(state::apply(draft, state::make_command(state::RegisterJob{.job = job})));
  const state::Snapshot snapshot = draft.freeze();
  SeededRandom random(1);
  std::vector<double> rates, cpu_rates, applied;
  for (size_t round = 0; round < options.rounds; ++round) {
    const double begin = seconds_now(), cpu_begin = thread_cpu_seconds();
    const sched::Decision decision = decide(snapshot, job, random);
    const double decided = seconds_now(), cpu_decided = thread_cpu_seconds();
    if (decision.plan.placements.size() != kCount) return err(ErrorCode::Internal, "not everything was placed");
    state::Draft next(snapshot);
    TRY(state::apply(next, state::make_command(state::ApplyPlan{.plan = decision.plan})));
    static_cast<void>(next.freeze());
    rates.push_back(kCount / (decided - begin));
    cpu_rates.push_back(kCount / (cpu_decided - cpu_begin));
    applied.push_back(kCount / (seconds_now() - decided));
  }
  const std::string name = "1 job x 1,000 on " + std::to_string(nodes) + " nodes" + name_of(which);
  report.add("place " + name, median(rates), "placements/s");
  report.add("place " + name + ", by CPU time", median(cpu_rates), "placements/s");
  report.add("apply " + name + ", rows encoded, not written", median(applied), "placements/s");
  return Ok{};
}

Status must(server::StateWriter& writer, state::Command command) {
  const auto reply = writer.submit_and_wait(std::move(command));
  if (!reply) return err(reply.error());
  return Ok{};
}

// Jobs of 1,000 come one after the other; plans are made between the commits, whose time alone is counted, and wait for
// nothing but their own write.
Status commit(const std::string& name, store::Engine& engine, size_t jobs, Report& report) {
  SystemClock clock;
  server::WatchIndex watch;
  server::StateWriter writer(engine, state::Snapshot(), watch, clock, {});
  writer.start();
  const auto run = [&]() -> Status {
    for (size_t i = 0; i < 1000; ++i) {
      const auto node = testing::make_node("node-" + std::to_string(i)).cpu(64'000).memory(262'144).build();
      writer.submit(state::make_command(state::RegisterNode{.node = node}), [](auto) {});
      TRY(must(writer, state::make_command(state::UpdateNodeStatus{.node_id = node.id})));
    }
    SeededRandom random(1);
    double seconds = 0;
    std::vector<double> small;
    for (size_t i = 0; i < jobs; ++i) {
      const model::Job job = service_job("job-" + std::to_string(i));
      const double submitted = seconds_now();
      TRY(must(writer, state::make_command(state::RegisterJob{.job = job})));
      small.push_back((seconds_now() - submitted) * 1e3);
      sched::Decision decision = decide(*writer.snapshot(), job, random);
      const double begin = seconds_now();
      TRY(must(writer, state::make_command(state::ApplyPlan{.plan = std::move(decision.plan)})));
      seconds += seconds_now() - begin;
    }
    report.add("commit plans of 1,000, " + name, static_cast<double>(jobs) * kCount / seconds, "placements/s");
    report.add("commit one job, " + name, median(small), "ms");
    report.add("commit one plan of 1,000, " + name, seconds / static_cast<double>(jobs) * 1e3, "ms");
    return Ok{};
  };
  const Status status = run();
  writer.stop();
  return status;
}

}  // namespace

Status run_sched(const Options& options, Report& report) {
  for (const size_t nodes : {1000, 5000}) {
    for (const PlaceCase which :
         {PlaceCase::Plain, PlaceCase::Spread, PlaceCase::SpreadOverHosts, PlaceCase::Affinity}) {
      TRY(place(nodes, which, options, report));
    }
  }
  store::MemoryEngine memory(state::kTableCount);
  TRY(commit("memory", memory, options.rounds, report));
  const TemporaryFolder folder;
  const auto names = state::table_names();
  TRY_LET(const auto rocksdb,
          store::open_rocksdb({.directory = folder.path() + "/db", .tables = {names.begin(), names.end()}}));
  TRY(rocksdb->load([](auto, auto, auto) -> Status { return Ok{}; }));
  return commit("rocksdb, synced", *rocksdb, options.rounds, report);
}

}  // namespace drover::bench
