#include "drivers/raw_exec/raw_exec_task.h"

#include "base/log.h"
#include "base/strings.h"
#include "drivers/handle_state.h"
#include "drivers/process_stats.h"
#include "sys/command.h"
#include "sys/files.h"
#include "sys/signals.h"

#include <csignal>
#include <tuple>
#include <utility>

#include <unistd.h>

namespace drover::drivers {
namespace {

using sys::SupervisedTask;

// SIGKILL works at once, unless a process is stuck in the kernel.
constexpr auto kKillPatience = std::chrono::seconds(10);

// To every process of the task's process group, each one checked to be the same program still.
Status signal_group(const sys::TaskHandle& handle, int signal) {
  TRY(sys::signal_task(handle, signal));
  for (const auto& id : sys::list_descendants(handle.supervisor.pid)) {
    if (id == handle.task || ::getpgid(id.pid) != handle.task.pid) continue;
    const auto process = sys::open_process(id);
    if (process) std::ignore = sys::send_signal(*process, signal);
  }
  return Ok{};
}

// The environment that the task was started with.
std::vector<std::string> environment_of(pid_t pid) {
  const auto text = sys::read_file(fmt::format("/proc/{}/environ", pid));
  std::vector<std::string> env;
  if (!text) return env;
  for (auto& entry : split(*text, '\0')) {
    if (!entry.empty()) env.push_back(std::move(entry));
  }
  return env;
}

std::string path_in(const std::vector<std::string>& env) {
  for (const auto& entry : env) {
    if (entry.starts_with("PATH=")) return entry.substr(5);
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

class RawExecTask final : public RunningTask {
 public:
  RawExecTask(std::shared_ptr<RawExecDriver::Shared> shared, RawExecState state, SupervisedTask task)
      : shared_(std::move(shared)),
        state_(std::move(state)),
        handle_(make_handle("raw_exec", state_)),
        task_(std::move(task)) {}

  const TaskHandle& handle() const override { return handle_; }

  net::Task<ExitResult> wait() override {
    const auto ended = co_await await_end(net::kNoTimeout);
    if (!ended) co_return ExitResult{.error = ended.error().message()};
    const auto work = [this] { return kill_group(); };
    const auto cleaned = co_await net::run_blocking(pool(), work);
    if (!cleaned) log::warn("processes of an ended task are left", {{"error", cleaned.error().message()}});
    co_return exit_result();
  }

  net::Task<Status> stop(StopOptions options) override {
    const auto number = sys::parse_signal(options.signal.empty() ? "SIGINT" : options.signal);
    if (!number) co_return err(ErrorCode::InvalidArgument, "there is no signal \"{}\"", printable(options.signal));
    const auto send = [this, number] { return signal_group(state_.process(), *number); };
    if (!has_ended()) std::ignore = co_await net::run_blocking(pool(), send);
    auto ended = co_await await_end(options.timeout);
    if (ended && *ended) co_return Ok{};
    co_return co_await kill();
  }

  net::Task<Status> signal(std::string name) override {
    const auto number = sys::parse_signal(name);
    if (!number) co_return err(ErrorCode::InvalidArgument, "there is no signal \"{}\"", printable(name));
    const auto send = [this, number] { return sys::signal_task(state_.process(), *number); };
    co_return co_await net::run_blocking(pool(), send);
  }

  net::Task<Result<TaskStats>> stats() override {
    const auto work = [this]() -> Result<TaskStats> {
      TaskStats stats = state_.cgroup.empty() ? process_stats(state_.process().supervisor.pid)
                                              : cgroup_stats(shared_->cgroups, state_.cgroup);
      stats.at = shared_->context.clock.now();
      return stats;
    };
    co_return co_await net::run_blocking(pool(), work);
  }

  net::Task<Result<ExecResult>> exec(ExecRequest request) override {
    if (has_ended()) co_return err(ErrorCode::NotFound, "the task has ended");
    if (request.argv.empty()) co_return err(ErrorCode::InvalidArgument, "no command given");
    const auto work = [this, &request] { return run_exec(request); };
    co_return co_await net::run_blocking(shared_->exec_pool, work);
  }

  net::Task<Status> destroy() override {
    if (!has_ended()) {
      const auto killed = co_await kill();
      if (!killed) co_return killed;
    }
    const auto work = [this]() -> Status {
      TRY(kill_group());
      return state_.cgroup.empty() ? Status(Ok{}) : shared_->cgroups.remove(state_.cgroup);
    };
    co_return co_await net::run_blocking(pool(), work);
  }

 private:
  net::BlockingPool& pool() const { return shared_->context.pool; }
  bool has_ended() const { return task_.state != SupervisedTask::State::Running; }

  // False if it runs still after `timeout`.
  net::Task<Result<bool>> await_end(Duration timeout) {
    if (has_ended()) co_return true;
    CO_TRY_LET(const auto watch, shared_->exits->watch(task_.supervisor.pidfd));
    const bool ended = co_await watch->ended().wait(timeout);
    if (!ended) co_return has_ended();
    // Another wait of this task may have been first.
    if (!has_ended()) CO_TRY(sys::finish_task(task_));
    co_return true;
  }

  net::Task<Status> kill() {
    const auto work = [this]() -> Status {
      std::ignore = sys::kill_task(state_.process());
      return kill_group();
    };
    const auto killed = co_await net::run_blocking(pool(), work);
    const auto ended = co_await await_end(kKillPatience);
    if (!ended) co_return err(ended.error());
    if (*ended) co_return Ok{};
    if (!killed) co_return killed;
    co_return err(ErrorCode::DeadlineExceeded, "process {} of task {} does not die of SIGKILL", state_.task_pid,
                  state_.task_name);
  }

  Status kill_group() const { return state_.cgroup.empty() ? Status(Ok{}) : shared_->cgroups.kill_all(state_.cgroup); }

  ExitResult exit_result() const {
    if (!task_.exit) return {.error = "the task's supervisor was killed, its exit status is unknown"};
    return {.exit_code = task_.exit->status.code,
            .signal = task_.exit->status.signal,
            .oom_killed = task_.exit->oom_killed};
  }

  Result<ExecResult> run_exec(const ExecRequest& request) const {
    sys::SpawnSpec spec;
    spec.env = environment_of(state_.process().task.pid);
    spec.cwd = state_.work_dir;
    TRY_LET(spec.executable, sys::find_executable(request.argv[0], path_in(spec.env), spec.cwd));
    spec.argv = request.argv;
    if (!state_.user.empty()) {
      TRY_LET(spec.user, sys::find_user(state_.user));
    }
    if (!state_.cgroup.empty()) spec.cgroup_procs = shared_->cgroups.procs_files(state_.cgroup);
    TRY_LET(auto output,
            sys::run_command(std::move(spec), {.timeout = request.timeout, .output_bytes = request.output_bytes}));
    ExecResult result{.exit_code = output.status.signal != 0 ? 128 + output.status.signal : output.status.code,
                      .output = output.out + output.err,
                      .truncated = output.truncated || output.out.size() + output.err.size() > request.output_bytes};
    result.output.resize(std::min(result.output.size(), request.output_bytes));
    return result;
  }

  const std::shared_ptr<RawExecDriver::Shared> shared_;
  const RawExecState state_;
  const TaskHandle handle_;
  SupervisedTask task_;
};

}  // namespace

Result<std::unique_ptr<RunningTask>> make_raw_exec_task(std::shared_ptr<RawExecDriver::Shared> shared,
                                                        RawExecState state, SupervisedTask task) {
  return std::make_unique<RawExecTask>(std::move(shared), std::move(state), std::move(task));
}

void kill_leftovers(const sys::CgroupManager& cgroups, const RawExecState& state) {
  std::ignore = sys::kill_task(state.process());
  if (state.cgroup.empty()) return;
  std::ignore = cgroups.kill_all(state.cgroup);
  std::ignore = cgroups.remove(state.cgroup);
}

}  // namespace drover::drivers
