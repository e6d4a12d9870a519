#include "drivers/docker/session.h"

#include "base/strings.h"
#include "drivers/docker/frames.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

namespace drover::drivers {
namespace {

constexpr size_t kChunkBytes = 32 << 10;
constexpr char kEndOfFile = '\x04';  // ^D
constexpr auto kStartPause = std::chrono::milliseconds(5);
constexpr auto kFirstPause = std::chrono::milliseconds(10);
constexpr auto kLongestPause = std::chrono::seconds(1);
constexpr int kKilled = 137;

class DockerSession final : public ExecSession {
 public:
  DockerSession(DockerExec exec, net::DuplexStream stream, bool terminal)
      : exec_(std::move(exec)), stream_(std::move(stream)), terminal_(terminal) {}
  ~DockerSession() override {
    if (!exit_code_) exec_.context.loop.spawn("docker exec kill", kill_exec(exec_));
  }
  DockerSession(const DockerSession&) = delete;
  DockerSession& operator=(const DockerSession&) = delete;

  // Until the command runs. The daemon says why it does not in the stream.
  net::Task<Status> started() {
    for (;;) {
      CO_TRY_LET(const auto inspected, co_await exec_.api->get("/exec/" + exec_.id + "/json"));
      if (int_at(inspected, "Pid") > 0) co_return Ok{};
      if (has_exec_ended(inspected)) {
        exit_code_ = static_cast<int>(int_at(inspected, "ExitCode"));
        std::string reason;
        while (auto output = co_await read()) {
          if (!*output) break;
          reason += (*output)->bytes;
        }
        if (reason.empty()) co_return Ok{};  // Podman forgets the number of a process that has ended.
        co_return err(ErrorCode::NotFound, "{}", printable(trim(reason), 1000));
      }
      co_await net::sleep_for(kStartPause);
    }
  }

  net::Task<Result<std::optional<SessionOutput>>> read() override {
    while (pending_.empty() && !ended_) {
      const auto chunk = co_await stream_.read_some();
      if (!chunk || !*chunk) {
        ended_ = true;
        changed_.notify();
        if (!chunk) co_return err(chunk.error());
        break;
      }
      CO_TRY(take(**chunk));
    }
    if (pending_.empty()) co_return std::nullopt;
    SessionOutput next = std::move(pending_.front());
    pending_.pop_front();
    co_return next;
  }

  net::Task<Status> write(std::string bytes) override {
    if (input_closed_ || ended_ || exit_code_)
      co_return err(ErrorCode::Unavailable, "the command does not read any more");
    const auto written = co_await stream_.write(std::move(bytes));
    if (!written)
      co_return err(ErrorCode::Unavailable, "the command does not read any more: {}", written.error().message());
    co_return Ok{};
  }

  net::Task<Status> close_stdin() override {
    if (terminal_) co_return co_await write(std::string(1, kEndOfFile));
    if (!std::exchange(input_closed_, true)) stream_.close_write();
    co_return Ok{};
  }

  net::Task<Status> resize(TerminalSize size) override {
    if (!terminal_) co_return err(ErrorCode::InvalidArgument, "the command has no terminal");
    const auto done =
        co_await exec_.api->post(fmt::format("/exec/{}/resize?h={}&w={}", exec_.id, size.rows, size.columns));
    if (!done) co_return err(done.error());
    co_return Ok{};
  }

  net::Task<Result<int>> exit_code() override {
    Duration pause = kFirstPause;
    while (!exit_code_) {
      const uint64_t seen = changed_.version();
      const bool was_ended = ended_;
      const auto inspected = co_await exec_.api->get("/exec/" + exec_.id + "/json");
      if (inspected && has_exec_ended(*inspected)) {
        exit_code_ = static_cast<int>(int_at(*inspected, "ExitCode"));
      } else if (!inspected && is_final(inspected.error())) {
        exit_code_ = kKilled;
      } else {
        // The end of the output comes with the end of the command, unless it has closed its output before.
        std::ignore = co_await changed_.wait(seen, was_ended ? pause : kLongestPause);
        pause = std::min<Duration>(pause * 2, kLongestPause);
      }
    }
    co_return *exit_code_;
  }

 private:
  // The container has ended, and the command with it.
  static bool is_final(const Error& error) {
    return error.code() == ErrorCode::NotFound || error.code() == ErrorCode::Conflict;
  }

  Status take(std::string_view bytes) {
    const auto add = [this](Stream from, std::string_view payload) {
      for (; !payload.empty(); payload.remove_prefix(std::min(payload.size(), kChunkBytes))) {
        pending_.push_back({.stream = from == Stream::Err ? OutputStream::Stderr : OutputStream::Stdout,
                            .bytes = std::string(payload.substr(0, kChunkBytes))});
      }
    };
    if (!terminal_) return parser_.feed(bytes, add);
    add(Stream::Out, bytes);
    return Ok{};
  }

  const DockerExec exec_;
  net::DuplexStream stream_;
  const bool terminal_;
  FrameParser parser_{FrameParser::Format::Frames};
  std::deque<SessionOutput> pending_;
  net::Notifier changed_;
  bool ended_ = false;
  bool input_closed_ = false;
  std::optional<int> exit_code_;
};

}  // namespace

net::Task<Result<std::unique_ptr<ExecSession>>> open_docker_session(DriverContext context,
                                                                    std::shared_ptr<const DockerApi> api,
                                                                    std::string container, SessionRequest request) {
  const bool terminal = request.terminal.has_value();
  CO_TRY_LET(auto exec, co_await create_exec(context, api, std::move(container), std::move(request.argv),
                                             {.input = true, .terminal = request.terminal}));
  net::HttpClientRequest start{.method = "POST", .target = "/exec/" + exec.id + "/start"};
  start.headers.set("Content-Type", "application/json");
  start.body = terminal ? R"({"Detach":false,"Tty":true})" : R"({"Detach":false,"Tty":false})";
  CO_TRY_LET(auto stream, co_await api->upgrade(std::move(start)));
  auto session = std::make_unique<DockerSession>(std::move(exec), std::move(stream), terminal);
  CO_TRY(co_await session->started());
  // A command that has ended already has no terminal to resize.
  if (terminal) std::ignore = co_await session->resize(*request.terminal);
  co_return std::move(session);
}

}  // namespace drover::drivers
