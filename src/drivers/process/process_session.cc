#include "drivers/process/process_session.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/supervisor.h"
#include "sys/terminal.h"

#include <algorithm>
#include <csignal>
#include <tuple>
#include <utility>

#include <unistd.h>

namespace drover::drivers {
namespace {

constexpr size_t kChunkBytes = 32 << 10;
constexpr char kEndOfFile = '\x04';  // ^D
constexpr Duration kRuntimePatience = std::chrono::seconds(5);
constexpr Duration kPidFilePause = std::chrono::milliseconds(5);
constexpr Duration kReapPatience = std::chrono::seconds(30);

// What outlives the session object until the command is gone.
struct SessionState {
  std::shared_ptr<ProcessShared> shared;
  std::string cgroup;
  SessionProcess process;
  std::optional<int> exit_code;
};

// As a shell shows it: 128 + N for signal N.
int shell_status(const sys::ExitStatus& status) {
  return status.signal != 0 ? 128 + status.signal : status.code;
}

// SIGKILL to the command whose number is in `pid_file`, if it is still one of the cgroup; No if there is none.
enum class Killed : uint8_t { Yes, No };
Killed kill_by_file(const ProcessShared& shared, const std::string& cgroup, const std::string& pid_file) {
  const auto text = sys::read_file(pid_file, 64);
  const auto pid = static_cast<pid_t>(text ? parse_uint(trim(*text)).value_or(0) : 0);
  const auto start_time = sys::process_start_time(pid);
  if (pid == 0 || !start_time) return Killed::No;
  const auto process = sys::open_process({.pid = pid, .start_time = *start_time});
  // Its number cannot belong to anybody else while the descriptor of a member of the cgroup is open.
  if (!process || !std::ranges::binary_search(shared.cgroups.pids(cgroup), pid)) return Killed::No;
  sys::kill_tree(process->id);
  return Killed::Yes;
}

net::Task<Result<int>> reap(std::shared_ptr<SessionState> state) {
  CO_TRY_LET(const auto watch, state->shared->exits->watch(state->process.process.pidfd));
  while (!state->exit_code) {
    CO_TRY_LET(const auto status, sys::try_wait(state->process.process));
    if (status) state->exit_code = shell_status(*status);
    if (!status) co_await watch->ended().wait();
  }
  co_return *state->exit_code;
}

// A runtime that runs the command writes its number after it has started it, reaps it and ends by itself: if that were
// killed first, the command would run on.
net::Task<Result<int>> end_through_runtime(std::shared_ptr<SessionState> state) {
  const auto work = [&state] { return kill_by_file(*state->shared, state->cgroup, state->process.pid_file); };
  while (!state->exit_code) {
    CO_TRY_LET(const auto status, sys::try_wait(state->process.process));
    if (status) state->exit_code = shell_status(*status);
    if (status || co_await net::run_blocking(state->shared->context.pool, work) == Killed::Yes) break;
    co_await net::sleep_for(kPidFilePause);
  }
  co_return co_await reap(state);
}

net::Task<void> end_session(std::shared_ptr<SessionState> state) {
  if (!state->process.pid_file.empty()) {
    std::ignore = co_await net::with_timeout(kRuntimePatience, "a runtime", end_through_runtime(state));
    ::unlink(state->process.pid_file.c_str());
  }
  // Its own session and process group; not reaped, so that the number is its own.
  if (!state->exit_code) ::kill(-state->process.process.id.pid, SIGKILL);
  std::ignore = co_await net::with_timeout(kReapPatience, "the end of a command", reap(state));
}

class ProcessSession final : public ExecSession {
 public:
  explicit ProcessSession(std::shared_ptr<SessionState> state) : state_(std::move(state)) {}
  ~ProcessSession() override {
    auto& loop = state_->shared->context.loop;
    loop.spawn("end of a command", end_session(std::move(state_)));
  }
  ProcessSession(const ProcessSession&) = delete;
  ProcessSession& operator=(const ProcessSession&) = delete;

  net::Task<Result<std::optional<SessionOutput>>> read() override {
    auto& process = state_->process;
    for (;;) {
      // Looked at before the streams: what it wrote before its end is in them.
      CO_TRY_LET(const bool ended, sys::wait_readable(process.process.pidfd, Duration(0)));
      CO_TRY_LET(auto output, take_output());
      if (output) co_return output;
      if (ended || (!output_open() && !error_open())) co_return std::nullopt;
      CO_TRY(co_await more_output());
    }
  }

