#include "server/watch.h"

#include <algorithm>

namespace drover::server {

namespace {

uint64_t newest(const std::array<uint64_t, state::kTableCount>& indexes, uint32_t tables) {
  uint64_t index = 0;
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (tables >> i & 1) index = std::max(index, indexes[i]);
  }
  return index;
}

}  // namespace

bool WatchIndex::Registration::cancel() {
  WatchIndex* index = std::exchange(index_, nullptr);
  return index && index->cancel(tables_, after_, id_);
}

void WatchIndex::Registration::swap(Registration& other) {
  std::swap(index_, other.index_);
  std::swap(tables_, other.tables_);
  std::swap(after_, other.after_);
  std::swap(id_, other.id_);
}

WatchIndex::Registration WatchIndex::wait(state::TableSet tables, uint64_t after, Callback callback) {
  {
    MutexLock lock(mutex_);
    if (!closed_ && newest(latest_, tables.bits()) <= after) {
      const uint64_t id = next_id_++;
      by_tables_[tables.bits()].emplace(std::pair(after, id), std::move(callback));
      return Registration(this, tables.bits(), after, id);
    }
  }
  callback();
  return {};
}

bool WatchIndex::cancel(uint32_t tables, uint64_t after, uint64_t id) {
  Waiters::node_type cancelled;  // Destroyed outside the lock: a callback may hold anything.
  MutexLock lock(mutex_);
  const auto found = by_tables_.find(tables);
  if (found == by_tables_.end()) return false;
  cancelled = found->second.extract({after, id});
  if (found->second.empty()) by_tables_.erase(found);
  return !cancelled.empty();
}

void WatchIndex::publish(const state::Snapshot& snapshot) {
  std::vector<Callback> woken;
  {
    MutexLock lock(mutex_);
    for (size_t i = 0; i < latest_.size(); ++i) latest_[i] = snapshot.table_index(static_cast<state::Table>(i));
    for (auto set = by_tables_.begin(); set != by_tables_.end();) {
      const uint64_t index = newest(latest_, set->first);
      Waiters& waiters = set->second;
      auto waiter = waiters.begin();
      for (; waiter != waiters.end() && waiter->first.first < index; ++waiter)
        woken.push_back(std::move(waiter->second));
      waiters.erase(waiters.begin(), waiter);
      set = waiters.empty() ? by_tables_.erase(set) : std::next(set);
    }
  }
  call(std::move(woken));
}

void WatchIndex::close() {
  std::vector<Callback> woken;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    for (auto& [tables, waiters] : by_tables_) {
      for (auto& [key, callback] : waiters) woken.push_back(std::move(callback));
    }
    by_tables_.clear();
  }
  call(std::move(woken));
}

void WatchIndex::call(std::vector<Callback> callbacks) {
  for (Callback& callback : callbacks) callback();
}

size_t WatchIndex::waiting() const {
  MutexLock lock(mutex_);
  size_t count = 0;
  for (const auto& [tables, waiters] : by_tables_) count += waiters.size();
  return count;
}

}  // namespace drover::server
