#include "client/allocs/alloc_runner.h"

#include "base/log.h"
#include "base/strings.h"
#include "client/tasks/task_events.h"
#include "client/tasks/task_literals.h"

#include <algorithm>
#include <utility>

namespace drover::client {

using model::ClientStatus;
using model::TaskStateKind;

AllocRunner::AllocRunner(std::shared_ptr<AgentContext> agent, AllocSpec spec, AllocListener& listener)
    : agent_kept_(std::move(agent)),
      agent_(*agent_kept_),
      spec_(std::move(spec)),
      listener_(&listener),
      dir_(agent_.alloc_root, spec_.alloc->id),
      services_(agent_, *this) {
  deployment_status_ = spec_.alloc->deployment_status;
}

// ---- The beginning

void AllocRunner::start(std::optional<PendingData> data, std::shared_ptr<AllocRunner> previous) {
  owner_.check();
  pending_data_ = std::move(data);
  make_tasks();
  for (const auto& [name, task] : tasks_) task->receive();
  begin_setup(std::move(previous));
}

void AllocRunner::restore(std::map<std::string, std::optional<TaskRecord>> tasks, std::optional<PendingData> data,
                          std::shared_ptr<AllocRunner> previous) {
  owner_.check();
  pending_data_ = std::move(data);
  make_tasks();
  for (const auto& [name, task] : tasks_) task->restore(std::move(tasks[name]));
  // What was not finished in an earlier life is made up for.
  begin_setup(std::move(previous));
}

void AllocRunner::start_lost(const std::string& reason) {
  owner_.check();
  setup_error_ = reason;
  make_tasks();
  for (const auto& [name, task] : tasks_) task->restore(std::nullopt);
  keep_record();
  schedule_plan();
}

void AllocRunner::make_tasks() {
  for (const auto& task : spec_.group->tasks) {
    tasks_[task.name] = std::make_shared<TaskRunner>(agent_kept_, spec_, task, dir_.task_dirs(task.name),
                                                     static_cast<TaskListener&>(*this));
  }
}

void AllocRunner::begin_setup(std::shared_ptr<AllocRunner> previous) {
  setting_up_ = true;
  agent_.loop.spawn("alloc setup", run_setup(shared_from_this(), std::move(previous)));
}

net::Task<void> AllocRunner::run_setup(std::shared_ptr<AllocRunner> self, std::shared_ptr<AllocRunner> previous) {
  co_await set_up(self, previous);
  self->setting_up_ = false;
  self->kept_.notify();
  if (self->keep_again_) self->keep_record();
  self->watch_run_time();
  if (self->ready_ && self->listener_) self->disk_watch_ = self->agent_.loop.spawn("disk watch", watch_disk(self));
  self->schedule_plan();
}

net::Task<void> AllocRunner::set_up(std::shared_ptr<AllocRunner> self, std::shared_ptr<AllocRunner> previous) {
  if (self->dead()) co_return;
  const auto work = [self, spec = self->spec_, record = self->record()]() -> Status {
    TRY(self->agent_.store.write_alloc(record));
    TRY(self->dir_.build(*spec.group));
    for (const auto& task : spec.group->tasks) {
      TRY(self->agent_.store.make_task_directory(spec.alloc->id, task.name));
    }
    return Ok{};
  };
  const auto done = co_await net::run_blocking(self->agent_.pool, work);
  if (!done) self->setup_error_ = "failed to build the allocation directory: " + done.error().message();
  if (done && self->pending_data_) {
    co_await obtain_data(self, previous);
    if (self->pending_data_) co_return;
    // Before anything runs: what tasks make of the data is not to be replaced by another agent.
    const auto kept = [self, record = self->record()] { return self->agent_.store.write_alloc(record); };
    const auto written = co_await net::run_blocking(self->agent_.pool, kept);
    if (!written) self->setup_error_ = "failed to keep the allocation's state: " + written.error().message();
  }
  if (self->setup_error_.empty()) {
    const auto connected = co_await connect(self);
    if (!connected) self->setup_error_ = "failed to set up the network: " + connected.error().message();
  }
  self->ready_ = self->setup_error_.empty();
  if (!self->ready_) {
    for (const auto& [name, task] : self->tasks_) task->fail(self->setup_error_);
  }
  if (self->ready_ && self->listener_) self->listener_->on_alloc_ready(*self);
}

// ---- News from the server

void AllocRunner::update(AllocSpec spec) {
  owner_.check();
  const bool new_deployment = spec.alloc->deployment_id != spec_.alloc->deployment_id;
  const auto is_canary = [](const AllocSpec& s) {
    return s.alloc->deployment_status && s.alloc->deployment_status->canary;
  };
  // A canary that is promoted has other tags.
  const bool new_job = spec.alloc->job_version != spec_.alloc->job_version || is_canary(spec) != is_canary(spec_);
  spec.network = spec_.network;
  spec_ = std::move(spec);
  if (new_deployment) {
    health_.reset();
    deployment_status_ = spec_.alloc->deployment_status;
  } else if (deployment_status_ && spec_.alloc->deployment_status) {
    deployment_status_->canary = spec_.alloc->deployment_status->canary;
  }
  for (const auto& task : spec_.group->tasks) {
    const auto runner = tasks_.find(task.name);
    if (runner == tasks_.end()) continue;
    runner->second->update(spec_, task);
    if (new_job && runner->second->view().running) offer_task_services(*runner->second);
  }
  if (new_job && group_services_) offer_group_services();
  if (stopping_ && goal_ == GroupGoal::Run && skips_delays()) {
    stop_timer_.cancel();
    goal_ = GroupGoal::Stop;
  }
  keep_record();
  watch_run_time();
  schedule_plan();
}

bool AllocRunner::skips_delays() const {
  return agent_.stopping || spec_.alloc->desired_transition.no_shutdown_delay.value_or(false);
}

void AllocRunner::stop(KillReason reason) {
  owner_.check();
  if (!stopping_) stop_reason_ = std::move(reason);
  begin_stop();
  keep_record();
  schedule_plan();
}

// max_run_duration: counted from the allocation's creation, whatever happens to the agent meanwhile.
void AllocRunner::watch_run_time() {
  run_timer_.cancel();
  const auto limit = spec_.group->max_run_duration.value_or(Duration(0));
  if (limit <= Duration(0) || stopping_ || listener_ == nullptr) return;
  const WallTime now = agent_.clock.now();
  const WallTime created = spec_.alloc->create_time.unix_nanos == 0 ? now : spec_.alloc->create_time;
  const Duration left = std::max(Duration(0), created + limit - now);
  run_timer_ = agent_.loop.after(left, "max run duration", [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->dead()) return;
    self->stop({.event = events::kKilling, .message = "allocation exceeded max_run_duration", .fails = true});
  });
}

