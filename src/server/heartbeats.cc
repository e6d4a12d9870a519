#include "server/heartbeats.h"

#include <algorithm>

namespace drover::server {

Heartbeats::Heartbeats(HeartbeatOptions options, const Clock& clock, Random& random)
    : options_(options), clock_(clock), random_(random) {}

Duration Heartbeats::heard(const model::NodeId& node) {
  owner_.check();
  const auto count = static_cast<double>(deadlines_.size() + (deadlines_.count(node) > 0 ? 0 : 1));
  const Duration paced(static_cast<int64_t>(count / options_.max_per_second * 1e9));
  const Duration base = std::max(options_.min_ttl, paced);
  const Duration ttl = base + Duration(static_cast<int64_t>(random_.below(static_cast<uint64_t>(base.count()) + 1)));
  set(node, clock_.mono() + ttl + options_.grace);
  return ttl;
}

void Heartbeats::expect(const model::NodeId& node) {
  owner_.check();
  if (deadlines_.count(node) == 0) set(node, clock_.mono() + options_.failover_ttl);
}

void Heartbeats::forget(const model::NodeId& node) {
  owner_.check();
  const auto found = deadlines_.find(node);
  if (found == deadlines_.end()) return;
  order_.erase({found->second, node});
  deadlines_.erase(found);
}

std::vector<model::NodeId> Heartbeats::expired() {
  owner_.check();
  std::vector<model::NodeId> nodes;
  const MonoTime now = clock_.mono();
  while (!order_.empty() && order_.begin()->first <= now) {
    nodes.push_back(order_.begin()->second);
    deadlines_.erase(order_.begin()->second);
    order_.erase(order_.begin());
  }
  return nodes;
}

std::optional<MonoTime> Heartbeats::next_deadline() const {
  owner_.check();
  if (order_.empty()) return std::nullopt;
  return order_.begin()->first;
}

void Heartbeats::set(const model::NodeId& node, MonoTime deadline) {
  forget(node);
  deadlines_[node] = deadline;
  order_.emplace(deadline, node);
}

}  // namespace drover::server
