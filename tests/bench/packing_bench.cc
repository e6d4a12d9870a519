// In process: how full a cluster gets when every node is looked at for each placement, and when a sample is, as Nomad
// does: the same jobs, the same scores.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/random.h"
#include "bench/bench.h"
#include "sched/plan_builder.h"
#include "sched/rank.h"
#include "sched/scheduler.h"
#include "state/command.h"
#include "testutil/builders.h"

namespace drover::bench {
namespace {

constexpr uint64_t kSeeds = 3;
constexpr size_t kRacks = 20;
constexpr double kPartLoad = 0.3;  // of the cluster's memory: where the nodes in use are counted

struct NodeSize {
  int64_t cpu, memory_mb;
};
constexpr std::array kNodeSizes{NodeSize{4'000, 8'192}, NodeSize{8'000, 16'384}, NodeSize{16'000, 32'768}};

enum class Mix { Small, Mixed, Batch, Spread };

const char* name_of(Mix mix) {
  switch (mix) {
    case Mix::Small:
      return "small services";
    case Mix::Mixed:
      return "small and large services";
    case Mix::Batch:
      return "small and large batch jobs";
    case Mix::Spread:
      return "small and large services spread over racks";
  }
  return "";
}

// The jobs of one seed, always the same ones in the same order.
class Jobs {
 public:
  Jobs(Mix mix, uint64_t seed) : mix_(mix), random_(seed) {}

