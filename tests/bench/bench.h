#pragma once

#include "base/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace drover::bench {

// One measured number.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
};

struct Options {
  std::string drover;  // path of the program under test
  size_t rounds = 30;  // where a figure is the median of several
  // How much, where a benchmark lets one choose.
  std::optional<size_t> jobs;
  std::optional<size_t> count;
  std::optional<size_t> nodes;
};

// What a benchmark measures into.
class Report {
 public:
  void add(std::string name, double value, std::string unit);
  // The median and the 90th percentile of samples, "NAME" and "NAME p90".
  void add_samples(const std::string& name, std::vector<double> samples, const std::string& unit);

  const std::vector<Figure>& figures() const { return figures_; }

 private:
  std::vector<Figure> figures_;
};

struct Benchmark {
  std::string_view name;
  std::string_view about;
  Status (*run)(const Options& options, Report& report);
};

Status run_assets(const Options& options, Report& report);
Status run_c1m(const Options& options, Report& report);
Status run_checks(const Options& options, Report& report);
Status run_jobs(const Options& options, Report& report);
Status run_list(const Options& options, Report& report);
Status run_locality(const Options& options, Report& report);
Status run_memory(const Options& options, Report& report);
Status run_place(const Options& options, Report& report);
Status run_restart(const Options& options, Report& report);
Status run_spread(const Options& options, Report& report);
Status run_parse(const Options& options, Report& report);
Status run_packing(const Options& options, Report& report);
Status run_sched(const Options& options, Report& report);
Status run_latency(const Options& options, Report& report);
Status run_watch(const Options& options, Report& report);
Status run_tasks(const Options& options, Report& report);

// Seconds of a monotonic clock.
double seconds_now();
double median(std::vector<double> samples);

}  // namespace drover::bench
