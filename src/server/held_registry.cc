#include "server/held_registry.h"

namespace drover::server {

void HeldRegistry::update(const model::NodeId& node, const rpc::HeldUpdate& update) {
  const MutexLock lock(mutex_);
  std::set<uint64_t>& keys = keys_[node];
  auto draft = index_.transient();
  for (const uint64_t key : update.gone) {
    if (keys.erase(key) > 0) draft.erase(sched::HeldKey{key, node});
  }
  for (const model::HeldItem& item : update.changed) {
    if (keys.size() >= model::kMaxHeldItems && !keys.contains(item.key)) continue;
    keys.insert(item.key);
    draft.insert_or_assign(sched::HeldKey{item.key, node}, item.bytes);
  }
  index_ = draft.persistent();
}

void HeldRegistry::forget(const model::NodeId& node) {
  const MutexLock lock(mutex_);
  const auto found = keys_.find(node);
  if (found == keys_.end()) return;
  auto draft = index_.transient();
  for (const uint64_t key : found->second) draft.erase(sched::HeldKey{key, node});
  index_ = draft.persistent();
  keys_.erase(found);
}

sched::HeldIndex HeldRegistry::index() const {
  const MutexLock lock(mutex_);
  return index_;
}

}  // namespace drover::server
