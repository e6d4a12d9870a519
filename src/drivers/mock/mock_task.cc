#include "drivers/mock/mock_task.h"

#include "base/strings.h"
#include "drivers/handle_state.h"
#include "drivers/log_writer.h"
#include "drivers/mock/mock_session.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace drover::drivers {
namespace {

// 128 + SIGKILL is what a shell shows; a mock that is stopped ends with exit code 0 unless it has to be killed.
constexpr int kSigkill = 9;

class MockTask final : public RunningTask {
 public:
  MockTask(DriverContext context, MockState state, MockOutput output)
      : context_(context), state_(std::move(state)), handle_(make_handle("mock_driver", state_)) {
    const Duration ran = context.clock.now() - state_.started_at;
    timer_ =
        context.loop.after(std::max(Duration(0), state_.config.run_for - ran), "mock task ends", [life = life_, this] {
          if (*life) end(planned_exit());
        });
    if (output == MockOutput::Print) print(state_.config.stdout_repeat);
  }
  ~MockTask() override {
    *life_ = false;
    timer_.cancel();
    print_timer_.cancel();
    stop_timer_.cancel();
  }
  MockTask(const MockTask&) = delete;
  MockTask& operator=(const MockTask&) = delete;

  const TaskHandle& handle() const override { return handle_; }

  std::optional<TaskNetwork> network() const override {
    if (state_.config.driver_ip.empty()) return std::nullopt;
    TaskNetwork network{.ip = state_.config.driver_ip, .auto_advertise = state_.config.driver_advertise};
    const auto parts = split(state_.config.driver_port_map, ':');
    if (parts.size() == 2) network.port_map[parts[0]] = static_cast<int32_t>(parse_int(parts[1]).value_or(0));
    return network;
  }

  net::Task<ExitResult> wait() override {
    while (!exit_) co_await ended_.wait(ended_.version(), net::kNoTimeout);
    co_return *exit_;
  }

  net::Task<Status> stop(StopOptions options) override {
    const bool heeds = state_.config.kill_after <= options.timeout;
    stop_timer_ = context_.loop.after(heeds ? state_.config.kill_after : options.timeout, "mock task stops",
                                      [life = life_, this, heeds] {
                                        if (*life) end(heeds ? ExitResult{} : ExitResult{.signal = kSigkill});
                                      });
    while (!exit_) co_await ended_.wait(ended_.version(), net::kNoTimeout);
    co_return Ok{};
  }

  net::Task<Status> signal(std::string name) override {
    if (exit_) co_return err(ErrorCode::NotFound, "the task has ended");
    if (!state_.config.signal_error.empty()) co_return err(ErrorCode::Internal, "{}", state_.config.signal_error);
    write("stderr", "received " + name + "\n");
    co_return Ok{};
  }

  net::Task<Result<TaskStats>> stats() override {
    co_return TaskStats{.at = context_.clock.now(), .cpu_nanos = 0, .memory_rss_bytes = 0};
  }

  // Prints its arguments; the exit code is the second argument of "exit N".
  net::Task<Result<ExecResult>> exec(ExecRequest request) override {
    if (exit_) co_return err(ErrorCode::NotFound, "the task has ended");
    ExecResult result{.output = join(request.argv, " ").substr(0, request.output_bytes)};
    if (request.argv.size() == 2 && request.argv[0] == "exit") {
      result.exit_code = static_cast<int>(parse_int(request.argv[1]).value_or(0));
    }
    co_return result;
  }

  net::Task<Result<std::unique_ptr<ExecSession>>> open_session(SessionRequest request) override {
    if (exit_) co_return err(ErrorCode::NotFound, "the task has ended");
    if (request.argv.empty()) co_return err(ErrorCode::InvalidArgument, "no command given");
    co_return make_mock_session(std::move(request));
  }

  net::Task<Status> destroy() override {
    end({.signal = kSigkill});
    co_return Ok{};
  }

 private:
  ExitResult planned_exit() const {
    return {.exit_code = state_.config.exit_code,
            .signal = state_.config.exit_signal,
            .oom_killed = state_.config.oom_killed,
            .error = state_.config.exit_err_msg};
  }

  void end(ExitResult result) {
    if (exit_) return;
    exit_ = std::move(result);
    print_timer_.cancel();
    ended_.notify();
  }

  void print(int32_t repeats) {
    write("stdout", state_.config.stdout_string);
    if (repeats == state_.config.stdout_repeat) write("stderr", state_.config.stderr_string);
    if (repeats <= 0) return;
    print_timer_ =
        context_.loop.after(state_.config.stdout_repeat_duration, "mock task prints", [life = life_, this, repeats] {
          if (*life) print(repeats - 1);
        });
  }

  void write(const char* stream, const std::string& text) const {
    if (text.empty()) return;
    auto writer = LogWriter::open(state_.logs_dir, state_.task + "." + stream + ".", state_.logs);
    if (writer) writer->write(text);
  }

  const DriverContext context_;
  const MockState state_;
  const TaskHandle handle_;
  const std::shared_ptr<bool> life_ = std::make_shared<bool>(true);  // False once this object is gone.
  net::Timer timer_;
  net::Timer print_timer_;
  net::Timer stop_timer_;
  net::Notifier ended_;
  std::optional<ExitResult> exit_;
};

}  // namespace

std::unique_ptr<RunningTask> make_mock_task(DriverContext context, MockState state, MockOutput output) {
  return std::make_unique<MockTask>(context, std::move(state), output);
}

}  // namespace drover::drivers
