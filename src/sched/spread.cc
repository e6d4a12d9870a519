#include "sched/spread.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace drover::sched {
namespace {

constexpr uint64_t kMissing = UINT64_MAX;

// Boosts that cancel out leave no more than this.
constexpr double kRounding = 1e-12;

}  // namespace

SpreadRules::SpreadRules(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group) {
  double total_weight = 0;
  for (const auto* spreads : {&job.spreads, &group.spreads}) {
    for (const model::Spread& spread : *spreads) total_weight += spread.weight;
  }
  if (total_weight <= 0) return;
  for (const auto* spreads : {&group.spreads, &job.spreads}) {
    for (const model::Spread& spread : *spreads) add(snapshot, spread, group.count, total_weight);
  }
  combine(snapshot.columns().slots());
}

void SpreadRules::add(const state::Snapshot& snapshot, const model::Spread& spread, int32_t count,
                      double total_weight) {
  Spread out{.values = AttributeValues(snapshot, spread.attribute), .share = spread.weight / total_weight};
  out.used.resize(out.values.count());
  out.combinations.resize(out.values.count());
  if (!spread.targets.empty()) {
    out.target.assign(out.values.count(), kNoTarget);
    double sum = 0;
    for (const model::SpreadTarget& target : spread.targets) {
      const auto value = out.values.find(target.value);
      if (value) out.target[*value] = static_cast<uint32_t>(out.desired.size());
      out.desired.push_back(target.percent / 100.0 * count);
      sum += out.desired.back();
    }
    if (sum > 0 && sum < count) {  // values without a target share the rest
      std::ranges::replace(out.target, kNoTarget, static_cast<uint32_t>(out.desired.size()));
      out.desired.push_back(count - sum);
    }
  }
  spreads_.push_back(std::move(out));
}

void SpreadRules::combine(size_t slots) {
  by_slot_.assign(slots, 0);
  for (const Spread& spread : spreads_) {
    std::unordered_map<uint64_t, uint32_t> numbers;
    for (size_t slot = 0; slot < slots; ++slot) {
      const uint64_t pair = uint64_t{by_slot_[slot]} << 32 | spread.values.of(slot);
      by_slot_[slot] = numbers.try_emplace(pair, static_cast<uint32_t>(numbers.size())).first->second;
    }
    combinations_ = std::max<size_t>(numbers.size(), 1);
  }
  values_.assign(combinations_ * spreads_.size(), AttributeValues::kNone);
  std::vector<bool> seen(combinations_);
  for (size_t slot = 0; slot < slots; ++slot) {
    const uint32_t combination = by_slot_[slot];
    if (seen[combination]) continue;
    seen[combination] = true;
    for (size_t s = 0; s < spreads_.size(); ++s) {
      const uint32_t value = spreads_[s].values.of(slot);
      values_[combination * spreads_.size() + s] = value;
      if (value != AttributeValues::kNone) spreads_[s].combinations[value].push_back(combination);
    }
  }
}

SpreadRules::Signature SpreadRules::signature(uint32_t combination) const {
  Signature out;
  out.reserve(spreads_.size());
  for (size_t s = 0; s < spreads_.size(); ++s) {
    const Spread& spread = spreads_[s];
    const uint32_t value = values_[combination * spreads_.size() + s];
    if (value == AttributeValues::kNone) {
      out.push_back(kMissing);
    } else {
      const uint64_t target = spread.desired.empty() ? 0 : spread.target[value];
      out.push_back(target << 32 | spread.used[value]);
    }
  }
  return out;
}

double SpreadRules::boost(const Signature& signature) const {
  double sum = 0;
  for (size_t s = 0; s < signature.size(); ++s) {
    const Spread& spread = spreads_[s];
    const auto target = static_cast<uint32_t>(signature[s] >> 32);
    const auto used = static_cast<uint32_t>(signature[s]);
    double part = -1;
    if (signature[s] != kMissing) {
      part = spread.desired.empty() ? even_boost(spread, used) : target_boost(spread, target, used);
    }
    sum += spread.share * std::clamp(part, -1.0, 1.0);
  }
  return std::abs(sum) < kRounding ? 0 : sum;
}

std::optional<double> SpreadRules::boost_of(size_t slot) const {
  if (spreads_.empty()) return std::nullopt;
  const double sum = boost(signature(by_slot_[slot]));
  return sum == 0 ? std::nullopt : std::optional(sum);
}

double SpreadRules::target_boost(const Spread& spread, uint32_t target, uint32_t used) {
  if (target == kNoTarget || spread.desired[target] <= 0) return -1;
  return (spread.desired[target] - used - 1) / spread.desired[target];
}

double SpreadRules::even_boost(const Spread& spread, uint32_t used) {
  if (spread.with.empty()) return 0;
  const double least = spread.with.begin()->first;
  const double most = spread.with.rbegin()->first;
  if (used != least) return (least - used) / least;
  return least == most ? -1 : (most - least) / least;
}

void SpreadRules::change(size_t slot, int32_t by) {
  const auto count = [](Spread& spread, uint32_t used, int step) {
    if (used == 0) return;
    const auto at = spread.with.try_emplace(used, 0).first;
    if (step > 0) {
      ++at->second;
    } else if (--at->second == 0) {
      spread.with.erase(at);
    }
  };
  for (Spread& spread : spreads_) {
    const uint32_t value = spread.values.of(slot);
    if (value == AttributeValues::kNone || (by < 0 && spread.used[value] == 0)) continue;
    count(spread, spread.used[value], -1);
    spread.used[value] += static_cast<uint32_t>(by);
    count(spread, spread.used[value], 1);
  }
}

std::vector<uint32_t> SpreadRules::changed_by(size_t slot) const {
  std::vector<uint32_t> out;
  for (const Spread& spread : spreads_) {
    const uint32_t value = spread.values.of(slot);
    if (value == AttributeValues::kNone) continue;
    out.insert(out.end(), spread.combinations[value].begin(), spread.combinations[value].end());
  }
  return out;
}

}  // namespace drover::sched
