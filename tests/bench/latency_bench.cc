// How long it takes from handing in a job until its task runs (it makes a file, which inotify tells, or connects to a
// port), and until the API says so; beside how long the same command takes without Drover, in the same run.

#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <future>

#include <fmt/core.h>

#include "bench/agent.h"
#include "bench/process.h"

namespace drover::bench {
namespace {

using codec::Value;

constexpr const char* kImage = "busybox:1";
constexpr int kPatienceMillis = 60'000;

// Hears of tasks that start: they make a file in a folder, or connect to a port, from where they see no folder of ours.
class StartWatch {
 public:
  explicit StartWatch(const std::string& folder)
      : files_(::inotify_init1(IN_CLOEXEC)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::inotify_add_watch(files_, folder.c_str(), IN_CREATE);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 16);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~StartWatch() {
    ::close(files_);
    ::close(listener_);
  }
  StartWatch(const StartWatch&) = delete;
  StartWatch& operator=(const StartWatch&) = delete;

  int port() const { return port_; }

  // When the next task started; errors: DeadlineExceeded.
  Result<double> next() const {
    pollfd polls[] = {{.fd = files_, .events = POLLIN, .revents = 0},
                      {.fd = listener_, .events = POLLIN, .revents = 0}};
    if (::poll(polls, 2, kPatienceMillis) < 1) return err(ErrorCode::DeadlineExceeded, "no task started in time");
    const double now = seconds_now();
    alignas(inotify_event) char buffer[4096];
    if (polls[0].revents != 0 && ::read(files_, buffer, sizeof buffer) <= 0) {
      return err(ErrorCode::Internal, "inotify failed");
    }
    if (polls[1].revents != 0) ::close(::accept(listener_, nullptr, nullptr));
    return now;
  }

 private:
  const int files_;
  const int listener_;
  int port_ = 0;
};

// One way to run a task through Drover and one to run it without.
struct Way {
  std::string driver;
  std::function<Value(const std::string& file)> config;
  // Starts it without Drover; returns what ends it again.
  std::function<std::function<void()>(const std::string& file)> bare;
  std::string bare_name;
};

Way raw_exec(const std::string& folder) {
  return {.driver = "raw_exec",
          .config =
              [folder](const std::string& file) {
                Value config;
                config.set("command", "/bin/sh");
                config.set("args", Value::Array{"-c", touch_and_sleep(folder + "/" + file)});
                return config;
              },
          .bare =
              [folder](const std::string& file) {
                const int pid = spawn({"/bin/sh", "-c", touch_and_sleep(folder + "/" + file)}, "/dev/null");
                return [pid] { kill_and_wait(pid); };
              },
          .bare_name = "posix_spawn"};
}

// The task says hello over the host's network.
Way exec(int port) {
  const std::string hello = fmt::format("exec 3<>/dev/tcp/127.0.0.1/{}; exec 3>&-; exec sleep 600", port);
  return {.driver = "exec",
          .config =
              [hello](const std::string&) {
                Value config;
                config.set("command", "/bin/bash");
                config.set("args", Value::Array{"-c", hello});
                return config;
              },
          .bare =
              [hello](const std::string&) {
                const int pid = spawn({"/bin/bash", "-c", hello}, "/dev/null");
                return [pid] { kill_and_wait(pid); };
              },
          .bare_name = "posix_spawn of bash"};
}

Way docker(const std::string& folder) {
  return {.driver = "docker",
          .config =
              [folder](const std::string& file) {
                Value config;
                config.set("image", kImage);
                config.set("command", "/bin/sh");
                config.set("args", Value::Array{"-c", touch_and_sleep("/out/" + file)});
                config.set("volumes", Value::Array{folder + ":/out"});
                return config;
              },
          .bare =
              [folder](const std::string& file) {
                const std::string name = fmt::format("drover-bench-{}-{}", ::getpid(), file);
                const int pid = spawn({"docker", "run", "-d", "--name", name, "-v", folder + ":/out", kImage, "/bin/sh",
                                       "-c", touch_and_sleep("/out/" + file)},
                                      "/dev/null");
                return [pid, name] {
                  ::waitpid(pid, nullptr, 0);
                  ::waitpid(spawn({"docker", "rm", "-f", name}, "/dev/null"), nullptr, 0);
                };
              },
          .bare_name = "docker run -d"};
}

Status measure_bare(const Way& way, const StartWatch& watch, size_t rounds, Report& report) {
  std::vector<double> millis;
  for (size_t round = 0; round < rounds; ++round) {
    const double begin = seconds_now();
    const auto end = way.bare(fmt::format("bare-{}-{}", way.driver, round));
    const auto started = watch.next();
    end();
    if (!started) return err(started.error().context(way.bare_name));
    millis.push_back((*started - begin) * 1e3);
  }
  report.add_samples(way.bare_name + " to started", std::move(millis), "ms");
  return Ok{};
}

Status measure(const Way& way, Agent& agent, const StartWatch& watch, size_t rounds, Report& report) {
  std::vector<double> started, seen;
  for (size_t round = 0; round < rounds; ++round) {
    const std::string id = fmt::format("{}-{}", way.driver, round);
    const Value job = make_job(id, 1, way.driver, way.config(id));
    auto file = std::async(std::launch::async, [&] { return watch.next(); });
    const double begin = seconds_now();
    TRY(agent.submit(job));
    const Status running = agent.wait_for(id, "running", 1);
    const double now = seconds_now();
    const auto made = file.get();
    if (!running) return running;
    if (!made) return err(made.error().context(way.driver));
    started.push_back((*made - begin) * 1e3);
    seen.push_back((now - begin) * 1e3);
    TRY(agent.clean_up());
  }
  report.add_samples(way.driver + " submit to started", std::move(started), "ms");
  report.add_samples(way.driver + " submit to seen running in the API", std::move(seen), "ms");
  return Ok{};
}

}  // namespace

Status run_latency(const Options& options, Report& report) {
  const TemporaryFolder files;
  const StartWatch watch(files.path());
  TRY_LET(const auto agent, Agent::start(options.drover));
  std::vector<Way> ways{raw_exec(files.path())};
  const auto add = [&](Way way) {
    if (agent->has_driver(way.driver)) return ways.push_back(std::move(way));
    std::fprintf(stderr, "skipped %s: the agent's driver is not healthy\n", way.driver.c_str());
  };
  add(exec(watch.port()));
  add(docker(files.path()));
  for (const Way& way : ways) {
    TRY(measure_bare(way, watch, options.rounds, report));
    TRY(measure(way, *agent, watch, options.rounds, report));
  }
  return Ok{};
}

}  // namespace drover::bench
