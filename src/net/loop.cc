#include "net/loop.h"

#include "base/check.h"
#include "base/log.h"
#include "net/loop_state.h"

#include <exception>

#include <pthread.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace drover::net {
namespace detail {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Duration kSlowHandler = std::chrono::milliseconds(50);
constexpr Duration kWarningInterval = std::chrono::seconds(1);

int64_t to_millis(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

bool is_cancellation(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

std::string describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

[[noreturn]] void die_of_exception(const char* where, const std::exception_ptr& exception) {
  log::error("exception escaped", {{"from", where}, {"what", describe(exception)}});
  check_failed("no exception escapes", where, __FILE__, __LINE__);
}

}  // namespace

LoopState::LoopState(std::string loop_name) : name(std::move(loop_name)) {
  context.emplace(1);
  work.emplace(context->get_executor());
}

void LoopState::post(const char* handler_name, std::function<void()> function) {
  const auto due = Steady::now();
  MutexLock lock(mutex);
  if (!accepting) return;
  asio::post(*context,
             [this, handler_name, due, function = std::move(function)] { run_timed(handler_name, due, function); });
}

void LoopState::run_timed(const char* handler_name, Steady::time_point due, const std::function<void()>& function) {
  const auto begin = Steady::now();
  try {
    function();
  } catch (...) {
    die_of_exception(handler_name, std::current_exception());
  }
  const auto end = Steady::now();
  const Duration queued = std::max<Duration>(begin - due, Duration::zero());
  const Duration ran = end - begin;
  {
    MutexLock lock(mutex);
    HandlerStats& entry = stats[handler_name];
    ++entry.count;
    entry.queued_total += queued;
    entry.queued_max = std::max(entry.queued_max, queued);
    entry.run_total += ran;
    entry.run_max = std::max(entry.run_max, ran);
  }
  if ((ran > kSlowHandler || queued > kSlowHandler) && end - last_warning > kWarningInterval) {
    last_warning = end;
    log::warn(
        "slow loop",
        {{"loop", name}, {"handler", handler_name}, {"queued_ms", to_millis(queued)}, {"ran_ms", to_millis(ran)}});
  }
}

void LoopState::start_timer(const std::shared_ptr<TimerState>& timer, Steady::time_point when,
                            const char* handler_name) {
  if (stopping || timer->cancelled) {
    timer->function = nullptr;
    return;
  }
  timers.insert(timer);
  timer->timer.emplace(*context, when);
  timer->timer->async_wait([this, timer, handler_name, when](boost::system::error_code) {
    if (timer->cancelled || stopping) return;
    const std::function<void()> function = std::move(timer->function);
    end_timer(timer);
    run_timed(handler_name, when, function);
  });
}

void LoopState::end_timer(const std::shared_ptr<TimerState>& timer) {
  const std::shared_ptr<TimerState> keep = timer;
  keep->timer.reset();
  keep->function = nullptr;
  timers.erase(keep);
}

void LoopState::start_task(const char* task_name, const std::shared_ptr<SpawnState>& spawned, Task<void> task) {
  if (stopping) return;
  tasks.insert(spawned);
  const auto done = [this, spawned, task_name](const std::exception_ptr& exception) {
    tasks.erase(spawned);
    if (exception && !is_cancellation(exception)) die_of_exception(task_name, exception);
  };
  asio::co_spawn(*context, std::move(task), asio::bind_cancellation_slot(spawned->signal.slot(), done));
}

void LoopState::cancel_everything() {
  stopping = true;
  for (const auto& timer : std::exchange(timers, {})) {
    timer->cancelled = true;
    timer->timer.reset();
    timer->function = nullptr;
  }
  for (const auto& task : std::unordered_set(tasks)) task->signal.emit(asio::cancellation_type::terminal);
  work.reset();
}

void LoopState::run_thread() {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  thread_id = std::this_thread::get_id();
  try {
    context->run();
  } catch (...) {
    die_of_exception(name.c_str(), std::current_exception());
  }
}

}  // namespace detail

Timer::Timer(std::shared_ptr<detail::TimerState> state) : state_(std::move(state)) {}

void Timer::cancel() {
  if (!state_ || state_->cancelled.exchange(true)) return;
  const auto loop = state_->loop.lock();
  if (!loop) return;
  if (loop->thread_id == std::this_thread::get_id()) {
    loop->end_timer(state_);
  } else {
    loop->post("timer cancel", [loop = loop.get(), state = state_] { loop->end_timer(state); });
  }
}

Spawned::Spawned(std::shared_ptr<detail::SpawnState> state) : state_(std::move(state)) {}

// Always posted: a task must not be cancelled from within itself before it was suspended for the first time.
void Spawned::cancel() {
  if (!state_) return;
  if (const auto loop = state_->loop.lock()) {
    loop->post("task cancel", [state = state_] { state->signal.emit(boost::asio::cancellation_type::terminal); });
  }
}

Loop::Loop(std::string name) : state_(std::make_shared<detail::LoopState>(std::move(name))) {}

Loop::~Loop() {
  stop();
  join();
  // Tasks that were never started, and handlers that were never run, are destroyed with the context.
  state_->work.reset();
  state_->context.reset();
  state_->timers.clear();
}

void Loop::start() {
  CHECK(!state_->thread.joinable(), "a loop is started once");
  state_->thread = std::thread([state = state_.get()] { state->run_thread(); });
}

void Loop::stop() {
  auto* state = state_.get();
  MutexLock lock(state->mutex);
  if (!state->accepting) return;
  state->accepting = false;
  boost::asio::post(*state->context, [state] { state->cancel_everything(); });
}

void Loop::join() {
  CHECK(!on_thread(), "a loop cannot wait for itself");
  if (state_->thread.joinable()) state_->thread.join();
}

const std::string& Loop::name() const {
  return state_->name;
}

bool Loop::on_thread() const {
  return state_->thread_id == std::this_thread::get_id();
}

void Loop::post(const char* name, std::function<void()> function) {
  state_->post(name, std::move(function));
}

Timer Loop::after(Duration delay, const char* name, std::function<void()> function) {
  const auto when = std::chrono::steady_clock::now() + delay;
  auto timer = std::make_shared<detail::TimerState>();
  timer->loop = state_;
  timer->function = std::move(function);
  if (on_thread()) {
    state_->start_timer(timer, when, name);
  } else {
    state_->post("timer start", [state = state_.get(), timer, when, name] { state->start_timer(timer, when, name); });
  }
  return Timer(timer);
}

Spawned Loop::spawn(const char* name, Task<void> task) {
  auto spawned = std::make_shared<detail::SpawnState>();
  spawned->loop = state_;
  auto holder = std::make_shared<Task<void>>(std::move(task));
  state_->post(name,
               [state = state_.get(), name, spawned, holder] { state->start_task(name, spawned, std::move(*holder)); });
  return Spawned(spawned);
}

std::vector<HandlerStats> Loop::stats() const {
  std::vector<HandlerStats> out;
  MutexLock lock(state_->mutex);
  for (const auto& [name, entry] : state_->stats) {
    out.push_back(entry);
    out.back().name = name;
  }
  return out;
}

}  // namespace drover::net
