#include "drivers/raw_exec/raw_exec_driver.h"

#include "drivers/handle_state.h"
#include "drivers/raw_exec/raw_exec_task.h"
#include "drivers/schemas/config_codec.h"
#include "drivers/schemas/process_config.h"
#include "sys/directory.h"
#include "sys/supervisor.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace drover::drivers {
namespace {

constexpr std::string_view kName = "raw_exec";
constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr const char* kDisabled =
    "the raw_exec driver is disabled on this node; to allow programs without isolation, set enabled = true in the "
    "agent's plugin \"raw_exec\" block";

std::string cgroup_name(const TaskConfig& config) {
  std::string name = config.alloc_id + "-" + config.task;
  std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_'; }, '_');
  return name.substr(0, 200);
}

struct Launched {
  RawExecState state;
  sys::SupervisedTask task;
};

// A started process that nobody knows of yet: killed if the start is cancelled.
class Launch {
 public:
  Launch(std::shared_ptr<RawExecDriver::Shared> shared, Launched launched)
      : shared_(std::move(shared)), launched_(std::move(launched)) {}
  Launch(Launch&& other) noexcept
      : shared_(std::move(other.shared_)), launched_(std::exchange(other.launched_, std::nullopt)) {}
  Launch& operator=(Launch&&) = delete;
  ~Launch() {
    if (launched_) kill_leftovers(shared_->cgroups, launched_->state);
  }

  Launched take() { return *std::exchange(launched_, std::nullopt); }

 private:
  std::shared_ptr<RawExecDriver::Shared> shared_;
  std::optional<Launched> launched_;
};

Result<sys::SupervisorSpec> supervisor_spec(const TaskConfig& config, const RawExecConfig& raw) {
  sys::SupervisorSpec spec;
  spec.title = config.alloc_id.substr(0, 8) + "/" + config.task;
  spec.task_name = config.task;
  spec.cwd = config.dirs.task;
  if (!raw.work_dir.empty()) {
    spec.cwd = raw.work_dir.starts_with('/') ? raw.work_dir : config.dirs.task + "/" + raw.work_dir;
  }
  const auto path = config.env.find("PATH");
  TRY_LET(spec.executable,
          sys::find_executable(raw.command, path == config.env.end() ? kDefaultPath : path->second, config.dirs.task));
  spec.argv.push_back(raw.command);
  spec.argv.insert(spec.argv.end(), raw.args.begin(), raw.args.end());
  for (const auto& [key, value] : config.env) spec.env.push_back(key + "=" + value);
  if (!config.user.empty()) {
    TRY_LET(spec.user, sys::find_user(config.user));
  }
  spec.log_dir = config.dirs.logs;
  spec.state_dir = config.dirs.state;
  spec.max_files = config.logs.max_files;
  spec.max_file_bytes = config.logs.max_file_bytes;
  return spec;
}

// What an agent that died before it kept the handle left running.
std::optional<Launched> find_running(const TaskConfig& config, const std::string& cgroup) {
  const auto handle = sys::read_task_handle(config.dirs.state, config.task);
  if (!handle) return std::nullopt;
  auto task = sys::recover_task(*handle);
  if (!task || task->state != sys::SupervisedTask::State::Running) return std::nullopt;
  auto state = RawExecState::of(*handle);
  state.cgroup = cgroup;
  state.work_dir = config.dirs.task;
  state.user = config.user;
  return Launched{.state = std::move(state), .task = std::move(*task)};
}

Result<Launched> launch(const RawExecDriver::Shared& shared, const TaskConfig& config, const RawExecConfig& raw) {
  TRY(sys::Directory::create(config.dirs.state, 0700, "state directory"));
  const std::string cgroup = shared.cgroups.available() ? cgroup_name(config) : std::string();
  if (auto running = find_running(config, cgroup)) return std::move(*running);

  TRY_LET(auto spec, supervisor_spec(config, raw));
  if (!cgroup.empty()) {
    TRY(shared.cgroups.kill_all(cgroup));
    // No exact accounting: on cgroup v1 joining a hierarchy costs a task some 10 ms.
    sys::CgroupLimits limits;
    if (config.io_weight > 0) limits.io_weight = static_cast<uint32_t>(config.io_weight);
    TRY(shared.cgroups.create(cgroup, limits));
    spec.cgroup_procs = shared.cgroups.procs_files(cgroup);
    spec.oom_file = shared.cgroups.oom_file(cgroup);
  }
  auto task = sys::start_supervised(spec);
  if (!task) {
    if (!cgroup.empty()) std::ignore = shared.cgroups.remove(cgroup);
    return err(task.error());
  }
  auto state = RawExecState::of(task->handle);
  state.cgroup = cgroup;
  state.work_dir = spec.cwd;
  state.user = config.user;
  return Launched{.state = std::move(state), .task = std::move(*task)};
}

}  // namespace

