#include "assets/helper_process.h"

#include "assets/wire.h"
#include "sys/files.h"
#include "sys/os_error.h"
#include "sys/process.h"
#include "sys/supervisor.h"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>

namespace drover::assets {
namespace {

// What the helper does after a timeout of its own.
constexpr Duration kGrace = std::chrono::seconds(30);
constexpr size_t kReadSize = 1 << 16;
constexpr Duration kReapTimeout = std::chrono::seconds(5);

// A child that is killed, with all it started, unless it has ended.
class Helper {
 public:
  explicit Helper(sys::Process process) : process_(std::move(process)) {}
  ~Helper() {
    sys::kill_tree(process_.id);
    std::ignore = sys::wait(process_, kReapTimeout);
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

 private:
  sys::Process process_;
};

// The result, if it is among the messages that are complete.
Result<std::optional<Fetched>> read_messages(std::string& buffer, const HelperRun& run) {
  for (;;) {
    TRY_LET(const auto message, take_message(buffer));
    if (!message) return std::optional<Fetched>();
    if (const auto* fetched = std::get_if<Fetched>(&*message)) return std::optional(*fetched);
    if (const auto* error = std::get_if<Error>(&*message)) return err(*error);
    run.on_progress(std::get<Progress>(*message));
  }
}

Result<Fetched> follow(const sys::Fd& messages, const HelperRun& run) {
  const SystemClock clock;
  const MonoTime deadline = clock.mono() + run.limit + kGrace;
  std::string buffer;
  std::string chunk(kReadSize, '\0');
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.mono()).count();
    if (left <= 0) return err(ErrorCode::DeadlineExceeded, "it took too long");
    std::array<pollfd, 2> ready = {{{messages.get(), POLLIN, 0}, {run.cancelled.get(), POLLIN, 0}}};
    const int count = ::poll(ready.data(), ready.size(), static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (count < 0 && errno != EINTR) return sys::os_err(errno, "wait for the download");
    if (ready[1].revents != 0) return err(ErrorCode::Cancelled, "the download was cancelled");
    if (count <= 0 || ready[0].revents == 0) continue;
    const ssize_t size = ::read(messages.get(), chunk.data(), chunk.size());
    if (size < 0) return sys::os_err(errno, "read from the fetching process");
    if (size == 0) return err(ErrorCode::Unavailable, "the fetching process died");
    buffer.append(chunk, 0, static_cast<size_t>(size));
    TRY_LET(const auto fetched, read_messages(buffer, run));
    if (fetched) return *fetched;
  }
}

}  // namespace

Result<Fetched> run_helper_process(const HelperRun& run) {
  TRY_LET(const sys::Fd order, sys::make_memory_file("order", run.order));
  TRY_LET(sys::Pipe messages, sys::make_pipe());
  sys::SpawnSpec spec{.executable = run.program,
                      .argv = {"drover-fetch", run.argument},
                      .env = run.environment,
                      .cwd = "/",
                      .stdin_fd = order.get(),
                      .stdout_fd = messages.write.get(),
                      .extra_fds = {run.work}};
  TRY_LET(sys::Process process, sys::spawn(spec));
  const Helper helper(std::move(process));
  messages.write.reset();
  return follow(messages.read, run);
}

}  // namespace drover::assets