// The services of the group go first; its tasks are told after shutdown_delay.
void AllocRunner::begin_stop() {
  if (stopping_) return;
  stopping_ = true;
  rewinding_.clear();
  group_services_ = false;
  run_timer_.cancel();
  const Duration delay = spec_.group->shutdown_delay.value_or(Duration(0));
  services_.remove("");
  if (delay <= Duration(0) || !any_runs() || skips_delays()) {
    goal_ = GroupGoal::Stop;
    return;
  }
  services_.clear();
  stop_timer_ = agent_.loop.after(delay, "group shutdown delay", [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->goal_ = GroupGoal::Stop;
    self->schedule_plan();
  });
}

AllocRecord AllocRunner::record() const {
  AllocRecord out{.alloc = *spec_.alloc, .job = *spec_.job, .data = pending_data_};
  out.alloc.deployment_status = deployment_status_;
  if (spec_.network) out.network = *spec_.network;
  if (stopping_) out.alloc.desired_status = model::DesiredStatus::Stop;
  return out;
}

void AllocRunner::keep_record() {
  keep_again_ = true;
  if (keeping_ || setting_up_) return;
  keeping_ = true;
  agent_.loop.spawn("alloc record", run_keep(shared_from_this()));
}

net::Task<void> AllocRunner::run_keep(std::shared_ptr<AllocRunner> self) {
  while (self->keep_again_) {
    self->keep_again_ = false;
    const auto work = [self, record = self->record()] { return self->agent_.store.write_alloc(record); };
    const auto written = co_await net::run_blocking(self->agent_.pool, work);
    if (!written) log::error("the state of an allocation cannot be kept", {{"error", written.error().message()}});
  }
  self->keeping_ = false;
  self->kept_.notify();
}

