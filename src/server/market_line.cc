#include "server/market_line.h"

#include "model/locality.h"
#include "state/ask.h"

#include <algorithm>

namespace drover::server {
namespace {

// Large enough for a group, were it empty. What it has by name (ports, cores, devices) was judged by the scheduler.
bool large_enough(const model::Node& node, const state::GroupAsk& ask) {
  return node.resources.cpu - node.reserved.cpu >= ask.cpu &&
         node.resources.memory_mb - node.reserved.memory_mb >= ask.memory_mb &&
         node.resources.disk_mb - node.reserved.disk_mb >= ask.disk_mb;
}

}  // namespace

void MarketLine::block(uint64_t order, EvalRow eval, bool holds) {
  const bool held_back = was_held_back(*eval);
  const std::pair key(order, eval->id);
  waiting_[key] = {.eval = std::move(eval), .holds = holds, .held_back = held_back};
  dirty_ = true;
}

void MarketLine::remove(uint64_t order, const model::EvalId& id) {
  if (waiting_.erase({order, id}) > 0) dirty_ = true;
}

void MarketLine::note_room(const std::string& computed_class, uint64_t index) {
  uint64_t& last = room_[computed_class];
  if (index <= last) return;
  last = index;
  dirty_ = true;
}

void MarketLine::note_retry() {
  retry_ = true;
  dirty_ = true;
}

bool MarketLine::held_before(uint64_t order) const {
  for (const auto& [key, waiting] : waiting_) {
    if (key.first >= order) return false;
    if (waiting.holds) return true;
  }
  return false;
}

std::optional<MarketLine::EvalRow> MarketLine::take() {
  if (!dirty_) return std::nullopt;
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    const Waiting& waiting = it->second;
    const bool collided = retry_ && waiting.eval->triggered_by == model::trigger::kMaxPlanAttempts;
    if (waiting.held_back || collided || may_fit(waiting)) {
      EvalRow eval = waiting.eval;
      waiting_.erase(it);
      return eval;
    }
    if (waiting.holds) break;
  }
  dirty_ = false;
  retry_ = false;
  return std::nullopt;
}

// Some class has gained room since it was decided on, and the job could run there.
bool MarketLine::may_fit(const Waiting& waiting) const {
  const model::Evaluation& eval = *waiting.eval;
  return std::ranges::any_of(room_, [&](const auto& entry) {
    if (entry.second <= eval.snapshot_index) return false;
    if (eval.escaped_computed_class) return true;
    const auto known = eval.class_eligibility.find(entry.first);
    return known == eval.class_eligibility.end() || known->second;
  });
}

void hold_back(sched::Decision& decision, const state::Snapshot& snapshot) {
  std::map<std::string, int32_t> dropped;
  for (const model::Allocation& alloc : decision.plan.placements) {
    if (snapshot.alloc(alloc.id)) continue;
    model::AllocMetric& metric = decision.failed[std::string(alloc.task_group)];
    if (dropped[std::string(alloc.task_group)]++ == 0) {
      if (alloc.metrics) metric = *alloc.metrics;
      metric.score_meta_data.clear();
      metric.nodes_exhausted = metric.nodes_evaluated - metric.nodes_filtered;
      metric.dimension_exhausted[kMarketQueue] = std::max(1, metric.nodes_exhausted);
    } else {
      ++metric.coalesced_failures;
    }
    ++decision.queued[std::string(alloc.task_group)];
  }
  if (dropped.empty()) return;
  decision.plan.placements.clear();
  decision.plan.stops.clear();
  decision.plan.preemptions.clear();
  decision.plan.deployment.reset();
  decision.plan.deployment_updates.clear();
  decision.preemption_evals.clear();
}

bool was_held_back(const model::Evaluation& eval) {
  return std::ranges::any_of(eval.failed_tg_allocs,
                             [](const auto& group) { return group.second.dimension_exhausted.contains(kMarketQueue); });
}

bool waits_for_room(const state::Snapshot& snapshot, const model::Evaluation& eval) {
  if (eval.triggered_by == model::trigger::kMaxPlanAttempts || was_held_back(eval)) return true;
  const auto job = snapshot.job(eval.job_key());
  if (!job) return false;
  for (const auto& [name, metric] : eval.failed_tg_allocs) {
    const model::TaskGroup* group = job->find_group(name);
    if (!group || metric.nodes_exhausted == 0) continue;
    const state::GroupAsk ask = state::group_ask(*group);
    for (const auto& entry : snapshot.nodes()) {
      const model::Node& node = *entry.value;
      if (model::in_node_pool(node, *job) && node.accepts_work() && large_enough(node, ask)) return true;
    }
  }
  return false;
}

}  // namespace drover::server
