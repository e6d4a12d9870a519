#pragma once

#include "api/events.h"
#include "base/mutex.h"
#include "base/result.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace drover::api {

using SnapshotPtr = std::shared_ptr<const state::Snapshot>;

// The events of one step from a snapshot to a later one, and that one's index.
struct EventBatch {
  uint64_t index = 0;
  std::vector<Event> events;
};
using EventBatchPtr = std::shared_ptr<const EventBatch>;

// The newest events, shared by all who follow the event stream, so that each change is worked out once, and whoever
// falls behind costs nothing: it loses its place. Nothing is kept while nobody follows. Thread-safe; what changed is
// worked out outside of the lock, so that nobody waits for a large step.
class EventBroker {
 public:
  explicit EventBroker(size_t max_events) : max_events_(max_events) {}

  // Somebody who follows. Ends with its destruction; must not outlive the broker.
  class Subscription {
   public:
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    // What came after what it returned last, up to `newest`; empty if there is nothing. ResourceExhausted for one that
    // was too slow: events that it has not seen are gone.
    Result<std::vector<EventBatchPtr>> take(const SnapshotPtr& newest);
    // The index up to which it has seen everything.
    uint64_t index() const { return index_; }

   private:
    friend class EventBroker;
    Subscription(EventBroker& broker, uint64_t index) : broker_(broker), index_(index) {}
    EventBroker& broker_;
    uint64_t index_;
    Result<EventBatchPtr> backlog_ = EventBatchPtr();  // what it missed before it came
  };

  // REQUIRES that the subscription ends before the broker. Follows from `after` on; 0: from `now` on. What is older
  // than the buffer is made from the state (events_since).
  std::unique_ptr<Subscription> subscribe(const SnapshotPtr& now, uint64_t after);

  size_t buffered() const;

 private:
  struct Buffer {
    SnapshotPtr last;      // what it has reached; null: nobody follows
    uint64_t dropped = 0;  // it has everything after this index
    std::deque<EventBatchPtr> batches;
    size_t events = 0;  // in all batches: at most max_events_, or those of one step
  };

  void catch_up(const SnapshotPtr& newest);
  static void append(Buffer& buffer, const SnapshotPtr& newest, EventBatchPtr batch, size_t max_events);
  void leave();

  const size_t max_events_;
  mutable Mutex mutex_;
  size_t followers_ BASE_GUARDED_BY(mutex_) = 0;
  Buffer buffer_ BASE_GUARDED_BY(mutex_);
};

}  // namespace drover::api
