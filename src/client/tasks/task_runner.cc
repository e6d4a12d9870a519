#include "client/tasks/task_runner.h"

#include "base/log.h"
#include "client/tasks/task_events.h"

#include <algorithm>
#include <utility>

namespace drover::client {

using model::TaskStateKind;

TaskRunner::TaskRunner(std::shared_ptr<AgentContext> agent, AllocSpec spec, const model::Task& task,
                       drivers::TaskDirs dirs, TaskListener& listener)
    : agent_kept_(std::move(agent)),
      agent_(*agent_kept_),
      spec_(std::move(spec)),
      given_(task),
      task_(task),
      dirs_(std::move(dirs)),
      listener_(&listener) {
  dirs_.state = agent_.store.task_directory(spec_.alloc->id, task_.name);
  const auto driver = agent_.drivers.find(task_.driver);
  if (driver != agent_.drivers.end()) driver_ = driver->second;
}

void TaskRunner::receive() {
  owner_.check();
  emit(events::kReceived, "Task received by client");
}

void TaskRunner::restore(std::optional<TaskRecord> record) {
  owner_.check();
  if (!record) {
    record_.state.failed = true;
    give_up_failed_ = true;
    emit(events::kFailedRestoring, "the agent's record of the task cannot be read; it is ended if it still runs");
    agent_.loop.spawn("remove leftovers", run_kill_leftover(shared_from_this()));
    feed(TaskInput::GiveUp);
    return;
  }
  record_ = std::move(*record);
  wanted_version_ = written_version_ = 1;
  if (record_.state.state == TaskStateKind::Dead) {
    phase_ = TaskPhase::Dead;
    return;
  }
  record_.killed = false;  // Whoever had it killed will do so again.
  if (record_.handle) {
    take_cpus();
    feed(TaskInput::Resume);
  } else if (record_.exit) {
    process_ended(*record_.exit);
  } else if (record_.restart_at.unix_nanos != 0) {
    restart_delay_ = std::max(Duration(0), record_.restart_at - now());
    feed(TaskInput::Retry);
  }
}

void TaskRunner::start() {
  owner_.check();
  feed(TaskInput::Go);
}

void TaskRunner::kill(KillReason reason) {
  owner_.check();
  if (phase_ == TaskPhase::Dead || record_.killed) return;
  record_.killed = true;
  rewinding_ = false;
  record_.state.failed = record_.state.failed || reason.fails;
  if (!reason.event.empty()) emit(reason.event.c_str(), reason.message);
  if (running_) {
    emit(events::kKilling, "Sent interrupt. Waiting for the task to end before force killing",
         {{"kill_timeout", std::to_string(kill_timeout().count())}, {"kill_reason", reason.message}});
  }
  feed(TaskInput::Kill);
}

void TaskRunner::fail(const std::string& reason) {
  owner_.check();
  if (phase_ != TaskPhase::Waiting) return;
  give_up_failed_ = true;
  emit(events::kNotRestarting, reason, {{"restart_reason", reason}, {"fails_task", "true"}});
  feed(TaskInput::GiveUp);
}

void TaskRunner::restart(RestartCause cause, std::string reason) {
  owner_.check();
  if (phase_ != TaskPhase::Running && phase_ != TaskPhase::Backoff) return;
  restart_cause_ = cause;
  restart_reason_ = std::move(reason);
  emit(events::kRestartSignaled, restart_reason_, {{"restart_reason", restart_reason_}});
  feed(TaskInput::Restart);
}

net::Task<Status> TaskRunner::signal(std::string signal, std::string reason) {
  const auto running = running_;
  if (!running) co_return err(ErrorCode::NotFound, "task \"{}\" does not run", task_.name);
  emit(events::kSignaling, reason.empty() ? "Task being sent signal " + signal : reason, {{"signal", signal}});
  co_return co_await running->signal(std::move(signal));
}

void TaskRunner::rewind(std::string reason) {
  owner_.check();
  if (phase_ == TaskPhase::Running) {
    rewinding_ = true;
    restart(RestartCause::Triggered, std::move(reason));
  } else if (phase_ == TaskPhase::Backoff || phase_ == TaskPhase::Dead) {
    emit(events::kRestartSignaled, reason, {{"restart_reason", reason}});
    begin_anew();
  }
}

void TaskRunner::begin_anew() {
  auto& state = record_.state;
  state.state = TaskStateKind::Pending;
  state.failed = false;
  state.started_at = {};
  state.finished_at = {};
  state.restarts++;
  state.last_restart = now();
  record_.killed = false;
  record_.restart_at = {};
  feed(TaskInput::Rewind);
  persist();
}

void TaskRunner::update(AllocSpec spec, const model::Task& task) {
  owner_.check();
  spec_ = std::move(spec);
  take_task(task);
  if (phase_ == TaskPhase::ShutdownDelay && spec_.alloc->desired_transition.no_shutdown_delay.value_or(false)) {
    emit(events::kNoShutdownDelay, "The shutdown delay is skipped");
    timer_generation_++;
    timer_.cancel();
    feed(TaskInput::DelayOver);
  }
}

void TaskRunner::take_task(const model::Task& task) {
  given_ = task_ = task;
  if (task.literals && phase_ != TaskPhase::Waiting) std::ignore = resolve_literals();
}

void TaskRunner::detach() {
  owner_.check();
  listener_ = nullptr;
  timer_generation_++;
  timer_.cancel();
  work_.cancel();
  watch_.cancel();
  stop_.cancel();
}

TaskView TaskRunner::view() const {
  TaskView view;
  if (phase_ == TaskPhase::Dead) {
    view.stage = TaskView::Stage::Dead;
  } else if (phase_ != TaskPhase::Waiting) {
    view.stage = TaskView::Stage::Active;
  }
  view.running = phase_ == TaskPhase::Running;
  view.started = record_.state.started_at.unix_nanos != 0;
  view.failed = record_.state.failed;
  view.killed = record_.killed;
  return view;
}

// ---- The machine

void TaskRunner::feed(TaskInput input) {
  if (listener_ == nullptr) return;
  inputs_.push_back(input);
  if (feeding_) return;
  feeding_ = true;
  const auto keep = shared_from_this();
  while (!inputs_.empty()) {
    const TaskStep step = transition(phase_, inputs_.front());
    inputs_.pop_front();
    phase_ = step.phase;
    for (const TaskAction action : step.actions) perform(action);
  }
  feeding_ = false;
  changed();
}

void TaskRunner::perform(TaskAction action) {
  switch (action) {
    case TaskAction::Recover:
      return spawn_work("task recover", run_recover(shared_from_this()));
    case TaskAction::Prepare:
      record_.restart_at = {};
      return spawn_work("task prepare", run_prepare(shared_from_this()));
    case TaskAction::Start:
      return spawn_work("task start", run_start(shared_from_this()));
    case TaskAction::Watch:
      return begin_watch();
    case TaskAction::Deregister:
      if (listener_) listener_->on_task_not_running(*this);
      return;
    case TaskAction::AwaitRestart:
      record_.state.state = TaskStateKind::Pending;
      record_.restart_at = now() + restart_delay_;
      return begin_await(restart_delay_);
    case TaskAction::AwaitShutdown:
      return begin_shutdown_delay();
    case TaskAction::CancelTimer:
      timer_generation_++;
      return timer_.cancel();
    case TaskAction::CancelWork:
      return work_.cancel();
    case TaskAction::Stop:
      stop_ = agent_.loop.spawn("task stop", run_stop(shared_from_this()));
      return;
    case TaskAction::Finish:
      return finish();
  }
}

void TaskRunner::begin_watch() {
  running_since_ = agent_.clock.mono();
  record_.state.state = TaskStateKind::Running;
  if (!recovered_ || record_.state.started_at.unix_nanos == 0) {
    record_.state.started_at = now();
    emit(events::kStarted, "Task started by client");
  }
  recovered_ = false;
  watch_ = agent_.loop.spawn("task watch", run_watch(shared_from_this()));
  if (phase_ != TaskPhase::Running || !listener_) return;
  for (const auto& hook : agent_.hooks) hook->started(spec_.alloc->id, task_.name);
  listener_->on_task_running(*this);
}

void TaskRunner::begin_await(Duration delay) {
  timer_ = agent_.loop.after(delay, "task delay", [weak = weak_from_this(), generation = ++timer_generation_] {
    const auto self = weak.lock();
    if (self && self->timer_generation_ == generation) self->feed(TaskInput::DelayOver);
  });
}

void TaskRunner::begin_shutdown_delay() {
  const Duration delay = task_.shutdown_delay;
  if (delay <= Duration(0) || agent_.stopping) return feed(TaskInput::DelayOver);
  if (spec_.alloc->desired_transition.no_shutdown_delay.value_or(false)) {
    emit(events::kNoShutdownDelay, "The shutdown delay is skipped");
    return feed(TaskInput::DelayOver);
  }
  emit(events::kShutdownDelay, "Waiting for the shutdown delay before the task is signalled",
       {{"shutdown_delay", std::to_string(delay.count())}});
  begin_await(delay);
}

void TaskRunner::finish() {
  record_.state.state = TaskStateKind::Dead;
  record_.state.finished_at = now();
  record_.state.failed = record_.state.failed || give_up_failed_;
  record_.restart_at = {};
  record_.handle.reset();
  record_.exit.reset();
  cpus_.reset();
  if (record_.killed) emit(events::kKilled, "Task successfully killed");
  for (const auto& hook : agent_.hooks) hook->stopped(spec_.alloc->id, task_.name);
}

// ---- Ends and failures

RestartCause TaskRunner::cause_of(const ExitRecord& exit) const {
  if (restart_cause_) return *restart_cause_;
  const bool success = exit.exit_code == 0 && exit.signal == 0 && !exit.oom_killed && exit.error.empty();
  return success ? RestartCause::Success : RestartCause::Failure;
}

// Sidecars are restarted like the tasks of a service, in jobs of any type; hooks that are none run once.
bool TaskRunner::ends_with_success() const {
  if (!task_.lifecycle) return spec_.job->is_batch();
  return !task_.lifecycle->sidecar || task_.lifecycle->hook == "poststop";
}

Duration TaskRunner::kill_timeout() const {
  return std::min(task_.kill_timeout, agent_.options.max_kill_timeout);
}

void TaskRunner::process_ended(const ExitRecord& exit) {
  const RestartCause cause = cause_of(exit);
  const std::string reason = restart_cause_ ? restart_reason_ : std::string();
  restart_cause_.reset();
  record_.handle.reset();
  record_.exit.reset();
  if (std::exchange(rewinding_, false)) return begin_anew();
  ended(cause, reason);
}

void TaskRunner::ended(RestartCause cause, const std::string& reason) {
  give_up_failed_ = false;
  if (record_.killed) return feed(TaskInput::GiveUp);
  const RestartRequest request{.cause = cause, .batch = ends_with_success(), .now = now(), .jitter = agent_.uniform()};
  const auto& policy = restart_policy_of(task_, *spec_.group);
  const auto decision = decide_restart(policy, record_.restarts, request);
  const std::string why = reason.empty() ? decision.reason : reason;
  if (!decision.restart) {
    give_up_failed_ = decision.failed;
    if (decision.failed) {
      emit(events::kNotRestarting, decision.reason, {{"restart_reason", why}, {"fails_task", "true"}});
    }
    return feed(TaskInput::GiveUp);
  }
  restart_delay_ = decision.delay;
  record_.state.restarts++;
  record_.state.last_restart = request.now;
  emit(events::restarting(request.now, why, decision.delay));
  feed(TaskInput::Retry);
}

void TaskRunner::work_failed(const Failure& failure) {
  if (record_.killed) return feed(TaskInput::GiveUp);
  const bool recoverable = drivers::is_recoverable(failure.error);
  emit(failure.event, failure.error.message(), {{"recoverable", recoverable ? "true" : "false"}});
  ended(recoverable ? RestartCause::Failure : RestartCause::Unrecoverable, "");
}

// ---- Record and events

void TaskRunner::emit(model::TaskEvent event) {
  events::append(record_.state, std::move(event));
  changed();
}

void TaskRunner::emit(const char* type, std::string message, std::map<std::string, std::string> details) {
  emit(events::make(type, now(), std::move(message), std::move(details)));
}

void TaskRunner::tell(const char* type, std::string message) {
  owner_.check();
  if (listener_) emit(type, std::move(message));
}

void TaskRunner::changed() {
  if (feeding_) return;  // Told once, at the end.
  // Of a task that has not begun there is nothing to keep.
  if (phase_ != TaskPhase::Waiting) persist();
  if (listener_) listener_->on_task_changed(*this);
}

void TaskRunner::persist() {
  wanted_version_++;
  if (writing_) return;
  writing_ = true;
  agent_.loop.spawn("task record", run_persist(shared_from_this()));
}

net::Task<void> TaskRunner::run_persist(std::shared_ptr<TaskRunner> self) {
  while (self->written_version_ < self->wanted_version_) {
    const uint64_t version = self->wanted_version_;
    const auto work = [self, record = self->record_] {
      return self->agent_.store.write_task(self->spec_.alloc->id, self->task_.name, record);
    };
    const auto written = co_await net::run_blocking(self->agent_.pool, work);
    if (!written) {
      log::error(
          "the state of a task cannot be kept",
          {{"alloc", self->spec_.alloc->id.str()}, {"task", self->task_.name}, {"error", written.error().message()}});
    }
    self->written_version_ = version;
    self->written_.notify();
  }
  self->writing_ = false;
}

net::Task<void> TaskRunner::flush() {
  const auto keep = shared_from_this();
  const uint64_t wanted = wanted_version_;
  while (written_version_ < wanted) {
    const uint64_t seen = written_.version();
    co_await written_.wait(seen, net::kNoTimeout);
  }
}

net::Task<void> TaskRunner::persist_now() {
  persist();
  co_await flush();
}

}  // namespace drover::client
