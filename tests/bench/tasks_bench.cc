// 300 raw_exec tasks on one agent: how fast they start and what they cost while they run.

#include <fmt/core.h>

#include "bench/agent.h"
#include "bench/process.h"

namespace drover::bench {
namespace {

using codec::Value;

constexpr int64_t kTasks = 300;

Value sleep_config() {
  Value config;
  config.set("command", "/bin/sleep");
  config.set("args", Value::Array{"600"});
  return config;
}

// Memory of the processes that supervise the tasks called "t", one for each.
Memory supervisors(size_t& count) {
  Memory sum;
  count = 0;
  for (const pid_t pid : processes_with("drover-supervise ")) {
    const Memory one = memory_of(pid);
    sum.rss_kib += one.rss_kib;
    sum.pss_kib += one.pss_kib;
    ++count;
  }
  return sum;
}

// Submits `jobs` jobs of `count` tasks each on an agent of their own.
Status measure(const Options& options, int64_t jobs, int64_t count, Report& report) {
  TRY_LET(const auto agent, Agent::start(options.drover));
  const std::string name = jobs == 1 ? fmt::format("1 job x {}", count) : fmt::format("{} jobs x {}", jobs, count);
  size_t others = 0;
  const Memory before_supervisors = supervisors(others);
  const Memory before = memory_of(agent->pid());
  const double cpu_before = cpu_seconds(agent->pid());
  const double begin = seconds_now();
  for (int64_t i = 0; i < jobs; ++i) {
    TRY(agent->submit(make_job(fmt::format("tasks-{}", i), count, "raw_exec", sleep_config())));
  }
  TRY(agent->wait_for("", "running", static_cast<size_t>(jobs * count)));
  const double seconds = seconds_now() - begin;
  const auto tasks = static_cast<double>(jobs * count);
  report.add(name + ": all running", tasks / seconds, "tasks/s");
  report.add(name + ": agent CPU", cpu_seconds(agent->pid()) - cpu_before, "s");

  const Memory after = memory_of(agent->pid());
  report.add(name + ": agent RSS", after.rss_kib / 1024, "MiB");
  report.add(name + ": agent growth a task", (after.rss_kib - before.rss_kib) / tasks, "KiB");
  size_t supervisor_count = 0;
  const Memory now = supervisors(supervisor_count);
  if (supervisor_count > others) {
    const auto added = static_cast<double>(supervisor_count - others);
    report.add(name + ": supervisor PSS a task", (now.pss_kib - before_supervisors.pss_kib) / added, "KiB");
    report.add(name + ": supervisor RSS a task", (now.rss_kib - before_supervisors.rss_kib) / added, "KiB");
    report.add(name + ": memory a task (agent growth + supervisor PSS)",
               (after.rss_kib - before.rss_kib) / tasks + (now.pss_kib - before_supervisors.pss_kib) / added, "KiB");
  }
  return agent->clean_up();
}

}  // namespace

Status run_tasks(const Options& options, Report& report) {
  TRY(measure(options, 1, kTasks, report));
  return measure(options, kTasks, 1, report);
}

}  // namespace drover::bench
