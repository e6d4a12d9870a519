#include "drivers/docker/exec.h"

#include "codec/json.h"
#include "drivers/docker/frames.h"
#include "sys/files.h"
#include "sys/process.h"
#include "sys/supervisor.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace drover::drivers {
namespace {

using codec::Value;

constexpr int kKillAttempts = 100;
constexpr auto kKillPause = std::chrono::milliseconds(50);

// SIGKILL to `pid` if it is a process of the container.
void kill_in_container(pid_t pid, const std::string& container) {
  const auto start_time = sys::process_start_time(pid);
  if (!start_time) return;
  // Its number cannot belong to another process while the descriptor is open and the cgroup is the container's.
  const auto process = sys::open_process({.pid = pid, .start_time = *start_time});
  const auto cgroup = sys::read_file("/proc/" + std::to_string(pid) + "/cgroup", 64 << 10);
  if (process && cgroup && cgroup->find(container) != std::string::npos) sys::kill_tree(process->id);
}

// Kills the command unless it is told that it has ended.
class ExecGuard {
 public:
  explicit ExecGuard(DockerExec exec) : exec_(std::move(exec)) {}
  ~ExecGuard() {
    if (!ended_) exec_.context.loop.spawn("docker exec kill", kill_exec(exec_));
  }
  ExecGuard(const ExecGuard&) = delete;
  ExecGuard& operator=(const ExecGuard&) = delete;

  void ended() { ended_ = true; }

 private:
  const DockerExec exec_;
  bool ended_ = false;
};

net::Task<Result<ExecResult>> run(DockerExec exec, size_t limit) {
  ExecGuard guard(exec);
  net::HttpClientRequest request{.method = "POST", .target = "/exec/" + exec.id + "/start"};
  request.headers.set("Content-Type", "application/json");
  request.body = R"({"Detach":false,"Tty":false})";
  CO_TRY_LET(auto stream, co_await exec.api->open(std::move(request), {.idle = net::kNoTimeout}));
  ExecResult result;
  FrameParser parser(FrameParser::Format::Frames);
  const FrameParser::OnFrame add = [&result, limit](Stream, std::string_view payload) {
    const size_t room = limit - result.output.size();
    result.truncated = result.truncated || payload.size() > room;
    result.output += payload.substr(0, room);
  };
  for (;;) {
    CO_TRY_LET(const auto chunk, co_await stream.read_chunk());
    if (!chunk) break;
    CO_TRY(parser.feed(*chunk, add));
  }
  CO_TRY_LET(const auto inspected, co_await exec.api->get("/exec/" + exec.id + "/json"));
  guard.ended();
  result.exit_code = static_cast<int>(int_at(inspected, "ExitCode"));
  co_return result;
}

}  // namespace

net::Task<Result<DockerExec>> create_exec(DriverContext context, std::shared_ptr<const DockerApi> api,
                                          std::string container, std::vector<std::string> argv, ExecStreams streams) {
  Value body = Value::Object{{"AttachStdin", streams.input},
                             {"AttachStdout", true},
                             {"AttachStderr", true},
                             {"Tty", streams.terminal.has_value()},
                             {"Cmd", Value::Array(argv.begin(), argv.end())}};
  if (streams.terminal) {
    // Daemons before API 1.42 ignore it.
    body.set("ConsoleSize", Value::Array{int64_t{streams.terminal->rows}, int64_t{streams.terminal->columns}});
  }
  const auto created = co_await api->post("/containers/" + container + "/exec", std::move(body));
  if (!created) {
    const bool stopped = created.error().code() == ErrorCode::Conflict;
    co_return stopped ? err(ErrorCode::NotFound, "the task has ended") : err(created.error());
  }
  co_return DockerExec{
      .context = context, .api = std::move(api), .container = std::move(container), .id = text_at(*created, "Id")};
}

bool has_exec_ended(const codec::Value& inspected) {
  const auto* code = find_path(inspected, "ExitCode");
  return code && !code->is_null() && !bool_at(inspected, "Running");
}

net::Task<void> kill_exec(DockerExec exec) {
  for (int attempt = 0; attempt < kKillAttempts; attempt++) {
    const auto inspected = co_await exec.api->get("/exec/" + exec.id + "/json");
    if (!inspected || has_exec_ended(*inspected)) co_return;
    const auto pid = static_cast<pid_t>(int_at(*inspected, "Pid"));
    if (pid > 0) {
      const auto work = [pid, &exec] {
        kill_in_container(pid, exec.container);
        return true;
      };
      co_await net::run_blocking(exec.context.pool, work);
      co_return;
    }
    co_await net::sleep_for(kKillPause);  // The daemon is about to start it.
  }
}

net::Task<Result<ExecResult>> docker_exec(DriverContext context, std::shared_ptr<const DockerApi> api,
                                          std::string container, ExecRequest request) {
  const std::string what = "command " + request.argv[0];
  CO_TRY_LET(auto exec,
             co_await create_exec(context, std::move(api), std::move(container), std::move(request.argv), {}));
  co_return co_await net::with_timeout(request.timeout, what, run(std::move(exec), request.output_bytes));
}

}  // namespace drover::drivers
