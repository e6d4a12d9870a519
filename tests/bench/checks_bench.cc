// 10,000 health checks on one agent: whether each keeps its interval, and what they cost.

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "bench/agent.h"
#include "bench/process.h"
#include "net/http_server.h"

namespace drover::bench {
namespace {

using codec::Value;

constexpr int64_t kCopies = 100;
constexpr int64_t kServices = 10;
constexpr int64_t kChecks = 10;  // of a service
constexpr double kInterval = 10;
constexpr double kMeasured = 60;  // seconds

// Answers all checks, and remembers when each one came.
class Checked {
 public:
  Result<uint16_t> start() {
    loop_.start();
    server_ =
        std::make_unique<net::HttpServer>(net::HttpServerOptions{.max_connections_per_address = 0}, std::vector{&loop_},
                                          [this](net::HttpRequest request) -> net::Task<net::HttpResponse> {
                                            note(request.target);
                                            co_return net::HttpResponse{.body = "ok"};
                                          });
    return server_->listen("0.0.0.0", 0);
  }
  ~Checked() {
    server_.reset();
    loop_.stop();
    loop_.join();
  }

  size_t seen() {
    const std::lock_guard lock(mutex_);
    return last_.size();
  }
  // Seconds between two requests of one check, from here on until they are taken.
  void forget_gaps() {
    const std::lock_guard lock(mutex_);
    gaps_.clear();
  }
  std::vector<double> take_gaps() {
    const std::lock_guard lock(mutex_);
    return std::exchange(gaps_, {});
  }

 private:
  void note(const std::string& target) {
    const double now = seconds_now();
    const std::lock_guard lock(mutex_);
    const auto [at, first] = last_.try_emplace(target, now);
    if (!first) gaps_.push_back(now - std::exchange(at->second, now));
  }

  net::Loop loop_{"checked"};
  std::unique_ptr<net::HttpServer> server_;
  std::mutex mutex_;
  std::unordered_map<std::string, double> last_;
  std::vector<double> gaps_;
};

Value check_number(int64_t service, int64_t number) {
  Value check;
  check.set("Name", fmt::format("c{}", number));
  check.set("Type", "http");
  check.set("Path", fmt::format("/${{NOMAD_ALLOC_INDEX}}/{}/{}", service, number));
  check.set("Interval", static_cast<int64_t>(kInterval * 1e9));
  check.set("Timeout", int64_t{5'000'000'000});
  return check;
}

// Copies of a task that sleeps, whose services are all at one port, that of this process.
Value checked_job(uint16_t port) {
  Value config;
  config.set("command", "/bin/sleep");
  config.set("args", Value::Array{"600"});
  Value job = make_job("checked", kCopies, "raw_exec", std::move(config));
  Value::Array services;
  for (int64_t s = 0; s < kServices; ++s) {
    Value service;
    service.set("Name", fmt::format("s{}", s));
    service.set("Provider", "nomad");
    service.set("PortLabel", "http");
    Value::Array checks;
    for (int64_t c = 0; c < kChecks; ++c) checks.push_back(check_number(s, c));
    service.set("Checks", std::move(checks));
    services.push_back(std::move(service));
  }
  Value reserved, network;
  reserved.set("Label", "http");
  reserved.set("Value", int64_t{port});
  reserved.set("IgnoreCollision", true);
  network.set("ReservedPorts", Value::Array{std::move(reserved)});
  Value& group = (*job.find("TaskGroups")->as_array())[0];
  group.set("Networks", Value::Array{std::move(network)});
  group.set("Services", std::move(services));
  return job;
}

void pause(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

Status run_checks(const Options& options, Report& report) {
  constexpr auto kAll = static_cast<size_t>(kCopies * kServices * kChecks);
  Checked checked;
  TRY_LET(const uint16_t port, checked.start());
  TRY_LET(const auto agent, Agent::start(options.drover));
  const double begin = seconds_now();
  TRY(agent->submit(checked_job(port)));
  while (checked.seen() < kAll) {
    if (seconds_now() - begin > 120) return err(ErrorCode::DeadlineExceeded, "{} checks came", checked.seen());
    pause(0.01);
  }
  report.add("all checks done once after", seconds_now() - begin, "s");
  // What followed the start at once has another rhythm.
  pause(2 * kInterval);
  checked.forget_gaps();
  const double cpu = cpu_seconds(agent->pid());
  pause(kMeasured);
  std::vector<double> gaps = checked.take_gaps();
  report.add("agent CPU", (cpu_seconds(agent->pid()) - cpu) / kMeasured * 100, "% of a core");
  report.add("agent RSS", memory_of(agent->pid()).rss_kib / 1024, "MiB");
  report.add("checks", static_cast<double>(gaps.size()) / kMeasured, "/s");
  if (gaps.empty()) return err(ErrorCode::Internal, "no check came again");
  std::ranges::sort(gaps);
  report.add("between two of one check: shortest", gaps.front(), "s");
  report.add("between two of one check: median", gaps[gaps.size() / 2], "s");
  report.add("between two of one check: longest", gaps.back(), "s");
  return agent->clean_up();
}

}  // namespace drover::bench
