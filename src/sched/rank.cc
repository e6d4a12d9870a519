#include "sched/rank.h"

#include <algorithm>

#include "sched/slots.h"

namespace drover::sched {
namespace {

uint32_t tie_of(uint64_t seed, uint32_t slot) {
  uint64_t z = seed + (uint64_t{slot} + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  return static_cast<uint32_t>((z ^ (z >> 27)) >> 32);
}

}  // namespace

Ranker::Ranker(const Context& context)
    : context_(context),
      evenly_(context.snapshot.scheduler_config().algorithm == "spread"),
      spreads_(context.snapshot, context.job, context.group),
      affinities_(context.snapshot, context.job, context.group, context.feasibility.slots()),
      locality_(context.snapshot, context.group, context.held),
      collisions_(context.snapshot.columns().slots()),
      heaps_(spreads_, context.snapshot.columns().slots()) {}

void Ranker::count_existing(uint32_t slot) {
  ++collisions_[slot];
  spreads_.change(slot, 1);
}

std::optional<uint32_t> Ranker::pick(const Wish& wish) {
  if (context_.feasibility.checks().depends_on_index()) return scan(wish);
  if (!built_) build();
  if (!wish.penalised || !suits(*wish.penalised, wish)) return next();
  const uint32_t penalised = *wish.penalised;
  heaps_.drop(penalised);
  const auto other = next();
  heaps_.put(entry_of(penalised));
  const double other_score = other ? score(*other, wish).mean() : 0;
  return better(penalised, score(penalised, wish).mean(), other, other_score) ? penalised : other;
}

// The best entry. With distinct rules a placement elsewhere may have closed a node meanwhile.
std::optional<uint32_t> Ranker::next() {
  while (const auto entry = heaps_.best()) {
    if (!context_.distinct.any() || takes_one_more(entry->slot)) return entry->slot;
    heaps_.drop(entry->slot);
  }
  return std::nullopt;
}

// Where each placement asks for something else of its node, all nodes are looked at each time.
std::optional<uint32_t> Ranker::scan(const Wish& wish) const {
  std::optional<uint32_t> best;
  double best_score = 0;
  for (const uint32_t slot : context_.feasibility.slots()) {
    if (!suits(slot, wish)) continue;
    const double here = score(slot, wish).mean();
    if (!better(slot, here, best, best_score)) continue;
    best = slot;
    best_score = here;
  }
  return best;
}

bool Ranker::better(uint32_t slot, double score, std::optional<uint32_t> than, double than_score) const {
  if (!than || score != than_score) return !than || score > than_score;
  return tie_of(context_.seed, slot) > tie_of(context_.seed, *than);
}

void Ranker::placed(uint32_t slot) {
  ++collisions_[slot];
  spreads_.change(slot, 1);
  if (!built_) return;
  heaps_.counts_changed(slot);
  refresh(slot);
}

void Ranker::removed(uint32_t slot) {
  if (collisions_[slot] > 0) --collisions_[slot];
  spreads_.change(slot, -1);
  if (!built_) return;
  heaps_.counts_changed(slot);
  refresh(slot);
  if (!context_.distinct.any()) return;
  for (const uint32_t other : context_.feasibility.slots()) {  // their value may be free again
    if (context_.distinct.tied(slot, other)) refresh(other);
  }
}

void Ranker::refresh(uint32_t slot) {
  if (!built_) return;
  if (context_.feasibility.feasible(slot) && takes_one_more(slot)) {
    heaps_.put(entry_of(slot));
  } else {
    heaps_.drop(slot);
  }
}

Score Ranker::score(uint32_t slot, const Wish& wish) const {
  const Usage& usage = context_.usage;
  Score score;
  score.packing = evenly_ ? usage.evenness(slot, context_.ask) : usage.binpack(slot, context_.ask);
  if (const uint32_t count = collisions_[slot]; count > 0) {
    score.anti_affinity = -std::min(1.0, (count + 1.0) / std::max(1, context_.group.count));
  }
  score.affinity = affinities_.of(slot);
  score.locality = locality_.of(slot);
  if (context_.devices.any()) {
    const auto node = node_in(context_.snapshot, slot);
    const auto grant = context_.devices.grant(*node, usage.holdings(slot).devices);
    if (grant) score.devices = grant->affinity;
  }
  score.spread = spreads_.boost_of(slot);
  if (wish.penalised == slot) score.penalty = -1;
  return score;
}

std::vector<model::NodeScore> Ranker::best(size_t limit, const Wish& wish) {
  const bool ordered = built_ && !wish.penalised && !context_.feasibility.checks().depends_on_index();
  std::vector<model::NodeScore> out;
  for (const uint32_t slot : ordered ? best_of_heaps(limit) : best_of_all(limit, wish)) {
    out.push_back(score(slot, wish).to_model(context_.snapshot.columns().node_id(slot)));
  }
  return out;
}

// Takes the best ones out, and puts them back.
std::vector<uint32_t> Ranker::best_of_heaps(size_t limit) {
  std::vector<uint32_t> best;
  while (best.size() < limit) {
    const auto slot = next();
    if (!slot) break;
    best.push_back(*slot);
    heaps_.drop(*slot);
  }
  for (const uint32_t slot : best) heaps_.put(entry_of(slot));
  return best;
}

std::vector<uint32_t> Ranker::best_of_all(size_t limit, const Wish& wish) const {
  std::vector<std::pair<double, uint32_t>> scored;
  for (const uint32_t slot : context_.feasibility.slots()) {
    if (suits(slot, wish)) scored.emplace_back(score(slot, wish).mean(), slot);
  }
  const size_t count = std::min(limit, scored.size());
  std::ranges::partial_sort(scored, scored.begin() + static_cast<ptrdiff_t>(count),
                            [&](const auto& a, const auto& b) { return better(a.second, a.first, b.second, b.first); });
  std::vector<uint32_t> best;
  for (size_t i = 0; i < count; ++i) best.push_back(scored[i].second);
  return best;
}

void Ranker::explain(model::AllocMetric& metric) const {
  for (const uint32_t slot : context_.feasibility.slots()) explain(slot, metric);
}

void Ranker::explain(uint32_t slot, model::AllocMetric& metric) const {
  if (const std::string* rule = context_.distinct.violated_by(slot)) {
    ++metric.nodes_filtered;
    ++metric.constraint_filtered[*rule];
    return;
  }
  if (takes_one_more(slot)) return;
  ++metric.nodes_exhausted;
  ++metric.dimension_exhausted[context_.usage.misfit(slot, context_.ask).value_or(kNoDevices)];
  const auto node = node_in(context_.snapshot, slot);
  if (!node->node_class.empty()) ++metric.class_exhausted[node->node_class];
}

void Ranker::build() {
  built_ = true;
  for (const uint32_t slot : context_.feasibility.slots()) {
    if (takes_one_more(slot)) heaps_.append(entry_of(slot));
  }
  heaps_.order();
}

bool Ranker::takes_one_more(uint32_t slot) const {
  if (context_.distinct.violated_by(slot) || !context_.usage.fits(slot, context_.ask)) return false;
  if (!context_.devices.any()) return true;
  const auto node = node_in(context_.snapshot, slot);
  return context_.devices.grant(*node, context_.usage.holdings(slot).devices).has_value();
}

bool Ranker::suits(uint32_t slot, const Wish& wish) const {
  if (!context_.feasibility.feasible(slot) || !takes_one_more(slot)) return false;
  const NodeChecks& checks = context_.feasibility.checks();
  return !checks.depends_on_index() || checks.has_volumes(*node_in(context_.snapshot, slot), wish.index);
}

NodeHeaps::Entry Ranker::entry_of(uint32_t slot) const {
  const Score here = score(slot, {});
  return {.sum = here.own_sum(), .parts = here.own_parts(), .tie = tie_of(context_.seed, slot), .slot = slot};
}

}  // namespace drover::sched
