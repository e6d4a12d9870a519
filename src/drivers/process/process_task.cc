#include "drivers/process/process_task.h"

#include "base/log.h"
#include "base/strings.h"
#include "drivers/handle_state.h"
#include "drivers/process/process_session.h"
#include "drivers/process/process_signals.h"
#include "drivers/process_stats.h"
#include "sys/signals.h"

#include <csignal>
#include <tuple>
#include <utility>

namespace drover::drivers {
namespace {

using sys::SupervisedTask;

// SIGKILL works at once, unless a process is stuck in the kernel.
constexpr auto kKillPatience = std::chrono::seconds(10);

class ProcessTask final : public RunningTask {
 public:
  ProcessTask(std::shared_ptr<ProcessShared> shared, std::shared_ptr<const ProcessRuntime> runtime, ProcessState state,
              SupervisedTask task)
      : shared_(std::move(shared)),
        runtime_(std::move(runtime)),
        state_(std::move(state)),
        handle_(make_handle(runtime_->driver(), state_)),
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
    const auto ask = [this, number]() -> bool { return runtime_->ask_to_stop(state_) || send_to_all(*number); };
    const bool asked = !has_ended() && co_await net::run_blocking(pool(), ask);
    const auto ended = co_await await_end(asked ? options.timeout : Duration(0));
    if (ended && *ended) co_return Ok{};
    co_return co_await kill();
  }

  net::Task<Status> signal(std::string name) override {
    const auto number = sys::parse_signal(name);
    if (!number) co_return err(ErrorCode::InvalidArgument, "there is no signal \"{}\"", printable(name));
    const auto send = [this, number] { return send_to_main(*number); };
    co_return co_await net::run_blocking(pool(), send);
  }

  net::Task<Status> confine(std::string cpus) override {
    if (has_ended()) co_return err(ErrorCode::NotFound, "the task has ended");
    if (state_.cgroup.empty()) co_return Ok{};
    const auto work = [this, &cpus] { return shared_->cgroups.confine(state_.cgroup, cpus); };
    co_return co_await net::run_blocking(pool(), work);
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
    const std::string what = "command " + (request.argv.empty() ? std::string() : request.argv[0]);
    const auto timeout = request.timeout;
    co_return co_await net::with_timeout(timeout, what, run_exec(std::move(request)));
  }

  net::Task<Result<std::unique_ptr<ExecSession>>> open_session(SessionRequest request) override {
    CO_TRY(check_command(request.argv));
    const auto work = [this, &request]() -> Result<SessionProcess> {
      TRY_LET(auto command, runtime_->command(state_, std::move(request.argv), request.terminal));
      return start_session(std::move(command), request.terminal);
    };
    CO_TRY_LET(auto process, co_await net::run_blocking(pool(), work));
    co_return make_process_session(shared_, state_.cgroup, std::move(process));
  }

  net::Task<Status> destroy() override {
    if (!has_ended()) {
      const auto killed = co_await kill();
      if (!killed) co_return killed;
    }
    const auto work = [this]() -> Status {
      sys::forget_task(state_.process());
      TRY(kill_group());
      TRY(runtime_->clean_up(state_));
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

  // False if it is no use to wait for what the signal does.
  bool send_to_all(int signal) const {
    const auto process = state_.process();
    if (signal != SIGKILL && is_dropped(signal)) return false;
    std::ignore = signal_group(process, signal);
    return true;
  }

  Status send_to_main(int signal) const {
    return sys::signal_task(state_.process(), is_dropped(signal) ? SIGKILL : signal);
  }

  // By the kernel, although it ought to end the task.
  bool is_dropped(int signal) const {
    return runtime_->has_pid_namespace(state_) && would_end(state_.process(), signal);
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
    const auto& status = task_.exit->status;
    // A task that got over the death of one of its processes did not die of it.
    return {.exit_code = status.code, .signal = status.signal, .oom_killed = task_.exit->oom_killed && !status.ok()};
  }

  Status check_command(const std::vector<std::string>& argv) const {
    if (has_ended()) return err(ErrorCode::NotFound, "the task has ended");
    if (argv.empty() || argv[0].empty()) return err(ErrorCode::InvalidArgument, "no command given");
    return Ok{};
  }

  net::Task<Result<ExecResult>> run_exec(ExecRequest request) {
    CO_TRY_LET(const auto session, co_await open_session({.argv = std::move(request.argv)}));
    CO_TRY(co_await session->close_stdin());
    ExecResult result;
    for (;;) {
      CO_TRY_LET(const auto output, co_await session->read());
      if (!output) break;
      const size_t room = request.output_bytes - result.output.size();
      result.truncated = result.truncated || output->bytes.size() > room;
      result.output += output->bytes.substr(0, room);
    }
    CO_TRY_LET(result.exit_code, co_await session->exit_code());
    co_return result;
  }

  const std::shared_ptr<ProcessShared> shared_;
  const std::shared_ptr<const ProcessRuntime> runtime_;
  const ProcessState state_;
  const TaskHandle handle_;
  SupervisedTask task_;
};

}  // namespace

std::unique_ptr<RunningTask> make_process_task(std::shared_ptr<ProcessShared> shared,
                                               std::shared_ptr<const ProcessRuntime> runtime, ProcessState state,
                                               SupervisedTask task) {
  return std::make_unique<ProcessTask>(std::move(shared), std::move(runtime), std::move(state), std::move(task));
}

void kill_leftovers(const ProcessShared& shared, const ProcessRuntime& runtime, const ProcessState& state) {
  if (state.task_pid != 0) {
    std::ignore = sys::kill_task(state.process());
    sys::forget_task(state.process());
  }
  if (!state.cgroup.empty()) std::ignore = shared.cgroups.kill_all(state.cgroup);
  std::ignore = runtime.clean_up(state);
  if (!state.cgroup.empty()) std::ignore = shared.cgroups.remove(state.cgroup);
}

}  // namespace drover::drivers
