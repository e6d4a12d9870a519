#include "api/event_broker.h"

#include <utility>

namespace drover::api {

namespace {

Result<EventBatchPtr> backlog(const state::Snapshot& now, uint64_t after, size_t limit) {
  TRY_LET(auto events, events_since(now, after, limit));
  return std::make_shared<const EventBatch>(EventBatch{.index = now.index(), .events = std::move(events)});
}

}  // namespace

EventBroker::Subscription::~Subscription() {
  broker_.leave();
}

std::unique_ptr<EventBroker::Subscription> EventBroker::subscribe(const SnapshotPtr& now, uint64_t after) {
  {
    const MutexLock lock(mutex_);
    ++followers_;
    if (!buffer_.last) buffer_ = Buffer{.last = now, .dropped = now->index(), .batches = {}};
  }
  std::unique_ptr<Subscription> subscription(new Subscription(*this, after));
  catch_up(now);
  SnapshotPtr reached;
  {
    const MutexLock lock(mutex_);
    reached = buffer_.last;
    const bool from_now = after == 0 || after >= reached->index();
    if (!from_now && after >= buffer_.dropped) return subscription;
    subscription->index_ = reached->index();
    if (from_now) return subscription;
  }
  subscription->backlog_ = backlog(*reached, after, max_events_);
  return subscription;
}

Result<std::vector<EventBatchPtr>> EventBroker::Subscription::take(const SnapshotPtr& newest) {
  std::vector<EventBatchPtr> out;
  if (!backlog_) return err(backlog_.error());
  if (*backlog_) out.push_back(std::exchange(*backlog_, nullptr));
  broker_.catch_up(newest);
  const MutexLock lock(broker_.mutex_);
  if (index_ < broker_.buffer_.dropped) {
    return err(ErrorCode::ResourceExhausted,
               "subscription closed by server, client should resubscribe: it was too slow, and events after index {} "
               "are gone",
               index_);
  }
  for (const EventBatchPtr& batch : broker_.buffer_.batches) {
    if (batch->index > index_) out.push_back(batch);
  }
  index_ = broker_.buffer_.last->index();
  return out;
}

// REQUIRES a follower, so that the buffer stays. Followers that come here at once may work out the same step; one of
// them keeps it.
void EventBroker::catch_up(const SnapshotPtr& newest) {
  for (;;) {
    SnapshotPtr last;
    {
      const MutexLock lock(mutex_);
      last = buffer_.last;
    }
    if (newest->index() <= last->index()) return;
    auto batch = std::make_shared<const EventBatch>(
        EventBatch{.index = newest->index(), .events = events_between(*last, *newest)});
    const MutexLock lock(mutex_);
    if (buffer_.last != last) continue;
    return append(buffer_, newest, std::move(batch), max_events_);
  }
}

void EventBroker::append(Buffer& buffer, const SnapshotPtr& newest, EventBatchPtr batch, size_t max_events) {
  buffer.last = newest;
  if (batch->events.empty()) return;
  buffer.events += batch->events.size();
  buffer.batches.push_back(std::move(batch));
  // One step may be larger than the buffer: who is up to date gets it all the same.
  while (buffer.events > max_events && buffer.batches.size() > 1) {
    buffer.events -= buffer.batches.front()->events.size();
    buffer.dropped = buffer.batches.front()->index;
    buffer.batches.pop_front();
  }
}

void EventBroker::leave() {
  const MutexLock lock(mutex_);
  if (--followers_ == 0) buffer_ = Buffer();
}

size_t EventBroker::buffered() const {
  const MutexLock lock(mutex_);
  return buffer_.events;
}

}  // namespace drover::api
