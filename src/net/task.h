#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace drover::net {

// The one coroutine type. Started with Loop::spawn or awaited from another task; it runs on its loop's thread only.
//
// Cancellation: the wait that a cancelled task is in ends early (with ErrorCode::Cancelled where it has a Result), and
// its next co_await unwinds it with an exception that is caught where it was spawned: destructors run, later statements
// do not. Clean up in destructors, or in a task spawned for it. Never catch (...) around a co_await.
template <class T>
using Task = boost::asio::awaitable<T>;

inline constexpr Duration kNoTimeout = Duration::max();

// Unwinds at once when cancelled.
Task<void> sleep_for(Duration duration);

// Lets other handlers of this loop run.
Task<void> yield_to_loop();

namespace detail {

// Runs `task` to its end, cancelling it after `limit`; false if it was cut short.
Task<bool> run_limited(Duration limit, Task<void> task);

template <class T>
Task<void> store_result(Task<T> task, std::optional<T>* out) {
  T value = co_await std::move(task);
  out->emplace(std::move(value));
}

}  // namespace detail

// `task`, cancelled when `limit` passes first: then DeadlineExceeded, "`what` took longer than 5s".
template <class T>
Task<Result<T>> with_timeout(Duration limit, std::string what, Task<Result<T>> task) {
  std::optional<Result<T>> out;
  const bool finished = co_await detail::run_limited(limit, detail::store_result(std::move(task), &out));
  if (!finished || !out) {
    co_return err(ErrorCode::DeadlineExceeded, "{} took longer than {} ms", what,
                  std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
  }
  co_return std::move(*out);
}

// Runs both until one ends, then cancels the other and waits until it has unwound.
Task<void> run_either(Task<void> first, Task<void> second);

// Wakes one waiting task. Copies share the event. Set from any thread; awaited on one loop, by one task at a time.
class Event {
 public:
  Event();

  // Wakes the waiter, or lets the next wait() return at once. Setting twice counts once.
  void set() const;

  // As set() on each, with one wake-up a loop: for many waiters at once.
  static void set_all(const std::vector<Event>& events);

  // True, and the event is unset again, once it is set; false when `timeout` passed first. Unwinds when cancelled.
  Task<bool> wait(Duration timeout = kNoTimeout) const;

 private:
  struct State;
  static Task<bool> wait_on(std::shared_ptr<State> state, Duration timeout);
  std::shared_ptr<State> state_;
};

// Tells any number of waiting tasks, on any loops, that something changed: read version(), look at what is guarded, and
// if it will not do, wait(version, …), which misses nothing. Thread-safe; outlives its waiters.
class Notifier {
 public:
  Notifier();
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // How many times it was notified.
  uint64_t version() const;

  void notify();

  // True once version() is above `seen`, false when `timeout` passed first. Unwinds when cancelled.
  Task<bool> wait(uint64_t seen, Duration timeout);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A few threads for what would block a loop: disk, DNS, waitpid. Thread-safe.
class BlockingPool {
 public:
  BlockingPool(std::string name, unsigned threads);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Finishes what was handed in and joins the threads. Idempotent. Work handed in later runs on the caller's thread.
  void stop();

  // Runs `work` on a pool thread and resumes on the caller's loop. A cancelled caller still waits for the work to end.
  Task<void> run(std::function<void()> work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// `work()` on a thread of the pool: auto text = co_await run_blocking(pool, [path] { return sys::read_file(path); });
template <class Work>
Task<std::invoke_result_t<Work>> run_blocking(BlockingPool& pool, Work work) {
  std::optional<std::invoke_result_t<Work>> out;
  std::function<void()> call = [&out, &work] { out.emplace(work()); };
  co_await pool.run(std::move(call));
  co_return std::move(*out);
}

}  // namespace drover::net
