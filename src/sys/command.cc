#include "sys/command.h"

#include "sys/os_error.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>

namespace drover::sys {

namespace {

constexpr char kSearchPath[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr Duration kKillWait = std::chrono::seconds(5);

struct Capture {
  Fd fd;
  std::string* text;
};

// One command under way: collects until its end, or kills it.
class Runner {
 public:
  Runner(Process process, Fd out, Fd err, CommandLimits limits)
      : process_(std::move(process)),
        limits_(limits),
        captures_{Capture{std::move(out), &output_.out}, Capture{std::move(err), &output_.err}} {}

  Result<CommandOutput> run(const std::string& name) {
    const SystemClock clock;
    const MonoTime deadline = clock.mono() + limits_.timeout;
    bool ended = false;
    while (!ended && clock.mono() < deadline) ended = step(deadline - clock.mono());
    if (ended) drain();
    // Before it is reaped, so that its number still names its group: what it left in the background ends with it.
    ::kill(-process_.id.pid, SIGKILL);
    TRY_LET(const auto status, wait(process_, kKillWait));
    if (!ended) return err(ErrorCode::DeadlineExceeded, "command {} took longer than {} ms", name, millis());
    if (!status) return err(ErrorCode::Internal, "command {} cannot be reaped", name);
    output_.status = *status;
    return std::move(output_);
  }

 private:
  int64_t millis() const { return std::chrono::duration_cast<std::chrono::milliseconds>(limits_.timeout).count(); }

  // True once the process has ended.
  bool step(Duration limit) {
    pollfd fds[] = {
        {captures_[0].fd.get(), POLLIN, 0}, {captures_[1].fd.get(), POLLIN, 0}, {process_.pidfd.get(), POLLIN, 0}};
    const timespec timeout = {.tv_sec = limit.count() / 1'000'000'000, .tv_nsec = limit.count() % 1'000'000'000};
    if (::ppoll(fds, 3, &timeout, nullptr) <= 0) return false;
    for (size_t i = 0; i < captures_.size(); i++) {
      if (fds[i].revents != 0) take(captures_[i]);
    }
    return fds[2].revents != 0;
  }

  // True if there may be more.
  bool take(Capture& capture) {
    char chunk[16 << 10];
    const ssize_t length = ::read(capture.fd.get(), chunk, sizeof chunk);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (length <= 0) {
      capture.fd.reset();
      return false;
    }
    const size_t room = limits_.output_bytes - std::min(limits_.output_bytes, capture.text->size());
    capture.text->append(chunk, std::min(room, static_cast<size_t>(length)));
    if (room < static_cast<size_t>(length)) output_.truncated = true;
    return true;
  }

  // What the process wrote before its end is in the pipes now; a pipe holds 1 MiB at most.
  void drain() {
    for (Capture& capture : captures_) {
      for (int rounds = 0; rounds < 64 && capture.fd.valid() && take(capture); rounds++) {
      }
    }
  }

  Process process_;
  CommandLimits limits_;
  CommandOutput output_;
  std::array<Capture, 2> captures_;
};

}  // namespace

Result<CommandOutput> run_command(SpawnSpec spec, CommandLimits limits) {
  TRY_LET(Pipe out, make_pipe());
  TRY_LET(Pipe err, make_pipe());
  for (const int fd : {out.read.get(), err.read.get()}) {
    if (::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return os_err(errno, "set up a pipe");
  }
  spec.stdout_fd = out.write.get();
  spec.stderr_fd = err.write.get();
  spec.new_session = true;
  TRY_LET(Process process, spawn(spec));
  out.write.reset();
  err.write.reset();
  return Runner(std::move(process), std::move(out.read), std::move(err.read), limits).run(spec.executable);
}

Result<CommandOutput> run_command(std::vector<std::string> argv, CommandLimits limits) {
  if (argv.empty()) return err(ErrorCode::InvalidArgument, "no command given");
  TRY_LET(std::string executable, find_executable(argv[0], kSearchPath, ""));
  return run_command(
      SpawnSpec{
          .executable = std::move(executable), .argv = std::move(argv), .env = {std::string("PATH=") + kSearchPath}},
      limits);
}

}  // namespace drover::sys
