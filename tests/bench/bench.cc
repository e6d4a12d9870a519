#include "bench/bench.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace drover::bench {
namespace {

double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[at];
}

}  // namespace

void Report::add(std::string name, double value, std::string unit) {
  figures_.push_back({std::move(name), value, std::move(unit)});
}

void Report::add_samples(const std::string& name, std::vector<double> samples, const std::string& unit) {
  std::sort(samples.begin(), samples.end());
  add(name, quantile(samples, 0.5), unit);
  add(name + " p90", quantile(samples, 0.9), unit);
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return quantile(samples, 0.5);
}

}  // namespace drover::bench
