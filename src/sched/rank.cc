#include "sched/rank.h"

#include <algorithm>

namespace drover::sched {
namespace {

model::NodeId node_id_of(const state::Snapshot& snapshot, uint32_t slot) {
  return snapshot.columns().chunks()[slot / state::kColumnChunk]->node_id[slot % state::kColumnChunk];
}

uint32_t tie_of(uint64_t seed, uint32_t slot) {
  uint64_t z = seed + (uint64_t{slot} + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  return static_cast<uint32_t>((z ^ (z >> 27)) >> 32);
}

}  // namespace

double Score::mean() const {
  double sum = binpack;
  int parts = 1;
  for (const auto& part : {anti_affinity, penalty}) {
    if (!part) continue;
    sum += *part;
    ++parts;
  }
  return sum / parts;
}

model::NodeScore Score::to_model(model::NodeId node) const {
  model::NodeScore out{.node_id = node, .norm_score = mean(), .scores = {{"binpack", binpack}}};
  if (anti_affinity) out.scores["job-anti-affinity"] = *anti_affinity;
  if (penalty) out.scores["node-reschedule-penalty"] = *penalty;
  return out;
}

Ranker::Ranker(const Context& context) : context_(context), stamps_(context.snapshot.columns().slots()) {}

std::optional<uint32_t> Ranker::pick(std::optional<uint32_t> penalised) {
  if (!built_) build();
  const auto first = pop();
  if (!first) return std::nullopt;
  if (!penalised || first->slot != *penalised) {
    heap_.push(*first);
    return first->slot;
  }
  // The best one is penalised: the runner-up wins if it beats the reduced score.
  const auto second = pop();
  heap_.push(*first);
  if (!second) return first->slot;
  heap_.push(*second);
  return score(first->slot, penalised).mean() >= second->score ? first->slot : second->slot;
}

void Ranker::placed(uint32_t slot) {
  ++collisions_[slot];
  refresh(slot);
}

void Ranker::removed(uint32_t slot) {
  if (uint32_t& count = collisions_[slot]; count > 0) --count;
  if (!built_) return;
  if (!context_.distinct.any()) return refresh(slot);
  for (const uint32_t other : context_.feasibility.slots()) refresh(other);  // a property's value may be free again
}

Score Ranker::score(uint32_t slot, std::optional<uint32_t> penalised) const {
  Score score{.binpack = context_.usage.binpack(slot, context_.ask), .anti_affinity = {}, .penalty = {}};
  if (const uint32_t count = collisions(slot); count > 0) {
    score.anti_affinity = -std::min(1.0, (count + 1.0) / std::max(1, context_.desired_count));
  }
  if (penalised && *penalised == slot) score.penalty = -1;
  return score;
}

std::vector<model::NodeScore> Ranker::best(size_t limit) const {
  std::vector<Entry> entries;
  for (const uint32_t slot : context_.feasibility.slots()) {
    if (takes_one_more(slot)) entries.push_back(entry_of(slot));
  }
  const size_t count = std::min(limit, entries.size());
  std::partial_sort(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(count), entries.end(),
                    [](const Entry& a, const Entry& b) { return b < a; });
  std::vector<model::NodeScore> out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back(score(entries[i].slot, std::nullopt).to_model(node_id_of(context_.snapshot, entries[i].slot)));
  }
  return out;
}

void Ranker::explain(model::AllocMetric& metric) const {
  for (const uint32_t slot : context_.feasibility.slots()) {
    if (const std::string* rule = context_.distinct.violated_by(context_.snapshot, slot)) {
      ++metric.nodes_filtered;
      ++metric.constraint_filtered[*rule];
      continue;
    }
    const auto dimension = context_.usage.misfit(slot, context_.ask);
    if (!dimension) continue;
    ++metric.nodes_exhausted;
    ++metric.dimension_exhausted[*dimension];
    const auto node = context_.snapshot.node(node_id_of(context_.snapshot, slot));
    if (node && !node->node_class.empty()) ++metric.class_exhausted[node->node_class];
  }
}

void Ranker::build() {
  built_ = true;
  std::vector<Entry> entries;
  entries.reserve(context_.feasibility.slots().size());
  for (const uint32_t slot : context_.feasibility.slots()) {
    if (takes_one_more(slot)) entries.push_back(entry_of(slot));
  }
  heap_ = std::priority_queue<Entry>(std::less<Entry>(), std::move(entries));
}

bool Ranker::takes_one_more(uint32_t slot) const {
  if (context_.distinct.any() && context_.distinct.violated_by(context_.snapshot, slot)) return false;
  return context_.usage.fits(slot, context_.ask);
}

Ranker::Entry Ranker::entry_of(uint32_t slot) const {
  return {score(slot, std::nullopt).mean(), tie_of(context_.seed, slot), slot, stamps_[slot]};
}

void Ranker::refresh(uint32_t slot) {
  if (!built_) return;
  ++stamps_[slot];
  if (context_.feasibility.feasible(slot) && takes_one_more(slot)) heap_.push(entry_of(slot));
}

// The best entry that is not stale. With distinct rules a placement elsewhere may have closed the node meanwhile.
std::optional<Ranker::Entry> Ranker::pop() {
  while (!heap_.empty()) {
    const Entry entry = heap_.top();
    heap_.pop();
    if (entry.stamp != stamps_[entry.slot]) continue;
    if (context_.distinct.any() && !takes_one_more(entry.slot)) continue;
    return entry;
  }
  return std::nullopt;
}

uint32_t Ranker::collisions(uint32_t slot) const {
  const auto found = collisions_.find(slot);
  return found == collisions_.end() ? 0 : found->second;
}

}  // namespace drover::sched