// ---- The graph

TaskViews AllocRunner::views() const {
  TaskViews views;
  for (const auto& [name, task] : tasks_) {
    auto& view = views[name] = task->view();
    view.healthy = view.running && services_.healthy(name);
  }
  return views;
}

void AllocRunner::schedule_plan() {
  if (plan_scheduled_ || listener_ == nullptr) return;
  plan_scheduled_ = true;
  agent_.loop.post("alloc plan", [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->plan();
  });
}

void AllocRunner::plan() {
  plan_scheduled_ = false;
  if (listener_ == nullptr) return;
  if (spec_.alloc->desired_status != model::DesiredStatus::Run) begin_stop();
  if (stopping_ && agent_.stopping) goal_ = GroupGoal::Abandon;
  if (!rewinding_.empty()) rewind();
  if (rewinding_.empty()) {
    for (const auto& order : plan_tasks(*spec_.group, views(), goal_)) {
      if (order.kind != TaskOrder::Kind::Start || ready_) carry_out(order);
    }
  }
  const bool any_running = any_runs();
  if (any_running && !group_services_ && !stopping_) offer_group_services();
  if (!any_running && group_services_) {
    group_services_ = false;
    services_.remove("");
  }
  update_health();
  note_death();
  leave_network();
  if (listener_) listener_->on_alloc_changed(*this);
}

void AllocRunner::carry_out(const TaskOrder& order) {
  const auto task = tasks_.at(order.task);
  switch (order.kind) {
    case TaskOrder::Kind::Start:
      return task->start();
    case TaskOrder::Kind::Kill:
      if (goal_ != GroupGoal::Run) return task->kill(stop_reason_);
      return task->kill({.event = order.event, .message = order.reason});
    case TaskOrder::Kind::Fail:
      return task->fail(order.reason);
  }
}

// Whether any of the tasks runs for which the allocation is there.
bool AllocRunner::any_runs() const {
  return std::ranges::any_of(
      tasks_, [](const auto& task) { return task.second->view().running && !is_poststop(task.second->task()); });
}

// ---- What people ask for

Result<std::shared_ptr<TaskRunner>> AllocRunner::find_task(const std::string& task) const {
  const auto found = tasks_.find(task);
  if (found != tasks_.end()) return found->second;
  std::string names;
  for (const auto& [name, runner] : tasks_) names += (names.empty() ? "" : ", ") + name;
  return err(ErrorCode::NotFound, "the allocation has no task \"{}\", its tasks are: {}", printable(task), names);
}

Status AllocRunner::restart_task(const std::string& task) {
  owner_.check();
  TRY(check_running());
  if (!task.empty()) {
    TRY_LET(const auto runner, find_task(task));
    if (!runner->view().running) return err(ErrorCode::Conflict, "task \"{}\" is not running", task);
    runner->restart(RestartCause::Triggered, "User requested task to restart");
    return Ok{};
  }
  for (const auto& [name, runner] : tasks_) {
    if (runner->view().running) runner->restart(RestartCause::Triggered, "User requested running tasks to restart");
  }
  return Ok{};
}

Status AllocRunner::restart_all() {
  owner_.check();
  TRY(check_running());
  std::set<std::string> tasks;
  for (const auto& [name, task] : tasks_) {
    if (!is_poststop(task->task())) tasks.insert(name);
  }
  begin_rewind(std::move(tasks), "User requested all tasks to restart");
  return Ok{};
}

Status AllocRunner::restart_tasks(const std::vector<std::string>& tasks) {
  owner_.check();
  TRY(check_running());
  for (const auto& name : tasks) TRY(find_task(name));
  begin_rewind({tasks.begin(), tasks.end()}, "User requested task to restart");
  return Ok{};
}

Status AllocRunner::stop_tasks(const std::vector<std::string>& tasks) {
  owner_.check();
  TRY(check_running());
  for (const auto& name : tasks) TRY(find_task(name));
  for (const auto& name : tasks) {
    rewinding_.erase(name);
    tasks_.at(name)->kill({.event = "", .message = "User requested task to stop"});
  }
  schedule_plan();
  return Ok{};
}

Status AllocRunner::check_running() const {
  if (dead() || stopping_) return err(ErrorCode::Conflict, "the allocation is not running");
  return Ok{};
}

