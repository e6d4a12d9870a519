#pragma once

#include "net/task.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drover::net {

namespace detail {
struct LoopState;
struct TimerState;
struct SpawnState;
}  // namespace detail

// A pending Loop::after. Copies share the timer; dropping them all leaves it running.
class Timer {
 public:
  Timer() = default;
  explicit Timer(std::shared_ptr<detail::TimerState> state);

  // Afterwards the function is not called, if this is the loop's thread; from other threads it may be under way.
  void cancel();

 private:
  std::shared_ptr<detail::TimerState> state_;
};

// A task started by Loop::spawn. Dropping the handle leaves the task running.
class Spawned {
 public:
  Spawned() = default;
  explicit Spawned(std::shared_ptr<detail::SpawnState> state);

  // Asks the task to unwind (see Task). Any thread; idempotent; nothing if it has ended.
  void cancel();

 private:
  std::shared_ptr<detail::SpawnState> state_;
};

// What the handlers of one name have cost.
struct HandlerStats {
  std::string name;
  uint64_t count = 0;
  Duration queued_total{};
  Duration queued_max{};
  Duration run_total{};
  Duration run_max{};
};

// One event loop with a thread of its own, where handlers, timers and tasks run one at a time. All methods but join()
// and the destructor may be called from any thread. Handler names are string literals.
class Loop {
 public:
  explicit Loop(std::string name);
  // Stops and joins. What was posted but never run is destroyed here.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // REQUIRES not started before. What was posted or spawned earlier runs now.
  void start();

  // Cancels timers and tasks, runs what is posted already and ends the thread. Idempotent; returns at once.
  void stop();

  // Waits for the thread to end. REQUIRES another thread than the loop's.
  void join();

  const std::string& name() const;
  bool on_thread() const;

  // After stop() the function may be dropped without being called.
  void post(const char* name, std::function<void()> function);

  Timer after(Duration delay, const char* name, std::function<void()> function);

  // Starts a task of this loop. An exception that escapes from it, other than by cancellation, aborts the process.
  Spawned spawn(const char* name, Task<void> task);

  std::vector<HandlerStats> stats() const;

  // For the other files of net/.
  detail::LoopState& state() { return *state_; }

 private:
  std::shared_ptr<detail::LoopState> state_;
};

}  // namespace drover::net
