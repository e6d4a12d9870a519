#include "sched/locality.h"

#include "model/holdings.h"

#include <algorithm>

namespace drover::sched {
namespace {

std::vector<uint64_t> needs_of(const model::TaskGroup& group) {
  std::vector<uint64_t> keys;
  for (const model::Task& task : group.tasks) {
    for (const model::Asset& asset : task.assets) keys.push_back(model::asset_key(asset));
    if (task.driver != "docker") continue;
    const codec::Value* image = task.config.find("image");
    if (image != nullptr && image->as_string() != nullptr) keys.push_back(model::image_key(*image->as_string()));
  }
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::erase(keys, 0u);  // not known yet
  return keys;
}

}  // namespace

LocalityScores::LocalityScores(const state::Snapshot& snapshot, const model::TaskGroup& group, const HeldIndex* held) {
  if (held == nullptr || held->empty()) return;
  struct Holding {
    uint32_t slot;
    size_t need;
  };
  const std::vector<uint64_t> needs = needs_of(group);
  std::vector<double> bytes(needs.size());  // what the nodes say that it has
  std::vector<Holding> holdings;
  for (size_t i = 0; i < needs.size(); i++) {
    for (auto at = held->lower_bound(HeldKey{.key = needs[i]}); at != held->end() && at->key.key == needs[i]; ++at) {
      const auto slot = snapshot.slot_of(at->key.node);
      if (!slot) continue;
      holdings.push_back({*slot, i});
      bytes[i] = std::max(bytes[i], static_cast<double>(at->value));
    }
  }
  if (holdings.empty()) return;
  double total = kLocalityHalf;
  for (const double each : bytes) total += each;
  by_slot_.resize(snapshot.columns().slots());
  for (const Holding& holding : holdings) by_slot_[holding.slot] += bytes[holding.need] / total;
}

}  // namespace drover::sched