Result<std::unique_ptr<RawExecDriver>> RawExecDriver::create(DriverContext context, RawExecOptions options) {
  TRY_LET(auto exits, ExitWatcher::create());
  std::shared_ptr<Shared> shared(
      new Shared{.context = context, .cgroups = sys::CgroupManager(options.cgroups), .exits = std::move(exits)});
  return std::unique_ptr<RawExecDriver>(new RawExecDriver(std::move(shared), std::move(options)));
}

RawExecDriver::RawExecDriver(std::shared_ptr<Shared> shared, RawExecOptions options)
    : shared_(std::move(shared)), options_(std::move(options)) {}

net::Task<model::DriverInfo> RawExecDriver::fingerprint() {
  model::DriverInfo info{.detected = options_.enabled, .healthy = options_.enabled};
  info.health_description = options_.enabled ? "Healthy" : "disabled";
  if (options_.enabled) info.attributes["driver.raw_exec"] = "1";
  info.update_time = shared_->context.clock.now();
  co_return info;
}

Diagnostics RawExecDriver::validate_config(const codec::Value& config) const {
  Diagnostics problems;
  if (!options_.enabled) problems.error("driver", kDisabled);
  drivers::validate_config(kName, config, ConfigStage::Interpolated, problems, {.config = "config"});
  return problems;
}

net::Task<Result<std::unique_ptr<RunningTask>>> RawExecDriver::start(TaskConfig config, EventSink) {
  if (!options_.enabled) co_return err(ErrorCode::PermissionDenied, "{}", kDisabled);
  const Diagnostics problems = validate_config(config.config);
  if (problems.has_errors()) co_return err(problems.to_error());
  Diagnostics none;
  const auto raw = read_config<RawExecConfig>(config.config, ConfigStage::Interpolated, none);

  const auto work = [shared = shared_, &config, &raw]() -> Result<Launch> {
    TRY_LET(auto launched, launch(*shared, config, raw));
    return Launch(shared, std::move(launched));
  };
  auto started = co_await net::run_blocking(shared_->context.pool, work);
  CO_TRY_LET(auto guard, std::move(started));
  auto launched = guard.take();
  co_return make_raw_exec_task(shared_, std::move(launched.state), std::move(launched.task));
}

net::Task<Result<std::unique_ptr<RunningTask>>> RawExecDriver::recover(TaskHandle handle) {
  CO_TRY_LET(auto state, read_handle<RawExecState>(kName, handle));
  const auto work = [shared = shared_, &state]() -> Result<sys::SupervisedTask> {
    TRY_LET(auto task, sys::recover_task(state.process()));
    if (task.state != sys::SupervisedTask::State::Lost) return task;
    kill_leftovers(shared->cgroups, state);
    return err(ErrorCode::NotFound,
               "the task's process is gone and left no exit status: the machine or its supervisor died");
  };
  auto found = co_await net::run_blocking(shared_->context.pool, work);
  CO_TRY_LET(auto task, std::move(found));
  co_return make_raw_exec_task(shared_, std::move(state), std::move(task));
}

}  // namespace drover::drivers
