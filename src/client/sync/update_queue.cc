#include "client/sync/update_queue.h"

#include <algorithm>
#include <utility>

namespace drover::client {
namespace {

template <class Entries, class Out>
void take(Entries& entries, size_t limit, uint64_t sequence, Out& out) {
  for (auto& [id, entry] : entries) {
    if (entry.sent != 0) continue;
    if (out.size() >= limit) break;
    entry.sent = sequence;
    out.push_back(entry.value);
  }
}

template <class Entries>
void erase_acknowledged(Entries& entries, uint64_t sequence) {
  std::erase_if(entries, [&](const auto& e) { return e.second.sent != 0 && e.second.sent <= sequence; });
}

template <class Entries>
bool any_unsent(const Entries& entries) {
  return std::ranges::any_of(entries, [](const auto& e) { return e.second.sent == 0; });
}

}  // namespace

void UpdateQueue::put(model::Allocation report) {
  const auto id = report.id;
  allocs_.insert_or_assign(id, Entry<model::Allocation>{.value = std::move(report)});
}

void UpdateQueue::put(rpc::AllocServices services) {
  const auto id = services.alloc_id;
  services_.insert_or_assign(id, Entry<rpc::AllocServices>{.value = std::move(services)});
}

void UpdateQueue::forget(model::AllocId id) {
  allocs_.erase(id);
  services_.erase(id);
}

std::optional<rpc::AllocUpdates> UpdateQueue::take_allocs(size_t limit) {
  if (!any_unsent(allocs_)) return std::nullopt;
  rpc::AllocUpdates out{.sequence = ++sequence_};
  take(allocs_, limit, out.sequence, out.allocs);
  return out;
}

std::optional<rpc::ServiceUpdates> UpdateQueue::take_services(size_t limit) {
  if (!any_unsent(services_)) return std::nullopt;
  rpc::ServiceUpdates out{.sequence = ++sequence_};
  take(services_, limit, out.sequence, out.allocs);
  return out;
}

bool UpdateQueue::has_unsent() const {
  return any_unsent(allocs_) || any_unsent(services_);
}

void UpdateQueue::ack(uint64_t sequence) {
  erase_acknowledged(allocs_, sequence);
  erase_acknowledged(services_, sequence);
}

void UpdateQueue::resend() {
  for (auto& [id, entry] : allocs_) entry.sent = 0;
  for (auto& [id, entry] : services_) entry.sent = 0;
}

}  // namespace drover::client
