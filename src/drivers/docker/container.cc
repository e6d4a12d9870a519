#include "drivers/docker/container.h"

#include "base/log.h"
#include "base/strings.h"
#include "drivers/docker/container_spec.h"
#include "drivers/docker/exec.h"
#include "drivers/docker/log_collector.h"
#include "drivers/docker/session.h"
#include "drivers/docker/stats.h"
#include "drivers/handle_state.h"
#include "sys/cpu_list.h"
#include "sys/signals.h"

#include <algorithm>
#include <utility>

namespace drover::drivers {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(200);
constexpr auto kLongestPause = std::chrono::seconds(10);
constexpr auto kKillPatience = std::chrono::seconds(30);
constexpr auto kLogPatience = std::chrono::seconds(10);

std::optional<TaskNetwork> network_of(const codec::Value& inspected, const DockerState& state) {
  TaskNetwork network{.auto_advertise = state.own_network, .port_map = state.port_map};
  const char* key = state.advertise_ipv6 ? "GlobalIPv6Address" : "IPAddress";
  const auto* networks = find_path(inspected, "NetworkSettings.Networks");
  if (!networks || !networks->as_object()) return std::nullopt;
  for (const auto& [name, endpoint] : *networks->as_object()) {
    network.ip = text_at(endpoint, key);
    if (!network.ip.empty()) return network;
  }
  return std::nullopt;
}

ExitResult exit_of(const codec::Value& inspected) {
  return {.exit_code = static_cast<int>(int_at(inspected, "State.ExitCode")),
          .oom_killed = bool_at(inspected, "State.OOMKilled"),
          .error = text_at(inspected, "State.Error")};
}

bool is_gone(const Error& error) {
  return error.code() == ErrorCode::NotFound;
}

class DockerTask final : public RunningTask {
 public:
  DockerTask(std::shared_ptr<const DockerShared> shared, DockerState state, const codec::Value& inspected)
      : shared_(std::move(shared)),
        state_(std::move(state)),
        handle_(make_handle("docker", state_)),
        network_(network_of(inspected, state_)),
        stop_signal_(text_at(inspected, "Config.StopSignal")),
        cpus_(text_at(inspected, "HostConfig.CpusetCpus")),
        image_(shared_->images->use(state_.image, state_.image_pulled)),
        known_(shared_->known, state_.container) {
    if (shared_->options.disable_log_collection || state_.logs.max_files == 0) return;
    logs_ = std::make_unique<LogCollector>(shared_->context, shared_->api,
                                           LogTarget{.container = state_.container,
                                                     .task = state_.task,
                                                     .logs_dir = state_.logs_dir,
                                                     .state_dir = state_.state_dir,
                                                     .limits = state_.logs,
                                                     .tty = state_.tty});
  }

  const TaskHandle& handle() const override { return handle_; }
  std::optional<TaskNetwork> network() const override { return network_; }

  net::Task<ExitResult> wait() override {
    auto inspected = co_await await_end();
    if (logs_) {
      const bool complete = co_await logs_->finished(kLogPatience);
      if (!complete) log::warn("docker container has ended, but its output is still read", {{"task", state_.task}});
    }
    if (!inspected) co_return ExitResult{.error = inspected.error().message()};
    co_return exit_of(*inspected);
  }

  net::Task<Status> stop(StopOptions options) override {
    const std::string fallback = stop_signal_.empty() ? "SIGTERM" : stop_signal_;
    const auto number = sys::parse_signal(options.signal.empty() ? fallback : options.signal);
    if (!number) co_return err(ErrorCode::InvalidArgument, "there is no signal \"{}\"", printable(options.signal));
    const auto sent = co_await api().kill(state_.container, std::to_string(*number));
    // Conflict: it does not run.
    if (!sent && (is_gone(sent.error()) || sent.error().code() == ErrorCode::Conflict)) co_return Ok{};
    if (!sent) co_return err(sent.error());
    const auto ended = co_await api().wait(state_.container, options.timeout);
    if (ended ? *ended : is_gone(ended.error())) co_return Ok{};
    co_return co_await kill();
  }

  net::Task<Status> signal(std::string name) override {
    const auto number = sys::parse_signal(name);
    if (!number) co_return err(ErrorCode::InvalidArgument, "there is no signal \"{}\"", printable(name));
    const auto sent = co_await api().kill(state_.container, std::to_string(*number));
    if (!sent && sent.error().code() == ErrorCode::Conflict) co_return err(ErrorCode::NotFound, "the task has ended");
    co_return sent;
  }

