#pragma once

#include "base/mutex.h"
#include "state/view.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace drover::server {

// Wakes those who wait for the state to move on: blocking queries and controllers. Level-triggered: a change between
// looking at a snapshot and starting to wait is not missed.
//
// Thread-safe. Callbacks run on the thread that publishes (the state writer), or at once on the one that registers:
// they must be cheap and may register again; post anything else to a loop.
class WatchIndex {
 public:
  using Callback = std::function<void()>;

  // Ends its wait when destroyed. Must not outlive the WatchIndex.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&& other) noexcept { swap(other); }
    Registration& operator=(Registration&& other) noexcept {
      Registration moved(std::move(other));
      swap(moved);
      return *this;
    }
    ~Registration() { cancel(); }

    // The callback will not be called any more, unless it was taken out for calling already: false then.
    bool cancel();

   private:
    friend class WatchIndex;
    Registration(WatchIndex* index, uint32_t tables, uint64_t after, uint64_t id)
        : index_(index), tables_(tables), after_(after), id_(id) {}
    void swap(Registration& other);

    WatchIndex* index_ = nullptr;
    uint32_t tables_ = 0;
    uint64_t after_ = 0;
    uint64_t id_ = 0;
  };

  // Calls back once when some table of the set has an index greater than `after`: take a new snapshot and look. Also
  // called, without any change, when the WatchIndex is closed.
  [[nodiscard]] Registration wait(state::TableSet tables, uint64_t after, Callback callback);

  // After a new snapshot was published. By one thread.
  void publish(const state::Snapshot& snapshot);

  // Calls everybody back; whoever registers later is called at once.
  void close();

  size_t waiting() const;

 private:
  // Ordered by what they wait for, so that waking looks only at those that wake.
  using Waiters = std::map<std::pair<uint64_t, uint64_t>, Callback>;  // (after, id)

  bool cancel(uint32_t tables, uint64_t after, uint64_t id);
  static void call(std::vector<Callback> callbacks);

  mutable Mutex mutex_;
  std::array<uint64_t, state::kTableCount> latest_ BASE_GUARDED_BY(mutex_){};
  std::map<uint32_t, Waiters> by_tables_ BASE_GUARDED_BY(mutex_);  // by TableSet::bits()
  uint64_t next_id_ BASE_GUARDED_BY(mutex_) = 1;
  bool closed_ BASE_GUARDED_BY(mutex_) = false;
};

}  // namespace drover::server
