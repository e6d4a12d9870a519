// Job files: text to tree to job, in MB/s and for one large file in milliseconds. All of it is CPU time of one thread,
// so that the figures hold on a busy machine, too.

#include <fmt/core.h>

#include <ctime>

#include "bench/bench.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "jobspec/parse.h"
#include "model/job.h"

namespace drover::bench {
namespace {

constexpr size_t kGroups = 1'000;

std::string group_text(size_t n) {
  return fmt::format(R"(
  group "web-{0}" {{
    count = {1}
    network {{
      mode = "host"
      port "http" {{
        to = 8080
      }}
    }}
    service {{
      name = "web-{0}"
      port = "http"
      tags = ["web", "group-{0}"]
      check {{
        type     = "http"
        path     = "/health"
        interval = "10s"
        timeout  = "2s"
      }}
    }}
    task "server" {{
      driver = "docker"
      config {{
        image = "registry.example.com/web:1.{0}"
        ports = ["http"]
        args  = ["-listen", ":8080", "-name", "web-{0}"]
      }}
      env {{
        LOG_LEVEL = "info"
        ADDRESS   = "${{NOMAD_ADDR_http}}"
      }}
      resources {{
        cpu    = 100
        memory = 128
      }}
    }}
  }}
)",
                     n, 1 + n % 3);
}

std::string large_job() {
  std::string text = "job \"large\" {\n  datacenters = [\"dc1\"]\n";
  for (size_t i = 0; i < kGroups; ++i) text += group_text(i);
  return text + "}\n";
}

Status check(const jobspec::ParsedJob& parsed) {
  if (parsed.ok()) return Ok{};
  return err(parsed.diagnostics.to_error());
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The median time of `work` in seconds.
template <class Work>
Result<double> timed(const Options& options, Work work) {
  std::vector<double> samples;
  for (size_t i = 0; i < options.rounds; ++i) {
    const double start = cpu_seconds();
    TRY(work());
    samples.push_back(cpu_seconds() - start);
  }
  return median(std::move(samples));
}

Status make_job(const std::string& text) {
  Diagnostics diagnostics;
  TRY_LET(const model::Job job, jobspec::to_job(jobspec::parse(text), diagnostics));
  if (job.task_groups.size() != kGroups) return err(ErrorCode::Internal, "{} groups", job.task_groups.size());
  return Ok{};
}

Status measure(const Options& options, Report& report, const std::string& name, const std::string& text) {
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  TRY_LET(const double tree, timed(options, [&] { return check(jobspec::parse(text)); }));
  TRY_LET(const double job, timed(options, [&] { return make_job(text); }));
  report.add(name + ": size", megabytes, "MB");
  report.add(name + ": text to tree", megabytes / tree, "MB/s");
  report.add(name + ": text to job", megabytes / job, "MB/s");
  report.add(name + ": 1,000 groups", job * 1e3, "ms");
  return Ok{};
}

}  // namespace

Status run_parse(const Options& options, Report& report) {
  const std::string hcl = large_job();
  const jobspec::ParsedJob parsed = jobspec::parse(hcl);
  TRY(check(parsed));
  const std::string json = codec::dump(parsed.tree);
  TRY(measure(options, report, "hcl", hcl));
  TRY(measure(options, report, "json", json));
  TRY_LET(const double values, timed(options, [&]() -> Status {
            TRY(codec::parse_json(json));
            return Ok{};
          }));
  report.add("json: text to values", static_cast<double>(json.size()) / 1e6 / values, "MB/s");
  TRY_LET(const double decoded, timed(options, [&]() -> Status {
            TRY(codec::from_value<model::Job>(parsed.tree));
            return Ok{};
          }));
  report.add("json: values to structs", decoded * 1e3, "ms");
  return Ok{};
}

}  // namespace drover::bench