  net::Task<Status> confine(std::string shared) override {
    std::string cpus = container_cpus(state_.named_cpus, shared);
    if (cpus == cpus_) co_return Ok{};
    // The daemon takes "" for no change.
    CO_TRY_LET(const auto all, sys::online_cpus());
    const std::string list = cpus.empty() ? sys::format_cpu_list(all) : cpus;
    const auto moved =
        co_await api().post("/containers/" + state_.container + "/update", codec::Value::Object{{"CpusetCpus", list}});
    if (!moved) co_return co_await why_not_moved(moved.error());
    cpus_ = std::move(cpus);
    co_return Ok{};
  }

  net::Task<Result<TaskStats>> stats() override {
    CO_TRY_LET(const auto answer, co_await api().get("/containers/" + state_.container + "/stats?stream=0&one-shot=1"));
    TaskStats stats = parse_docker_stats(answer);
    stats.at = shared_->context.clock.now();
    co_return stats;
  }

  net::Task<Result<ExecResult>> exec(ExecRequest request) override {
    if (request.argv.empty()) co_return err(ErrorCode::InvalidArgument, "no command given");
    co_return co_await docker_exec(shared_->context, shared_->api, state_.container, std::move(request));
  }

  net::Task<Result<std::unique_ptr<ExecSession>>> open_session(SessionRequest request) override {
    if (request.argv.empty()) co_return err(ErrorCode::InvalidArgument, "no command given");
    co_return co_await open_docker_session(shared_->context, shared_->api, state_.container, std::move(request));
  }

  net::Task<Status> destroy() override {
    const auto killed = co_await kill();
    if (!killed) co_return killed;
    if (logs_) co_await logs_->finished(kLogPatience);
    if (shared_->options.gc_container) {
      const auto removed = co_await api().remove_container(state_.container);
      if (!removed) co_return removed;
    }
    image_.reset();
    co_return Ok{};
  }

 private:
  const DockerApi& api() const { return *shared_->api; }

  // Podman 4 does not know the request, and answers like for a container that is gone.
  net::Task<Status> why_not_moved(Error error) const {
    if (!is_gone(error)) co_return err(std::move(error));
    CO_TRY(co_await api().inspect(state_.container));
    co_return err(ErrorCode::InvalidArgument, "this engine cannot move a container that runs to other CPUs");
  }

  // What the daemon says of the container when it has ended; waits for a daemon that is away.
  net::Task<Result<codec::Value>> await_end() {
    Duration pause = kFirstPause;
    for (;;) {
      const auto ended = co_await api().wait(state_.container, net::kNoTimeout);
      auto inspected = co_await api().inspect(state_.container);
      if (inspected && ended && !bool_at(*inspected, "State.Running")) co_return inspected;
      if (!inspected && is_gone(inspected.error())) {
        co_return err(ErrorCode::NotFound, "the container was removed while the task ran");
      }
      co_await net::sleep_for(pause);
      pause = std::min<Duration>(pause * 2, kLongestPause);
    }
  }

  net::Task<Status> kill() {
    const auto sent = co_await api().kill(state_.container, "KILL");
    if (!sent && (is_gone(sent.error()) || sent.error().code() == ErrorCode::Conflict)) co_return Ok{};
    if (!sent) co_return sent;
    const auto ended = co_await api().wait(state_.container, kKillPatience);
    if (!ended) co_return is_gone(ended.error()) ? Status(Ok{}) : Status(err(ended.error()));
    if (*ended) co_return Ok{};
    co_return err(ErrorCode::DeadlineExceeded, "container {} does not die of SIGKILL", state_.container.substr(0, 12));
  }

  const std::shared_ptr<const DockerShared> shared_;
  const DockerState state_;
  const TaskHandle handle_;
  const std::optional<TaskNetwork> network_;
  const std::string stop_signal_;
  std::string cpus_;  // As the daemon has it; "": all.
  std::unique_ptr<ImageUse> image_;
  const KnownContainer known_;
  std::unique_ptr<LogCollector> logs_;
};

}  // namespace

std::unique_ptr<RunningTask> make_docker_task(std::shared_ptr<const DockerShared> shared, DockerState state,
                                              const codec::Value& inspected) {
  return std::make_unique<DockerTask>(std::move(shared), std::move(state), inspected);
}

}  // namespace drover::drivers
