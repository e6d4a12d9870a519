#include "sched/preempt.h"

#include <algorithm>
#include <cmath>

#include "sched/slots.h"

namespace drover::sched {
namespace {

// Candidates beyond this number are taken in the order of their size, without looking at each one again after each.
constexpr size_t kMaxWeighed = 64;
constexpr double kParallelPenalty = 50;

int32_t priority_of(const state::Snapshot& snapshot, const model::Allocation& alloc) {
  const auto job = snapshot.job_of(alloc);
  return job ? job->priority : 0;
}

int32_t max_parallel_of(const model::Job& job, const std::string& name) {
  const model::TaskGroup* group = job.find_group(name);
  return group && group->migrate ? group->migrate->max_parallel.value_or(0) : 0;
}

// How far `used` is from what is missing, in shares of it.
double distance(const Usage::Excess& missing, const state::GroupAsk& used) {
  double sum = 0;
  const auto add = [&](int64_t need, int64_t have) {
    if (need <= 0) return;
    const double share = static_cast<double>(need - have) / static_cast<double>(need);
    sum += share * share;
  };
  add(missing.cpu, used.cpu);
  add(missing.memory_mb, used.memory_mb);
  add(missing.disk_mb, used.disk_mb);
  return std::sqrt(sum);
}

}  // namespace

double preemption_score(const std::vector<int32_t>& priorities) {
  if (priorities.empty()) return 1;
  const double most = std::max(1, std::ranges::max(priorities));
  double sum = 0;
  for (const int32_t priority : priorities) sum += priority;
  return 1 / (1 + std::exp(0.0048 * (most + sum / most - 2048)));
}

Preemptor::Preemptor(PlanBuilder& builder, const GroupSite& site)
    : builder_(builder),
      site_(site),
      allowed_(builder.snapshot().scheduler_config().preemption.allows(builder.job().type)) {}

std::optional<std::vector<AllocRow>> Preemptor::victims_on(uint32_t slot) {
  if (!allowed_ || examined_ >= kMaxExamined || site_.distinct.violated_by(slot)) return std::nullopt;
  std::vector<Candidate> candidates = candidates_on(slot);
  for (const Candidate& candidate : candidates) builder_.free_room(*candidate.alloc);
  const bool possible = room_on(slot);
  for (const Candidate& candidate : candidates) builder_.take_room(*candidate.alloc);
  if (!possible) return std::nullopt;

  const bool chosen = choose(slot, candidates);
  if (chosen) drop_superfluous(slot, candidates);
  std::vector<AllocRow> victims;
  for (const Candidate& candidate : candidates) {
    if (!candidate.taken) continue;
    builder_.take_room(*candidate.alloc);
    victims.push_back(candidate.alloc);
  }
  return chosen ? std::optional(std::move(victims)) : std::nullopt;
}

// Those that may be taken, the least important first.
std::vector<Preemptor::Candidate> Preemptor::candidates_on(uint32_t slot) {
  const state::Snapshot& snapshot = builder_.snapshot();
  std::vector<Candidate> out;
  for (const auto& entry : snapshot.allocs_of_node(snapshot.columns().node_id(slot))) {
    const AllocRow& alloc = entry.value;
    ++examined_;
    if (alloc->terminal() || alloc->job_key() == builder_.job().key() || builder_.ends(alloc->id)) continue;
    const int32_t priority = priority_of(snapshot, *alloc);
    if (priority > builder_.job().priority - kPriorityGap) continue;
    out.push_back({.alloc = alloc,
                   .priority = priority,
                   .max_parallel = max_parallel_of(*snapshot.job_of(*alloc), alloc->task_group),
                   .ask = &builder_.ask_of(*alloc)});
  }
  const Usage::Excess missing = builder_.usage().excess(slot, site_.ask);
  std::ranges::sort(out, {}, [&](const Candidate& candidate) {
    return std::tuple(candidate.priority, distance(missing, *candidate.ask), candidate.alloc->id);
  });
  return out;
}

bool Preemptor::room_on(uint32_t slot) const {
  Usage& usage = builder_.usage();
  if (!usage.fits(slot, site_.ask)) return false;
  if (!site_.devices.any()) return true;
  return site_.devices.grant(*node_in(builder_.snapshot(), slot), usage.holdings(slot).devices).has_value();
}

// Takes candidates (and frees their room) until the group fits.
bool Preemptor::choose(uint32_t slot, std::vector<Candidate>& candidates) {
  const auto take = [&](Candidate& candidate) {
    candidate.taken = true;
    builder_.free_room(*candidate.alloc);
  };
  const bool weigh = candidates.size() <= kMaxWeighed;
  while (!room_on(slot)) {
    Candidate* best = nullptr;
    double best_cost = 0;
    for (Candidate& candidate : candidates) {
      if (candidate.taken || (best && candidate.priority > best->priority)) continue;
      if (!helps(slot, candidate)) continue;
      const double here = cost(slot, candidate);
      if (best && here >= best_cost) continue;
      best = &candidate;
      best_cost = here;
      if (!weigh) break;
    }
    if (!best) return false;
    take(*best);
  }
  return true;
}

double Preemptor::cost(uint32_t slot, const Candidate& candidate) const {
  double out = distance(builder_.usage().excess(slot, site_.ask), *candidate.ask);
  const auto found = preempted_.find({candidate.alloc->job_key(), candidate.alloc->task_group});
  const int32_t before = found == preempted_.end() ? 0 : found->second;
  if (candidate.max_parallel > 0 && before >= candidate.max_parallel) {
    out += kParallelPenalty * (before + 1 - candidate.max_parallel);
  }
  return out;
}

// Whether it holds something of what is missing.
bool Preemptor::helps(uint32_t slot, const Candidate& candidate) const {
  const Usage::Excess missing = builder_.usage().excess(slot, site_.ask);
  const state::GroupAsk& has = *candidate.ask;
  if ((missing.cpu > 0 && (has.cpu > 0 || has.cores > 0)) || (missing.memory_mb > 0 && has.memory_mb > 0) ||
      (missing.disk_mb > 0 && has.disk_mb > 0) || (missing.cores > 0 && has.cores > 0)) {
    return true;
  }
  const bool amounts_fit = missing.cpu <= 0 && missing.memory_mb <= 0 && missing.disk_mb <= 0 && missing.cores <= 0;
  if (!amounts_fit) return false;
  const auto holds_port = [&](const model::AllocatedPort& port) {
    const bool wanted = std::ranges::binary_search(site_.ask.static_ports, static_cast<uint16_t>(port.value));
    return wanted || port.value >= model::kMinDynamicPort;
  };
  if (!builder_.usage().fits(slot, site_.ask)) return std::ranges::any_of(candidate.alloc->ports, holds_port);
  return !candidate.alloc->devices.empty();
}

// Lets those stay without which the group fits too, the most important first.
void Preemptor::drop_superfluous(uint32_t slot, std::vector<Candidate>& candidates) {
  for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
    if (!candidate->taken) continue;
    builder_.take_room(*candidate->alloc);
    candidate->taken = !room_on(slot);
    if (candidate->taken) builder_.free_room(*candidate->alloc);
  }
}

