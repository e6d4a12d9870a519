#include "drivers/docker/log_collector.h"

#include "base/log.h"

#include <utility>

namespace drover::drivers {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(200);
constexpr auto kLongestPause = std::chrono::seconds(10);

enum class Mode : uint8_t { Follow, UpToNow };

net::HttpClientRequest logs_request(const LogTarget& target, const std::string& since, Mode mode) {
  net::HttpClientRequest request;
  request.target = fmt::format("/containers/{}/logs?stdout=1&stderr=1&timestamps=1&follow={}{}", target.container,
                               mode == Mode::Follow ? 1 : 0, since.empty() ? "" : "&since=" + since);
  return request;
}

}  // namespace

struct LogCollector::State {
  DriverContext context;
  std::shared_ptr<const DockerApi> api;
  LogTarget target;
  std::unique_ptr<LogSink> sink;
  net::Notifier changed;
  bool done = false;
};

LogCollector::LogCollector(DriverContext context, std::shared_ptr<const DockerApi> api, LogTarget target)
    : state_(new State{.context = context, .api = std::move(api), .target = std::move(target)}),
      task_(context.loop.spawn("docker logs", run(state_))) {}

LogCollector::~LogCollector() {
  task_.cancel();
}

net::Task<bool> LogCollector::finished(Duration timeout) {
  const auto state = state_;
  while (!state->done) {
    const bool changed = co_await state->changed.wait(state->changed.version(), timeout);
    if (!changed) co_return state->done;
  }
  co_return true;
}

// One answer of the daemon, from where the sink is to its end.
static net::Task<Status> copy_logs(DriverContext context, std::shared_ptr<const DockerApi> api, LogTarget target,
                                   LogSink* sink, Mode mode) {
  const auto timeouts = net::HttpTimeouts{.idle = mode == Mode::Follow ? net::kNoTimeout : std::chrono::seconds(60)};
  CO_TRY_LET(auto stream, co_await api->open(logs_request(target, sink->since(), mode), timeouts));
  sink->restart();
  FrameParser parser(target.tty ? FrameParser::Format::Lines : FrameParser::Format::Frames);
  const FrameParser::OnFrame add = [sink](Stream from, std::string_view payload) { sink->add(from, payload); };
  const auto flush = [sink] {
    sink->flush();
    return true;
  };
  for (;;) {
    CO_TRY_LET(const auto chunk, co_await stream.read_chunk());
    if (!chunk) break;
    CO_TRY(parser.feed(*chunk, add));
    co_await net::run_blocking(context.pool, flush);
  }
  parser.finish(add);
  co_await net::run_blocking(context.pool, flush);
  co_return Ok{};
}

// Until the container has ended, or is gone.
net::Task<Status> LogCollector::follow(std::shared_ptr<State> state) {
  const auto open = [&state] { return LogSink::open(state->target, state->context.clock); };
  CO_TRY_LET(state->sink, co_await net::run_blocking(state->context.pool, open));
  Duration pause = kFirstPause;
  for (;;) {
    const auto followed =
        co_await copy_logs(state->context, state->api, state->target, state->sink.get(), Mode::Follow);
    if (!followed && followed.error().code() == ErrorCode::NotFound) co_return followed;
    const auto container = co_await state->api->inspect(state->target.container);
    if (container && !bool_at(*container, "State.Running")) break;
    if (!container && container.error().code() == ErrorCode::NotFound) co_return err(container.error());
    // The connection broke, or the daemon restarts.
    co_await net::sleep_for(pause);
    pause = container ? Duration(kFirstPause) : std::min<Duration>(pause * 2, kLongestPause);
  }
  // What the daemon took in after it had ended the answer.
  co_return co_await copy_logs(state->context, state->api, state->target, state->sink.get(), Mode::UpToNow);
}

net::Task<void> LogCollector::run(std::shared_ptr<State> state) {
  const auto result = co_await follow(state);
  if (!result) {
    log::warn("docker container's output is not collected to its end",
              {{"container", state->target.container}, {"reason", result.error().message()}});
  }
  state->done = true;
  state->changed.notify();
}

}  // namespace drover::drivers