  model::Job next() {
    const bool large = mix_ != Mix::Small && random_.below(4) == 0;
    const auto count = static_cast<int32_t>(large ? 1 + random_.below(8) : 5 + random_.below(36));
    auto builder = testing::make_job("job-" + std::to_string(number_++)).group("g", count).task("t");
    const auto scale = static_cast<int32_t>(1 + random_.below(4));
    builder.cpu(large ? 700 * scale : 100 * scale)
        .memory((large ? 1'500 : 192) * static_cast<int32_t>(1 + random_.below(4)));
    if (mix_ == Mix::Batch) builder.batch();
    model::Job job = builder.build();
    if (mix_ == Mix::Spread) job.spreads = {{.attribute = "${meta.rack}", .weight = 50}};
    return job;
  }

 private:
  const Mix mix_;
  SeededRandom random_;
  int number_ = 0;
};

state::Snapshot cluster_of(size_t nodes, uint64_t seed) {
  SeededRandom random(seed);
  state::Draft draft{state::Snapshot()};
  for (size_t i = 0; i < nodes; ++i) {
    const NodeSize& size = kNodeSizes[random.below(kNodeSizes.size())];
    const auto node = testing::make_node("node-" + std::to_string(i))
                          .cpu(size.cpu)
                          .memory(size.memory_mb)
                          .meta("rack", "r" + std::to_string(i % kRacks))
                          .build();
    static_cast<void>(state::apply(draft, state::make_command(state::RegisterNode{.node = node})));
    static_cast<void>(state::apply(draft, state::make_command(state::UpdateNodeStatus{.node_id = node.id})));
  }
  draft.take_changes();
  return draft.freeze();
}

// Nomad's way through the nodes of an evaluation (facts/nomad.md 5.5): shuffled once, each placement goes on where the
// one before has stopped, and takes the best of the first few that have room. Up to three without a positive score are
// put back, to be taken only where there are not enough others.
class Sample {
 public:
  Sample(const sched::Ranker& ranker, const model::Job& job, std::vector<uint32_t> slots, Random& random)
      : ranker_(ranker), slots_(std::move(slots)), limit_(limit_for(job, slots_.size())) {
    for (size_t i = slots_.size(); i > 1; --i) std::swap(slots_[i - 1], slots_[random.below(i)]);
  }

  std::optional<uint32_t> pick() {
    best_.reset();
    size_t seen = 0;
    std::vector<uint32_t> put_back;
    for (size_t steps = 0; steps < slots_.size() && seen < limit_; ++steps) {
      const uint32_t slot = slots_[at_];
      at_ = (at_ + 1) % slots_.size();
      if (!ranker_.takes_one_more(slot)) continue;
      const double score = ranker_.score(slot, {}).mean();
      if (score <= 0 && put_back.size() < kMostPutBack) {
        put_back.push_back(slot);
        continue;
      }
      ++seen;
      consider(slot, score);
    }
    for (size_t i = 0; i < put_back.size() && seen < limit_; ++i, ++seen) {
      consider(put_back[i], ranker_.score(put_back[i], {}).mean());
    }
    return best_;
  }

 private:
  static constexpr size_t kMostPutBack = 3;

  static size_t limit_for(const model::Job& job, size_t nodes) {
    const model::TaskGroup& group = job.task_groups[0];
    const bool wide = !job.spreads.empty() || !group.spreads.empty() || !job.affinities.empty();
    if (wide) return std::max<size_t>(100, static_cast<size_t>(group.count));
    if (job.is_batch()) return 2;
    return std::max<size_t>(2, static_cast<size_t>(std::ceil(std::log2(std::max<size_t>(nodes, 1)))));
  }

  void consider(uint32_t slot, double score) {
    if (best_ && score <= best_score_) return;
    best_ = slot;
    best_score_ = score;
  }

  const sched::Ranker& ranker_;
  std::vector<uint32_t> slots_;
  const size_t limit_;
  size_t at_ = 0;
  std::optional<uint32_t> best_;
  double best_score_ = 0;
};

model::Plan plan_from_sample(const sched::Input& input) {
  sched::PlanBuilder builder(input);
  const model::Job& job = *input.job;
  const model::TaskGroup& group = job.task_groups[0];
  sched::GroupSite site(builder, job, group);
  sched::Ranker ranker({input.snapshot, job, group, site.ask, site.feasibility, site.devices, site.distinct,
                        builder.usage(), input.seed});
  Sample sample(ranker, job, site.feasibility.slots(), builder.random());
  for (int32_t i = 0; i < group.count; ++i) {
    const auto slot = sample.pick();
    if (!slot) break;
    builder.place(builder.occupy(site, model::alloc_name(job.id, group.name, i), *slot, {}));
    ranker.placed(*slot);
  }
  return std::move(builder.plan());
}

model::Plan plan_from_all(const sched::Input& input) {
  return sched::schedule(input).plan;
}

using Planner = model::Plan (*)(const sched::Input&);

struct Filled {
  double nodes_at_part_load = 0;  // share of them that run something
  double allocs = 0;              // placed when the first one finds no room
  double memory = 0;              // share of the cluster's that they ask for
};

double nodes_in_use(const state::Columns& columns) {
  size_t used = 0;
  for (size_t slot = 0; slot < columns.slots(); ++slot) {
    used += columns.chunks()[slot / state::kColumnChunk]->alloc_count[slot % state::kColumnChunk] > 0 ? 1 : 0;
  }
  return static_cast<double>(used) / static_cast<double>(columns.slots());
}

// Jobs come until one finds no room for all its allocations.
Result<Filled> fill(const state::Snapshot& empty, Mix mix, uint64_t seed, Planner planner) {
  double capacity = 0;
  for (const auto& entry : empty.nodes()) capacity += static_cast<double>(entry.value->resources.memory_mb);
  state::Draft draft(empty);
  Jobs jobs(mix, seed);
  SeededRandom random(seed);
  Filled out;
  for (bool full = false; !full;) {
    const model::Job job = jobs.next();
    TRY(state::apply(draft, state::make_command(state::RegisterJob{.job = job})));
    const state::Snapshot snapshot = draft.freeze();
    model::Evaluation eval{.id = model::EvalId(random.uuid()), .triggered_by = model::trigger::kJobRegister};
    eval.job_id = job.id;
    const sched::Input input{
        .snapshot = snapshot, .eval = eval, .job = snapshot.job(job.key()), .now = {}, .seed = random.next()};
    model::Plan plan = planner(input);
    const size_t placed = plan.placements.size();
    TRY(state::apply(draft, state::make_command(state::ApplyPlan{.plan = std::move(plan)})));
    draft.take_changes();
    const model::TaskGroup& group = job.task_groups[0];
    out.allocs += static_cast<double>(placed);
    out.memory += static_cast<double>(placed) * group.tasks[0].resources.memory_mb / capacity;
    if (out.nodes_at_part_load == 0 && out.memory >= kPartLoad) {
      out.nodes_at_part_load = nodes_in_use(draft.freeze().columns());
    }
    full = placed < static_cast<size_t>(group.count);
  }
  return out;
}

Status measure(size_t nodes, Mix mix, Report& report) {
  const std::pair<const char*, Planner> ways[] = {{"all nodes", plan_from_all}, {"a sample", plan_from_sample}};
  for (const auto& [way, planner] : ways) {
    Filled sum;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      TRY_LET(const Filled filled, fill(cluster_of(nodes, seed), mix, seed, planner));
      sum.nodes_at_part_load += filled.nodes_at_part_load / kSeeds;
      sum.allocs += filled.allocs / kSeeds;
      sum.memory += filled.memory / kSeeds;
    }
    const std::string name = fmt::format("{} nodes, {}, looking at {}: ", nodes, name_of(mix), way);
    report.add(name + "nodes in use at 30 % load", sum.nodes_at_part_load * 100, "%");
    report.add(name + "allocations until one finds no room", sum.allocs, "");
    report.add(name + "memory in use then", sum.memory * 100, "%");
  }
  return Ok{};
}

}  // namespace

Status run_packing(const Options&, Report& report) {
  for (const size_t nodes : {100, 1000, 5000}) {
    for (const Mix mix : {Mix::Small, Mix::Mixed, Mix::Batch, Mix::Spread}) TRY(measure(nodes, mix, report));
  }
  return Ok{};
}

}  // namespace drover::bench