void AllocRunner::begin_rewind(std::set<std::string> tasks, std::string reason) {
  rewinding_.merge(tasks);
  rewind_reason_ = std::move(reason);
  schedule_plan();
}

// Nothing begins anew before all of it has ended.
void AllocRunner::rewind() {
  bool all_ended = true;
  for (const auto& name : rewinding_) {
    const auto& task = tasks_.at(name);
    if (task->view().stage == TaskView::Stage::Active) task->rewind(rewind_reason_);
    all_ended = all_ended && task->view().stage != TaskView::Stage::Active;
  }
  if (!all_ended) return;
  for (const auto& name : std::exchange(rewinding_, {})) {
    if (tasks_.at(name)->dead()) tasks_.at(name)->rewind(rewind_reason_);
  }
}

net::Task<Status> AllocRunner::signal(std::string task, std::string signal) {
  const auto keep = shared_from_this();
  std::vector<std::shared_ptr<TaskRunner>> targets;
  if (!task.empty()) {
    CO_TRY_LET(const auto runner, find_task(task));
    targets.push_back(runner);
  }
  for (const auto& [name, runner] : tasks_) {
    if (task.empty() && runner->running()) targets.push_back(runner);
  }
  if (targets.empty()) co_return err(ErrorCode::Conflict, "no task of the allocation is running");
  for (const auto& target : targets) {
    const auto sent = co_await target->signal(signal);
    if (!sent) co_return err(sent.error().context("task \"" + target->task().name + "\""));
  }
  co_return Ok{};
}

// ---- The end of it

bool AllocRunner::dead() const {
  return std::ranges::all_of(tasks_, [](const auto& task) { return task.second->dead(); });
}

void AllocRunner::note_death() {
  if (told_dead_ || !dead()) return;
  told_dead_ = true;
  dead_since_ = agent_.clock.now();
  services_.clear();
  disk_watch_.cancel();
  died_.notify();
  if (listener_) listener_->on_alloc_dead(*this);
}

// ---- News from the tasks

void AllocRunner::on_task_changed(TaskRunner&) {
  schedule_plan();
}

void AllocRunner::on_task_running(TaskRunner& task) {
  offer_task_services(task);
}

void AllocRunner::on_task_not_running(TaskRunner& task) {
  services_.remove(task.task().name);
}

jobspec::LiteralContext AllocRunner::literals() const {
  TaskStates states;
  for (const auto& [name, task] : tasks_) states[name] = &task->state();
  return literal_context({.job = *spec_.job, .group = *spec_.group, .node = agent_.node, .states = std::move(states)});
}

void AllocRunner::on_services_changed() {
  if (listener_ == nullptr) return;
  listener_->on_alloc_services(*this);
  schedule_plan();
}

void AllocRunner::on_unhealthy(const std::string& task, const std::string& reason) {
  // Restarting a task changes what is registered, not the tasks.
  for (const auto& [name, runner] : tasks_) {
    if (task.empty() || task == name) runner->restart(RestartCause::Failure, reason);
  }
}

std::shared_ptr<drivers::RunningTask> AllocRunner::running_task(const std::string& task) const {
  const auto runner = tasks_.find(task);
  return runner == tasks_.end() ? nullptr : runner->second->running();
}

void AllocRunner::offer_task_services(TaskRunner& task) {
  if (listener_ == nullptr || (task.task().services.empty() && task.task().endpoints.empty())) return;
  ServiceSet::Offer offer{
      .alloc = spec_.alloc, .task = task.task().name, .group = spec_.group->name, .task_started = task.running_since()};
  if (spec_.network) offer.alloc_ip = spec_.network->ip;
  if (task.running()) offer.network = task.running()->network();
  for (const auto& service : task.task().services) {
    offer.services.push_back(interpolate_service(service, task.interpolator()));
  }
  const bool own_network = offer.network && !offer.network->ip.empty();
  const char* mode = own_network ? "driver" : offer.alloc_ip.empty() ? "host" : "alloc";
  offer.endpoints = endpoint_services(agent_.node, spec_.alloc->id, *spec_.job, task.task(), mode);
  for (const auto& problem : services_.add(std::move(offer))) {
    log::warn("a service cannot be registered", {{"alloc", spec_.alloc->id.str()}, {"error", problem}});
  }
}

