#include "net/task.h"

#include "base/blocking_queue.h"
#include "base/check.h"
#include "base/mutex.h"

#include <exception>
#include <thread>
#include <unordered_map>

#include <pthread.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace drover::net {
namespace {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;

constexpr auto kValues = asio::as_tuple(asio::use_awaitable);

Steady::time_point deadline_after(Duration timeout) {
  const auto now = Steady::now();
  if (timeout >= Steady::time_point::max() - now) return Steady::time_point::max();
  return now + timeout;
}

[[noreturn]] void unwind_cancelled() {
  throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace

Task<void> sleep_for(Duration duration) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline_after(duration));
  co_await timer.async_wait(asio::use_awaitable);
}

Task<void> yield_to_loop() {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

// ---- run_limited

namespace {

struct Limited {
  explicit Limited(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;
  asio::cancellation_signal signal;
  std::exception_ptr exception;
  bool ended = false;
  bool expired = false;
};

// Runs `task` as a coroutine of its own and completes with it; a cancellation of the caller is passed on to it.
Task<void> run_child(std::shared_ptr<Limited> state, Task<void> task) {
  const auto executor = co_await asio::this_coro::executor;
  auto initiate = [&](auto handler) {
    const auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      asio::cancellation_slot(slot).assign([state](asio::cancellation_type type) { state->signal.emit(type); });
    }
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    auto done = [state, slot, resume](const std::exception_ptr& exception) {
      state->ended = true;
      state->exception = exception;
      state->timer.cancel();
      asio::cancellation_slot(slot).clear();
      std::move (*resume)();
    };
    asio::co_spawn(executor, std::move(task), asio::bind_cancellation_slot(state->signal.slot(), std::move(done)));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable);
}

}  // namespace

Task<bool> detail::run_limited(Duration limit, Task<void> task) {
  const auto executor = co_await asio::this_coro::executor;
  auto state = std::make_shared<Limited>(executor);
  state->timer.expires_at(deadline_after(limit));
  state->timer.async_wait([state](boost::system::error_code error) {
    if (error || state->ended) return;
    state->expired = true;
    state->signal.emit(asio::cancellation_type::terminal);
  });
  co_await run_child(state, std::move(task));
  if (state->exception && !state->expired) std::rethrow_exception(state->exception);
  co_return !state->expired;
}

// ---- run_either

namespace {

struct Pair {
  asio::cancellation_signal signals[2];
  std::exception_ptr exceptions[2];
  int running = 2;
  int first = -1;  // that has ended
};

// Neither may end before both have begun.
Task<void> run_later(Task<void> task) {
  co_await yield_to_loop();
  co_await std::move(task);
}

}  // namespace

Task<void> run_either(Task<void> first, Task<void> second) {
  const auto executor = co_await asio::this_coro::executor;
  auto state = std::make_shared<Pair>();
  auto initiate = [&](auto handler) {
    const auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      asio::cancellation_slot(slot).assign([state](asio::cancellation_type type) {
        for (auto& signal : state->signals) signal.emit(type);
      });
    }
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    const auto done = [state, slot, resume](int which) {
      return [state, slot, resume, which](const std::exception_ptr& exception) {
        state->exceptions[which] = exception;
        if (--state->running > 0) {
          state->first = which;
          state->signals[1 - which].emit(asio::cancellation_type::terminal);
          return;
        }
        asio::cancellation_slot(slot).clear();
        std::move (*resume)();
      };
    };
    asio::co_spawn(executor, run_later(std::move(first)),
                   asio::bind_cancellation_slot(state->signals[0].slot(), done(0)));
    asio::co_spawn(executor, run_later(std::move(second)),
                   asio::bind_cancellation_slot(state->signals[1].slot(), done(1)));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable);
  const auto& exception = state->exceptions[state->first];
  if (exception) std::rethrow_exception(exception);
}

// ---- Event

struct Event::State {
  Mutex mutex;
  bool set BASE_GUARDED_BY(mutex) = false;
  bool waking BASE_GUARDED_BY(mutex) = false;  // A wake-up is on its way to the loop.
  std::optional<asio::any_io_executor> waiter BASE_GUARDED_BY(mutex);
  asio::steady_timer* timer = nullptr;  // The waiter's; its loop's thread only.

  // Sets it; the executor of a waiter that has to be woken, holding its loop open until the caller has posted there.
  std::optional<asio::any_io_executor> mark_set() {
    MutexLock lock(mutex);
    set = true;
    if (!waiter || waking) return std::nullopt;
    waking = true;
    return asio::prefer(*waiter, asio::execution::outstanding_work.tracked);
  }

  bool take() {
    MutexLock lock(mutex);
    return std::exchange(set, false);
  }

  void wake() const {
    if (timer != nullptr) timer->cancel();
  }
};