  net::Task<Status> write(std::string bytes) override {
    std::string_view left = bytes;
    while (!left.empty()) {
      if (!state_->process.input.valid()) co_return err(ErrorCode::Unavailable, "the command's input is closed");
      CO_TRY_LET(const size_t taken, sys::try_write(state_->process.input, left));
      left.remove_prefix(taken);
      if (taken > 0) continue;
      CO_TRY_LET(const auto watch, state_->shared->exits->watch(state_->process.input, Interest::Write));
      co_await watch->ended().wait();
    }
    co_return Ok{};
  }

  net::Task<Status> close_stdin() override {
    if (state_->process.terminal) co_return co_await write(std::string(1, kEndOfFile));
    state_->process.input.reset();
    co_return Ok{};
  }

  net::Task<Status> resize(TerminalSize size) override {
    if (!state_->process.terminal) co_return err(ErrorCode::InvalidArgument, "the command has no terminal");
    co_return sys::resize_terminal(state_->process.input, {.rows = size.rows, .columns = size.columns});
  }

  net::Task<Result<int>> exit_code() override { return reap(state_); }

 private:
  // The controller of a terminal is both directions.
  const sys::Fd& output_fd() const { return state_->process.terminal ? state_->process.input : state_->process.output; }
  bool output_open() const { return output_fd().valid() && !output_ended_; }
  bool error_open() const { return state_->process.error.valid(); }

  Result<std::optional<SessionOutput>> take_output() {
    if (output_open()) {
      TRY_LET(auto bytes, sys::try_read(output_fd(), kChunkBytes));
      if (bytes && bytes->empty()) output_ended_ = true;
      if (bytes && !bytes->empty()) return std::optional(SessionOutput{.bytes = std::move(*bytes)});
    }
    if (error_open()) {
      TRY_LET(auto bytes, sys::try_read(state_->process.error, kChunkBytes));
      if (bytes && bytes->empty()) state_->process.error.reset();
      if (bytes && !bytes->empty()) {
        return std::optional(SessionOutput{.stream = OutputStream::Stderr, .bytes = std::move(*bytes)});
      }
    }
    return std::optional<SessionOutput>();
  }

  net::Task<Status> more_output() {
    auto& exits = *state_->shared->exits;
    const net::Event ready;
    std::vector<std::unique_ptr<ExitWatcher::Watch>> watches;
    const auto watch = [&](const sys::Fd& fd) -> Status {
      TRY_LET(watches.emplace_back(), exits.watch(fd, Interest::Read, ready));
      return Ok{};
    };
    CO_TRY(watch(state_->process.process.pidfd));
    if (output_open()) CO_TRY(watch(output_fd()));
    if (error_open()) CO_TRY(watch(state_->process.error));
    co_await ready.wait();
    co_return Ok{};
  }

  std::shared_ptr<SessionState> state_;
  bool output_ended_ = false;
};

Result<SessionProcess> start_with_terminal(TaskCommand command, TerminalSize size) {
  TRY_LET(auto terminal, sys::open_terminal({.rows = size.rows, .columns = size.columns}));
  const int device = terminal.device.get();
  command.spec.stdin_fd = command.spec.stdout_fd = command.spec.stderr_fd = device;
  command.spec.controlling_terminal = true;
  SessionProcess session{.pid_file = std::move(command.pid_file), .terminal = true};
  TRY(sys::set_nonblocking(terminal.controller));
  TRY_LET(session.process, sys::spawn(command.spec));
  session.input = std::move(terminal.controller);
  return session;
}

Result<SessionProcess> start_with_pipes(TaskCommand command) {
  TRY_LET(auto in, sys::make_pipe());
  TRY_LET(auto out, sys::make_pipe());
  TRY_LET(auto error, sys::make_pipe());
  command.spec.stdin_fd = in.read.get();
  command.spec.stdout_fd = out.write.get();
  command.spec.stderr_fd = error.write.get();
  for (const sys::Fd* fd : {&in.write, &out.read, &error.read}) TRY(sys::set_nonblocking(*fd));
  SessionProcess session{.pid_file = std::move(command.pid_file)};
  TRY_LET(session.process, sys::spawn(command.spec));
  session.input = std::move(in.write);
  session.output = std::move(out.read);
  session.error = std::move(error.read);
  return session;
}

}  // namespace

Result<SessionProcess> start_session(TaskCommand command, std::optional<TerminalSize> terminal) {
  return terminal ? start_with_terminal(std::move(command), *terminal) : start_with_pipes(std::move(command));
}

std::unique_ptr<ExecSession> make_process_session(std::shared_ptr<ProcessShared> shared, std::string cgroup,
                                                  SessionProcess process) {
  return std::make_unique<ProcessSession>(std::make_shared<SessionState>(
      SessionState{.shared = std::move(shared), .cgroup = std::move(cgroup), .process = std::move(process)}));
}

}  // namespace drover::drivers