void AllocRunner::offer_group_services() {
  group_services_ = true;
  if (spec_.group->services.empty()) return;
  ServiceSet::Offer offer{.alloc = spec_.alloc, .group = spec_.group->name, .task_started = agent_.clock.mono()};
  if (spec_.network) offer.alloc_ip = spec_.network->ip;
  const auto any = std::ranges::find_if(tasks_, [](const auto& task) { return task.second->view().running; });
  if (any == tasks_.end()) return;
  for (const auto& service : spec_.group->services) {
    offer.services.push_back(interpolate_service(service, any->second->interpolator()));
  }
  for (const auto& problem : services_.add(std::move(offer))) {
    log::warn("a service cannot be registered", {{"alloc", spec_.alloc->id.str()}, {"error", problem}});
  }
}

// ---- What the server hears

model::Allocation AllocRunner::report() const {
  model::Allocation out = *spec_.alloc;
  for (const auto& [name, task] : tasks_) out.task_states[name] = task->state();
  const auto status = alloc_status(out.task_states);
  out.client_status = status.status;
  out.client_description = setup_error_.empty() ? status.description : setup_error_;
  if (out.client_terminal() && !stop_reason_.message.empty()) out.client_description = stop_reason_.message;
  out.checks = services_.checks();
  out.deployment_status = deployment_status_;
  return out;
}

void AllocRunner::update_health() {
  const bool decided = deployment_status_ && deployment_status_->healthy.has_value();
  if (spec_.alloc->deployment_id.empty() || decided || stopping_) return;
  const MonoTime now = agent_.clock.mono();
  if (!health_) health_.emplace(spec_.group->update.value_or(model::UpdateStrategy{}), now);
  HealthInputs inputs{.all_running = true, .checks_passing = services_.all_healthy()};
  for (const auto& [name, task] : tasks_) {
    if (is_poststop(task->task())) continue;
    const auto& state = task->state();
    inputs.any_failed = inputs.any_failed || (state.state == TaskStateKind::Dead && state.failed);
    inputs.all_running = inputs.all_running && (state.state == TaskStateKind::Running || state.successful());
    inputs.restarts += state.restarts;
  }
  const auto outcome = health_->update(inputs, now);
  health_timer_.cancel();
  if (outcome.healthy) {
    const bool canary = deployment_status_ && deployment_status_->canary;
    deployment_status_ = {.healthy = outcome.healthy, .timestamp = agent_.clock.now(), .canary = canary};
    keep_record();
  } else if (outcome.again) {
    health_timer_ = agent_.loop.after(*outcome.again - now, "alloc health", [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->schedule_plan();
    });
  }
}

// ---- The end

void AllocRunner::detach() {
  owner_.check();
  listener_ = nullptr;
  died_.notify();
  stop_timer_.cancel();
  run_timer_.cancel();
  disk_watch_.cancel();
  health_timer_.cancel();
  services_.clear();
  for (const auto& [name, task] : tasks_) task->detach();
}

net::Task<void> AllocRunner::flush() {
  const auto keep = shared_from_this();
  while (keeping_ || setting_up_ || disconnecting_) {
    const uint64_t seen = kept_.version();
    co_await kept_.wait(seen, net::kNoTimeout);
  }
  const auto tasks = tasks_;
  for (const auto& [name, task] : tasks) co_await task->flush();
}

net::Task<void> AllocRunner::destroy() {
  const auto self = shared_from_this();
  detach();
  co_await flush();
  while (data_readers_ > 0 && !agent_.stopping) {
    const uint64_t seen = kept_.version();
    co_await kept_.wait(seen, net::kNoTimeout);
  }
  if (spec_.network) {
    co_await disconnect(self);
    co_await flush();
  }
  const auto slot = co_await agent_.removals.take();
  const auto work = [self]() -> Status {
    const auto removed = self->dir_.destroy();
    TRY(self->agent_.store.remove_alloc(self->spec_.alloc->id));
    return removed;
  };
  const auto done = co_await net::run_blocking(agent_.pool, work);
  if (!done) {
    log::warn("the directory of an allocation cannot be removed",
              {{"alloc", spec_.alloc->id.str()}, {"error", done.error().message()}});
  }
}

}  // namespace drover::client