double Preemptor::score_of(const std::vector<AllocRow>& victims) const {
  std::vector<int32_t> priorities;
  for (const AllocRow& victim : victims) priorities.push_back(priority_of(builder_.snapshot(), *victim));
  return preemption_score(priorities);
}

Score Preemptor::score_without(uint32_t slot, const std::vector<AllocRow>& victims, const Ranker& ranker,
                               const Wish& wish) {
  for (const AllocRow& victim : victims) builder_.free_room(*victim);
  Score score = ranker.score(slot, wish);
  score.preemption = score_of(victims);
  for (const AllocRow& victim : victims) builder_.take_room(*victim);
  return score;
}

std::optional<Preemptor::Option> Preemptor::best(const Ranker& ranker, const Wish& wish) {
  if (!allowed_ || none_) return std::nullopt;
  const NodeChecks& checks = site_.feasibility.checks();
  std::optional<Option> best;
  for (const uint32_t slot : site_.feasibility.slots()) {
    if (site_.distinct.violated_by(slot)) continue;
    if (checks.depends_on_index() && !checks.has_volumes(*node_in(builder_.snapshot(), slot), wish.index)) continue;
    const auto [at, fresh] = options_.try_emplace(slot);
    if (fresh) at->second = victims_on(slot);
    if (!at->second) continue;
    Score score = score_without(slot, *at->second, ranker, wish);
    if (!best || score.mean() > best->score.mean()) best = Option{slot, *at->second, score};
  }
  none_ = !best && !checks.depends_on_index();
  return best;
}

void Preemptor::changed(uint32_t slot) {
  options_.erase(slot);
  none_ = false;
}

void Preemptor::took(const std::vector<AllocRow>& victims) {
  for (const AllocRow& victim : victims) ++preempted_[{victim->job_key(), victim->task_group}];
}

}  // namespace drover::sched
