#include "sched/explain.h"

#include <algorithm>
#include <cmath>

#include "sched/explain_node.h"
#include "sched/plan_builder.h"
#include "sched/rank.h"
#include "sched/slots.h"

namespace drover::sched {
namespace {

bool is_everywhere(const model::Job& job) {
  return job.type == model::JobType::System || job.type == model::JobType::Sysbatch;
}

void fill_scores(const model::NodeScore& from, double& score, std::map<std::string, double>& scores) {
  score = from.norm_score;
  scores = from.scores;
}

PlacedExplanation placed_explanation(const model::Allocation& alloc) {
  PlacedExplanation out{.alloc_id = alloc.id,
                        .name = alloc.name,
                        .node_id = alloc.node_id,
                        .node_name = alloc.node_name.str(),
                        .scores = {}};
  fill_scores(model::own_score(alloc), out.score, out.scores);
  return out;
}

// One group, on the cluster as it is.
class GroupExplainer {
 public:
  GroupExplainer(PlanBuilder& builder, const model::TaskGroup& group)
      : builder_(builder),
        site_(builder, builder.job(), group),
        ranker_({builder.snapshot(), builder.job(), group, site_.ask, site_.feasibility, site_.devices, site_.distinct,
                 builder.usage(), builder.input().seed, builder.input().held}) {}

  GroupExplanation run() {
    out_.group = site_.group.name;
    count_placed();
    explain_nodes();
    const bool everywhere = is_everywhere(builder_.job());
    out_.desired = everywhere ? static_cast<int32_t>(site_.feasibility.slots().size()) : site_.group.count;
    out_.missing = std::max(0, out_.desired - present_);
    return std::move(out_);
  }

 private:
  void count_placed() {
    for (const auto& entry : builder_.snapshot().allocs_of_job(builder_.job().key())) {
      const model::Allocation& alloc = *entry.value;
      if (alloc.terminal() || alloc.task_group != site_.group.name) continue;
      ++present_;
      if (out_.placed.size() < kMaxPlacedShown) out_.placed.push_back(placed_explanation(alloc));
      const auto slot = builder_.snapshot().slot_of(alloc.node_id);
      if (!slot) continue;
      ranker_.count_existing(*slot);
      there_.insert(*slot);
    }
  }

  void explain_nodes() {
    const state::Columns& columns = builder_.snapshot().columns();
    std::vector<Verdict> verdicts;
    for (size_t slot = 0; slot < columns.slots(); ++slot) {
      if (columns.node_id(slot).empty()) continue;
      const bool there = is_everywhere(builder_.job()) && there_.contains(static_cast<uint32_t>(slot));
      Verdict verdict = judge(context(), static_cast<uint32_t>(slot), there);
      ++out_.nodes_looked_at;
      ++out_.nodes_by_code[verdict.code];
      if (verdict.fits()) verdict.lack = -ranker_.score(verdict.slot, {}).mean();
      verdicts.push_back(std::move(verdict));
    }
    std::ranges::sort(verdicts, {},
                      [](const Verdict& verdict) { return std::tuple(verdict.stage, verdict.lack, verdict.slot); });
    if (verdicts.size() > kMaxNodesShown) verdicts.resize(kMaxNodesShown);
    for (const Verdict& verdict : verdicts) out_.nodes.push_back(node_explanation(verdict));
  }

  NodeExplanation node_explanation(const Verdict& verdict) const {
    NodeExplanation out = describe_verdict(context(), verdict);
    if (verdict.fits()) {
      fill_scores(ranker_.score(verdict.slot, {}).to_model(out.node_id), out.score, out.scores);
    }
    return out;
  }

  JudgeContext context() const { return {builder_, site_}; }

  PlanBuilder& builder_;
  GroupSite site_;
  Ranker ranker_;
  GroupExplanation out_;
  std::set<uint32_t> there_;
  int32_t present_ = 0;
};

}  // namespace

JobExplanation explain(const state::Snapshot& snapshot, const model::Job& job, WallTime now, const HeldIndex* held) {
  JobExplanation out;
  for (const model::TaskGroup& group : job.task_groups)
    out.groups.push_back(explain(snapshot, job, group.name, now, held));
  return out;
}

GroupExplanation explain(const state::Snapshot& snapshot, const model::Job& job, const std::string& group, WallTime now,
                         const HeldIndex* held) {
  const model::TaskGroup* found = job.find_group(group);
  if (!found) return {.group = group, .placed = {}, .nodes = {}, .nodes_by_code = {}};
  model::Evaluation eval;
  eval.ns = job.ns;
  eval.job_id = job.id;
  eval.type = job.type;
  const Input input{
      .snapshot = snapshot, .eval = eval, .job = std::make_shared<const model::Job>(job), .now = now, .held = held};
  PlanBuilder builder(input);
  return GroupExplainer(builder, *input.job->find_group(group)).run();
}

}  // namespace drover::sched
