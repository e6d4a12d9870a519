#include "drivers/process/process_launch.h"

#include "drivers/alloc_names.h"
#include "drivers/handle_state.h"
#include "drivers/process/process_task.h"
#include "sys/directory.h"

#include <optional>
#include <tuple>
#include <utility>

namespace drover::drivers {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Launched {
  ProcessState state;
  sys::SupervisedTask task;
};

// A started process that nobody knows of yet: killed if the start is cancelled.
class Launch {
 public:
  Launch(std::shared_ptr<ProcessShared> shared, std::shared_ptr<const ProcessRuntime> runtime, Launched launched)
      : shared_(std::move(shared)), runtime_(std::move(runtime)), launched_(std::move(launched)) {}
  Launch(Launch&& other) noexcept
      : shared_(std::move(other.shared_)),
        runtime_(std::move(other.runtime_)),
        launched_(std::exchange(other.launched_, std::nullopt)) {}
  Launch& operator=(Launch&&) = delete;
  ~Launch() {
    if (launched_) kill_leftovers(*shared_, *runtime_, launched_->state);
  }

  Launched take() { return *std::exchange(launched_, std::nullopt); }

 private:
  std::shared_ptr<ProcessShared> shared_;
  std::shared_ptr<const ProcessRuntime> runtime_;
  std::optional<Launched> launched_;
};

ProcessState state_of(const sys::TaskHandle& handle, const TaskConfig& config, const std::string& cgroup) {
  auto state = ProcessState::of(handle);
  state.state_dir = config.dirs.state;
  state.task_name = config.task;
  state.cgroup = cgroup;
  state.work_dir = config.dirs.task;
  state.user = config.user;
  return state;
}

// What an agent that died before it kept the handle left: runs or has ended. destroy() removes the records of every run
// whose end was seen, so these are of one whose end was not.
std::optional<Launched> find_left(const TaskConfig& config, const std::string& cgroup) {
  const auto handle = sys::settle_task_handle(config.dirs.state, config.task);
  if (!handle) return std::nullopt;
  auto task = sys::recover_task(*handle);
  if (!task) return std::nullopt;
  auto state = state_of(*handle, config, cgroup);
  if (task->state == sys::SupervisedTask::State::Lost) {
    std::ignore = sys::kill_task(*handle);
    sys::forget_task(*handle);
    return std::nullopt;
  }
  return Launched{.state = std::move(state), .task = std::move(*task)};
}

Result<Launched> launch(const ProcessShared& shared, const ProcessRuntime& runtime, const TaskConfig& config,
                        UseCgroup use_cgroup, const MakePlan& make_plan) {
  TRY(sys::Directory::create(config.dirs.state, 0700, "state directory"));
  const bool has_cgroup = use_cgroup == UseCgroup::Yes && shared.cgroups.available();
  const std::string cgroup = has_cgroup ? task_cgroup_name(config.alloc_id, config.task) : std::string();
  if (auto left = find_left(config, cgroup)) {
    const bool runs = left->task.state == sys::SupervisedTask::State::Running;
    // Which cores others have may be another matter since it was started.
    if (runs && !cgroup.empty() && config.cpuset_cpus.empty()) {
      TRY(shared.cgroups.confine(cgroup, config.shared_cpus));
    }
    return std::move(*left);
  }

  const auto state = state_of({}, config, cgroup);
  if (!cgroup.empty()) TRY(shared.cgroups.kill_all(cgroup));
  TRY(runtime.clean_up(state));
  TRY_LET(auto plan, make_plan(config, cgroup));
  if (!cgroup.empty()) {
    TRY(shared.cgroups.create(cgroup, plan.limits));
    if (!plan.joins_cgroup_itself) plan.spec.cgroup_procs = shared.cgroups.procs_files(cgroup);
    plan.spec.oom_file = shared.cgroups.oom_file(cgroup);
  }
  auto task = sys::start_supervised(plan.spec);
  if (!task) {
    const Error error = runtime.explain(task.error(), state);
    kill_leftovers(shared, runtime, state);
    return err(error);
  }
  if (plan.launched) plan.launched(task->handle.task.pid);
  auto started = state_of(task->handle, config, cgroup);
  if (!plan.joins_cgroup_itself) started.work_dir = plan.spec.cwd;
  return Launched{.state = std::move(started), .task = std::move(*task)};
}

}  // namespace

