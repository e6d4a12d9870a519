// What a TaskRunner has under way: each action of the machine that takes time is one coroutine here.

#include "base/log.h"
#include "base/strings.h"
#include "client/allocs/alloc_dir.h"
#include "client/allocs/leftovers.h"
#include "client/tasks/task_events.h"
#include "client/tasks/task_literals.h"
#include "client/tasks/task_results.h"
#include "client/tasks/task_runner.h"
#include "drivers/schema.h"
#include "jobspec/nosana_resolve.h"
#include "jobspec/nosana_results.h"
#include "sys/netns.h"

#include <algorithm>
#include <utility>

namespace drover::client {
namespace {

constexpr Duration kRecoverInterval = std::chrono::seconds(5);
constexpr int kStopAttempts = 5;
constexpr Duration kStopBackoff = std::chrono::seconds(5);
constexpr Duration kMaxStopBackoff = std::chrono::minutes(2);

ExitRecord record_of(const drivers::ExitResult& exit) {
  return {.exit_code = exit.exit_code, .signal = exit.signal, .oom_killed = exit.oom_killed, .error = exit.error};
}

// As much as fits a line; all of it is in the event's details.
std::string results_message(const std::map<std::string, std::string>& results) {
  constexpr size_t kMaxShown = 200;
  std::string out;
  for (const auto& [name, value] : results) out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", name, value);
  return printable(out, kMaxShown);
}

// "No limit" (-1) is all that the node has.
int32_t memory_max_of(const model::Task& task, const model::Node& node) {
  const int32_t wanted = task.resources.memory_max_mb;
  return wanted < 0 ? static_cast<int32_t>(node.resources.memory_mb) : wanted;
}

}  // namespace

// Makes sure that the machine hears of the end of each piece of work, also when it is cancelled.
class TaskRunner::Work {
 public:
  explicit Work(std::shared_ptr<TaskRunner> runner) : runner_(std::move(runner)) {}
  ~Work() {
    if (!runner_) return;
    auto& loop = runner_->agent_.loop;
    loop.post("task work ended", [runner = std::move(runner_)] {
      // Cancelled between the driver's success and the news of it.
      runner->feed(runner->running_ ? TaskInput::Started : TaskInput::Aborted);
    });
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  void done() { runner_.reset(); }

 private:
  std::shared_ptr<TaskRunner> runner_;
};

void TaskRunner::spawn_work(const char* name, net::Task<void> work) {
  work_ = agent_.loop.spawn(name, std::move(work));
}

net::Task<void> TaskRunner::run_kill_leftover(std::shared_ptr<TaskRunner> self) {
  const auto work = [&] {
    kill_leftover_task(self->agent_.options.cgroup_parent, self->spec_.alloc->id, self->task_.name, self->dirs_.state);
    return true;
  };
  co_await net::run_blocking(self->agent_.pool, work);
}

net::Task<void> TaskRunner::run_recover(std::shared_ptr<TaskRunner> self) {
  Work work(self);
  auto& record = self->record_;
  std::ignore = self->resolve_literals();
  self->build_env();
  auto found = Result<std::unique_ptr<drivers::RunningTask>>(
      err(ErrorCode::NotFound, "this agent has no driver \"{}\"", self->task_.driver));
  while (self->driver_) {
    found = co_await self->driver_->recover(*record.handle);
    if (found || !drivers::is_recoverable(found.error())) break;
    self->emit(events::kDriver, "looking for the task again: " + found.error().message());
    co_await net::sleep_for(kRecoverInterval);
  }
  if (record.exit) {
    // The end was known already; what is left of the task was not yet removed.
    if (found) std::ignore = co_await (*found)->destroy();
    work.done();
    self->process_ended(*record.exit);
    co_return;
  }
  if (found) {
    self->running_ = std::move(*found);
    self->recovered_ = true;
    self->cpus_->follow(self->running_, std::nullopt);
    self->tell_hooks_found();
    work.done();
    self->feed(TaskInput::Started);
    co_return;
  }
  log::warn("a task was lost",
            {{"alloc", self->spec_.alloc->id.str()}, {"task", self->task_.name}, {"error", found.error().message()}});
  work.done();
  self->emit(events::kFailedRestoring, "failed to find the task again: " + found.error().message());
  record.handle.reset();
  self->give_up_failed_ = true;
  self->feed(TaskInput::GiveUp);
}

net::Task<void> TaskRunner::run_prepare(std::shared_ptr<TaskRunner> self) {
  Work work(self);
  const auto failure = co_await self->run_hooks();
  work.done();
  if (failure) {
    self->work_failed(*failure);
  } else {
    self->record_.prepared = true;
    self->feed(TaskInput::Prepared);
  }
}

std::shared_ptr<TaskHookContext> TaskRunner::hook_context() {
  auto context = std::make_shared<TaskHookContext>();
  context->alloc = spec_.alloc;
  context->job = spec_.job;
  context->task = task_;
  context->dirs = dirs_;
  context->env = std::make_shared<std::map<std::string, std::string>>(env_.variables);
  context->own_env = std::make_shared<std::map<std::string, std::string>>();
  context->mounts = std::make_shared<std::vector<drivers::TaskMount>>();
  context->devices = std::make_shared<std::vector<drivers::TaskDevice>>();
  if (driver_) context->fs_isolation = driver_->capabilities().fs_isolation;
  context->interpolate = [interpolate = interpolator_](std::string_view text) { return interpolate(text); };
  const auto with_self = [weak = weak_from_this()](auto action) {
    if (const auto self = weak.lock(); self && self->listener_) action(*self);
  };
  context->emit_event = [with_self](std::string type, std::string message) {
    with_self([&](TaskRunner& runner) { runner.emit(type.c_str(), std::move(message)); });
  };
  add_controls(*context);
  return context;
}

// What a hook may do to the task later. Nothing, when the task is not looked after any more.
void TaskRunner::add_controls(TaskHookContext& context) {
  const auto look_up = [weak = weak_from_this()]() -> std::shared_ptr<TaskRunner> {
    const auto self = weak.lock();
    return self && self->listener_ ? self : nullptr;
  };
  context.is_running = [look_up] {
    const auto self = look_up();
    return self && self->phase_ == TaskPhase::Running && self->running_;
  };
  context.restart_task = [look_up](std::string reason) {
    const auto self = look_up();
    if (self && self->phase_ == TaskPhase::Running) self->restart(RestartCause::Triggered, std::move(reason));
  };
  context.signal_task = [look_up](std::string signal, std::string reason) -> net::Task<Status> {
    const auto self = look_up();
    if (!self) co_return err(ErrorCode::NotFound, "the task does not run");
    co_return co_await self->signal(std::move(signal), std::move(reason));
  };
  context.exec = [look_up](drivers::ExecRequest request) -> net::Task<Result<drivers::ExecResult>> {
    const auto self = look_up();
    const auto running = self ? self->running_ : nullptr;
    if (!running) co_return err(ErrorCode::NotFound, "the task does not run");
    co_return co_await running->exec(std::move(request));
  };
  context.fail_task = [look_up](std::string reason) {
    if (const auto self = look_up()) {
      self->kill({.event = events::kKilling, .message = std::move(reason), .fails = true});
    }
  };
}

void TaskRunner::tell_hooks_found() {
  if (!listener_) return;
  const auto context = hook_context();
  for (const auto& hook : agent_.hooks) {
    if (hook->wanted(task_)) hook->found(context);
  }
}

net::Task<std::optional<TaskRunner::Failure>> TaskRunner::run_hooks() {
  if (!driver_) {
    co_return Failure{.error = Error(ErrorCode::InvalidArgument, "this node has no driver \"" + task_.driver + "\""),
                      .event = events::kDriverFailure};
  }
  if (auto failure = resolve_literals()) co_return failure;
  build_env();
  if (!record_.prepared) emit(events::kTaskSetup, "Building Task Directory");
  if (auto failure = missing_hook()) co_return failure;

  const auto context = hook_context();
  for (const auto& hook : agent_.hooks) {
    if (!hook->wanted(task_) || (record_.prepared && !hook->repeats())) continue;
    const auto done = co_await hook->prestart(context);
    if (!done) co_return Failure{.error = done.error(), .event = hook->failure_event()};
  }
  env_.adopt(*context->env);
  for (const auto& [key, value] : *context->own_env) env_.variables[key] = value;
  mounts_ = *context->mounts;
  devices_ = *context->devices;
  interpolator_ = env_.interpolator();
  co_return check_config();
}

std::optional<TaskRunner::Failure> TaskRunner::resolve_literals() {
  if (!given_.literals || listener_ == nullptr) return std::nullopt;
  auto resolved = jobspec::resolve_nosana_task(given_, listener_->literals());
  if (!resolved) {
    return Failure{.error = Error(ErrorCode::InvalidArgument, resolved.error().message()),
                   .event = events::kUnresolvedLiteral};
  }
  task_ = std::move(*resolved);
  return std::nullopt;
}

// Once the task has ended and its output is on disk.
net::Task<void> TaskRunner::keep_results() {
  if (task_.results.empty()) co_return;
  const auto work = [logs = dirs_.logs, task = task_] { return results_of(logs, task); };
  auto found = co_await net::run_blocking(agent_.pool, work);
  std::string message = results_message(found);
  emit(jobspec::kResultsEvent, std::move(message), std::move(found));
}

std::optional<TaskRunner::Failure> TaskRunner::missing_hook() const {
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(agent_.hooks, [&](const auto& hook) { return hook->name() == name; });
  };
  const char* what = nullptr;
  if (!task_.artifacts.empty() && !has("artifacts")) what = "artifacts";
  if (!task_.templates.empty() && !has("templates")) what = "templates";
  if (!task_.assets.empty() && !has("assets")) what = "assets";
  if (!what) return std::nullopt;
  return Failure{.error = Error(ErrorCode::InvalidArgument, std::string("this agent cannot prepare ") + what),
                 .event = events::kSetupFailure};
}

void TaskRunner::build_env() {
  const auto capabilities = driver_ ? driver_->capabilities() : drivers::Capabilities();
  const bool own_paths = capabilities.fs_isolation == drivers::FsIsolation::None;
  const auto& denied = agent_.options.options;
  const auto deny_list = denied.contains("env.denylist") ? denied.find("env.denylist") : denied.find("env.blacklist");
  TaskEnvInputs inputs{.alloc = *spec_.alloc,
                       .job = *spec_.job,
                       .group = *spec_.group,
                       .task = task_,
                       .node = agent_.node,
                       .region = agent_.options.region,
                       .alloc_dir = own_paths ? dirs_.alloc : "/alloc",
                       .task_dir = own_paths ? dirs_.local : "/local",
                       .secrets_dir = own_paths ? dirs_.secrets : "/secrets"};
  if (spec_.network) {
    inputs.alloc_interface = spec_.network->interface;
    inputs.alloc_ip = spec_.network->ip;
  }
  inputs.port_map = drivers::port_map_of(task_.driver, task_.config);
  if (capabilities.inherits_host_env) {
    inputs.host_env = inheritable_env(agent_.options.environment, deny_list == denied.end() ? "" : deny_list->second);
  }
  env_ = build_task_env(inputs);
  interpolator_ = env_.interpolator();
}

std::optional<TaskRunner::Failure> TaskRunner::check_config() const {
  const Diagnostics problems = driver_->validate_config(interpolator_.expand(task_.config));
  if (!problems.has_errors()) return std::nullopt;
  return Failure{.error = problems.to_error(), .event = events::kFailedValidation};
}

drivers::NetworkPlace TaskRunner::network_place() const {
  drivers::NetworkPlace place;
  const auto& networks = spec_.group->networks;
  if (networks.empty()) return place;
  place.hostname = interpolator_(networks.front().hostname);
  if (networks.front().dns) place.resolv_conf = AllocDir(agent_.alloc_root, spec_.alloc->id).resolv_conf();
  if (!spec_.network) return place;
  if (!spec_.network->private_network.empty()) {
    place.private_network = spec_.network->private_network;
    place.aliases = task_hosts(*spec_.job, *spec_.group, task_);
    return place;
  }
  place.netns = sys::netns_path(spec_.network->netns);
  if (spec_.network->driver == task_.driver) place.container = spec_.network->container;
  return place;
}

drivers::TaskConfig TaskRunner::task_config() const {
  drivers::TaskConfig config;
  config.ns = spec_.job->ns;
  config.job_id = spec_.job->id;
  config.job_name = spec_.job->name;
  config.group = spec_.group->name;
  config.task = task_.name;
  config.alloc_id = spec_.alloc->id.str();
  config.alloc_name = spec_.alloc->name;
  config.config = interpolator_.expand(task_.config);
  config.env = env_.variables;
  config.user = interpolator_(task_.user);
  config.cpu_mhz = cpu_of(task_, agent_.node);
  config.cpuset_cpus = cpuset_of(*spec_.alloc, task_.name);
  config.shared_cpus = cpus_->shared();
  config.memory_mb = task_.resources.memory_mb;
  if (agent_.memory_oversubscription) config.memory_max_mb = memory_max_of(task_, agent_.node);
  config.io_weight = task_.resources.iops;
  for (const auto& port : spec_.alloc->ports) {
    if (!port.task.empty() && port.task != task_.name) continue;
    config.ports.push_back({.label = port.label,
                            .host_ip = port.host_ip,
                            .host_port = port.value,
                            .to = port.to,
                            .of_group = port.task.empty()});
  }
  config.mounts = mounts_;
  config.devices = devices_;
  config.network = network_place();
  config.dirs = dirs_;
  config.logs = {.max_files = task_.logs.disabled ? 0 : static_cast<uint32_t>(std::max(1, task_.logs.max_files)),
                 .max_file_bytes = static_cast<uint64_t>(std::max(1, task_.logs.max_file_size_mb)) << 20};
  return config;
}

void TaskRunner::take_cpus() {
  if (!cpus_) cpus_ = agent_.cpus->take(cores_of(*spec_.alloc, task_.name));
}

net::Task<void> TaskRunner::run_start(std::shared_ptr<TaskRunner> self) {
  Work work(self);
  drivers::EventSink sink = [weak = self->weak_from_this()](drivers::DriverEvent event) {
    const auto runner = weak.lock();
    if (runner && runner->listener_) runner->emit(events::kDriver, std::move(event.message), std::move(event.details));
  };
  self->take_cpus();
  const auto config = self->task_config();
  auto started = co_await self->driver_->start(config, std::move(sink));
  if (!started) {
    work.done();
    self->work_failed({.error = started.error(), .event = events::kDriverFailure});
    co_return;
  }
  self->running_ = std::move(*started);
  self->cpus_->follow(self->running_, config.shared_cpus);
  self->record_.handle = self->running_->handle();
  // Before anybody hears of the task: an agent that dies now has to find it again.
  co_await self->persist_now();
  work.done();
  self->feed(TaskInput::Started);
}

net::Task<void> TaskRunner::run_watch(std::shared_ptr<TaskRunner> self) {
  const auto running = self->running_;
  const auto exit = co_await running->wait();
  self->emit(events::terminated(self->now(), exit));
  const auto record = record_of(exit);
  co_await self->keep_results();
  self->record_.exit = record;
  co_await self->persist_now();
  const auto destroyed = co_await running->destroy();
  if (!destroyed) {
    log::warn(
        "something of an ended task is left",
        {{"alloc", self->spec_.alloc->id.str()}, {"task", self->task_.name}, {"error", destroyed.error().message()}});
  }
  self->running_.reset();
  self->process_ended(record);
}

net::Task<void> TaskRunner::run_stop(std::shared_ptr<TaskRunner> self) {
  const auto running = self->running_;
  const drivers::StopOptions options{.signal = self->task_.kill_signal, .timeout = self->kill_timeout()};
  Duration pause = kStopBackoff;
  for (int attempt = 1; attempt <= kStopAttempts; attempt++) {
    const auto stopped = co_await running->stop(options);
    if (stopped) co_return;
    self->emit(events::kKilling, "the task could not be stopped: " + stopped.error().message());
    co_await net::sleep_for(pause);
    pause = std::min(pause * 4, kMaxStopBackoff);
  }
  const auto destroyed = co_await running->destroy();
  if (!destroyed) {
    log::error(
        "a task cannot be stopped",
        {{"alloc", self->spec_.alloc->id.str()}, {"task", self->task_.name}, {"error", destroyed.error().message()}});
  }
}

}  // namespace drover::client
