#pragma once

// For net's own .cc files only: brings in Asio.

#include "base/mutex.h"
#include "net/loop.h"

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace drover::net::detail {

namespace asio = boost::asio;

struct TimerState {
  std::weak_ptr<LoopState> loop;
  std::atomic<bool> cancelled = false;
  // Loop thread only; gone once fired or cancelled.
  std::optional<asio::steady_timer> timer;
  std::function<void()> function;
};

struct SpawnState {
  std::weak_ptr<LoopState> loop;
  asio::cancellation_signal signal;  // Loop thread only.
};

// What Loop is made of. Handles outlive it and hold weak pointers.
struct LoopState : std::enable_shared_from_this<LoopState> {
  explicit LoopState(std::string loop_name);

  // Runs `function` on the loop, timed under `name`; drops it once the loop has stopped. Any thread.
  void post(const char* name, std::function<void()> function);
  void start_timer(const std::shared_ptr<TimerState>& timer, std::chrono::steady_clock::time_point when,
                   const char* name);
  void end_timer(const std::shared_ptr<TimerState>& timer);
  void start_task(const char* name, const std::shared_ptr<SpawnState>& spawned, Task<void> task);
  void cancel_everything();
  void run_timed(const char* name, std::chrono::steady_clock::time_point due, const std::function<void()>& function);
  void run_thread();

  const std::string name;

  mutable Mutex mutex;
  // Gone once ~Loop has begun: nothing can be posted then. Emplaced for the whole life of the thread.
  std::optional<asio::io_context> context;
  bool accepting BASE_GUARDED_BY(mutex) = true;
  std::map<std::string_view, HandlerStats> stats BASE_GUARDED_BY(mutex);

  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;  // Loop thread, after construction.
  std::thread thread;
  std::atomic<std::thread::id> thread_id;

  // Loop thread only.
  bool stopping = false;
  std::unordered_set<std::shared_ptr<TimerState>> timers;
  std::unordered_set<std::shared_ptr<SpawnState>> tasks;
  std::chrono::steady_clock::time_point last_warning;
};

}  // namespace drover::net::detail