Result<std::shared_ptr<ProcessShared>> ProcessShared::create(DriverContext context, sys::CgroupOptions cgroups) {
  TRY_LET(auto exits, ExitWatcher::create());
  return std::shared_ptr<ProcessShared>(new ProcessShared{
      .context = context, .cgroups = sys::CgroupManager(std::move(cgroups)), .exits = std::move(exits)});
}

net::Task<Result<std::unique_ptr<RunningTask>>> start_process(std::shared_ptr<ProcessShared> shared,
                                                              std::shared_ptr<const ProcessRuntime> runtime,
                                                              TaskConfig config, UseCgroup use_cgroup,
                                                              MakePlan make_plan) {
  const auto work = [&]() -> Result<Launch> {
    TRY_LET(auto launched, launch(*shared, *runtime, config, use_cgroup, make_plan));
    return Launch(shared, runtime, std::move(launched));
  };
  auto started = co_await net::run_blocking(shared->context.pool, work);
  CO_TRY_LET(auto guard, std::move(started));
  auto launched = guard.take();
  co_return make_process_task(shared, runtime, std::move(launched.state), std::move(launched.task));
}

net::Task<Result<std::unique_ptr<RunningTask>>> recover_process(std::shared_ptr<ProcessShared> shared,
                                                                std::shared_ptr<const ProcessRuntime> runtime,
                                                                TaskHandle handle) {
  CO_TRY_LET(auto state, read_handle<ProcessState>(runtime->driver(), handle));
  const auto work = [&]() -> Result<sys::SupervisedTask> {
    TRY_LET(auto task, sys::recover_task(state.process()));
    if (task.state != sys::SupervisedTask::State::Lost) return task;
    kill_leftovers(*shared, *runtime, state);
    return err(ErrorCode::NotFound,
               "the task's process is gone and left no exit status: the machine or its supervisor died");
  };
  auto found = co_await net::run_blocking(shared->context.pool, work);
  CO_TRY_LET(auto task, std::move(found));
  co_return make_process_task(shared, runtime, std::move(state), std::move(task));
}

sys::SupervisorSpec supervisor_spec(const TaskConfig& config) {
  sys::SupervisorSpec spec;
  spec.title = config.alloc_id.substr(0, 8) + "/" + config.task;
  spec.task_name = config.task;
  spec.cwd = config.dirs.task;
  spec.log_dir = config.dirs.logs;
  spec.state_dir = config.dirs.state;
  spec.max_files = config.logs.max_files;
  spec.max_file_bytes = config.logs.max_file_bytes;
  return spec;
}

std::string cpus_of(const TaskConfig& config) {
  return config.cpuset_cpus.empty() ? config.shared_cpus : config.cpuset_cpus;
}

sys::CgroupLimits resource_limits(const TaskConfig& config, uint64_t pids_max) {
  const auto bytes = [](int32_t megabytes) { return static_cast<uint64_t>(megabytes) << 20; };
  sys::CgroupLimits limits;
  limits.cpu_shares = static_cast<uint64_t>(std::max(config.cpu_mhz, 2));
  limits.memory_max_bytes = bytes(std::max(config.memory_mb, config.memory_max_mb));
  if (config.memory_max_mb > config.memory_mb) limits.memory_low_bytes = bytes(config.memory_mb);
  if (pids_max > 0) limits.pids_max = pids_max;
  limits.cpuset_cpus = cpus_of(config);
  if (config.io_weight > 0) limits.io_weight = static_cast<uint32_t>(config.io_weight);
  limits.accounting = true;
  return limits;
}

std::vector<std::string> env_list(const std::map<std::string, std::string>& env) {
  std::vector<std::string> out;
  for (const auto& [key, value] : env) out.push_back(key + "=" + value);
  return out;
}

std::string search_path(const std::map<std::string, std::string>& env) {
  const auto path = env.find("PATH");
  return path == env.end() ? kDefaultPath : path->second;
}

}  // namespace drover::drivers