Event::Event() : state_(std::make_shared<State>()) {}

void Event::set() const {
  if (const auto executor = state_->mark_set()) {
    asio::post(*executor, [state = state_] { state->wake(); });
  }
}

void Event::set_all(const std::vector<Event>& events) {
  struct Group {
    asio::any_io_executor executor;
    std::vector<std::shared_ptr<State>> states;
  };
  std::vector<Group> groups;  // One a loop, so a handful.
  for (const Event& event : events) {
    const auto executor = event.state_->mark_set();
    if (!executor) continue;
    auto group = groups.begin();
    while (group != groups.end() && group->executor != *executor) ++group;
    if (group == groups.end()) group = groups.insert(group, Group{*executor, {}});
    group->states.push_back(event.state_);
  }
  for (Group& group : groups) {
    asio::post(group.executor, [states = std::move(group.states)] {
      for (const auto& state : states) state->wake();
    });
  }
}

Task<bool> Event::wait(Duration timeout) const {
  return wait_on(state_, timeout);
}

Task<bool> Event::wait_on(std::shared_ptr<State> state, Duration timeout) {
  if (state->take()) co_return true;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline_after(timeout));

  struct Registration {
    State& state;
    bool already_set = false;
    Registration(State& s, const asio::any_io_executor& waiter, asio::steady_timer* t) : state(s) {
      MutexLock lock(state.mutex);
      CHECK(!state.waiter, "an event has one waiter at a time");
      already_set = state.set;
      state.waiter = waiter;
      state.waking = false;
      state.timer = t;
    }
    ~Registration() {
      MutexLock lock(state.mutex);
      state.waiter.reset();
      state.timer = nullptr;
    }
  };
  const Registration registration(*state, executor, &timer);
  if (registration.already_set) {
    state->take();
    co_return true;
  }
  while (true) {
    const auto [error] = co_await timer.async_wait(kValues);
    if (state->take()) co_return true;
    if (!error) co_return false;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) unwind_cancelled();
    // The wake-up of a set() that an earlier wait() had taken already: wait on.
  }
}

// ---- Notifier

struct Notifier::State {
  mutable Mutex mutex;
  uint64_t version BASE_GUARDED_BY(mutex) = 0;
  uint64_t next_key BASE_GUARDED_BY(mutex) = 0;
  std::unordered_map<uint64_t, Event> waiters BASE_GUARDED_BY(mutex);
};

Notifier::Notifier() : state_(std::make_unique<State>()) {}
Notifier::~Notifier() = default;

uint64_t Notifier::version() const {
  MutexLock lock(state_->mutex);
  return state_->version;
}

void Notifier::notify() {
  std::vector<Event> woken;
  {
    MutexLock lock(state_->mutex);
    ++state_->version;
    woken.reserve(state_->waiters.size());
    for (auto& [key, event] : state_->waiters) woken.push_back(std::move(event));
    state_->waiters.clear();
  }
  Event::set_all(woken);
}

Task<bool> Notifier::wait(uint64_t seen, Duration timeout) {
  struct Registration {
    State& state;
    uint64_t key = 0;
    bool changed = false;
    Registration(State& s, uint64_t version, const Event& event) : state(s) {
      MutexLock lock(state.mutex);
      changed = state.version > version;
      key = state.next_key++;
      if (!changed) state.waiters.emplace(key, event);
    }
    ~Registration() {
      MutexLock lock(state.mutex);
      state.waiters.erase(key);
    }
  };
  const Event event;
  const Registration registration(*state_, seen, event);
  if (registration.changed) co_return true;
  const bool notified = co_await event.wait(timeout);
  co_return notified;
}

// ---- BlockingPool

struct BlockingPool::State {
  BlockingQueue<std::function<void()>> queue;
  std::vector<std::thread> threads;

  void work(const std::string& name) {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    while (auto item = queue.pop()) (*item)();
  }
};

BlockingPool::BlockingPool(std::string name, unsigned threads) : state_(std::make_unique<State>()) {
  for (unsigned i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get(), name] { state->work(name); });
  }
}

BlockingPool::~BlockingPool() {
  stop();
}

void BlockingPool::stop() {
  state_->queue.close();
  for (std::thread& thread : state_->threads) {
    if (thread.joinable()) thread.join();
  }
}

Task<void> BlockingPool::run(std::function<void()> work) {
  auto initiate = [this, &work](auto handler) {
    // Tracked work keeps the loop from ending before the handler has been posted back.
    auto executor = asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    std::function<void()> job = [executor = std::move(executor), resume, &work]() {
      work();
      asio::post(executor, [resume] { std::move (*resume)(); });
    };
    if (!state_->queue.push(job)) job();
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable);
}

}  // namespace drover::net
