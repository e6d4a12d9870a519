#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "base/log.h"
#include "sim/simulation.h"

// drover-sim -seed N | -seeds A..B [-steps N] [-trace]
namespace {

using drover::sim::Options;

constexpr const char* kUsage =
    "usage: drover-sim (-seed N | -seeds A..B) [-steps N] [-trace]\n"
    "Runs the simulation with one seed or with each of several. Ends with 1 at the first that fails.\n";

struct Arguments {
  Options options;
  uint64_t first = 1;
  uint64_t last = 1;
};

bool read(std::string_view text, uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_seeds(std::string_view text, Arguments& arguments) {
  const size_t dots = text.find("..");
  return dots != std::string_view::npos && read(text.substr(0, dots), arguments.first) &&
         read(text.substr(dots + 2), arguments.last) && arguments.first <= arguments.last;
}

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "-trace") {
      arguments.options.trace = true;
      continue;
    }
    const std::string_view value = i + 1 < argc ? argv[++i] : "";
    uint64_t number = 0;
    if (name == "-seed" && read(value, number)) {
      arguments.first = arguments.last = number;
    } else if (name == "-steps" && read(value, number)) {
      arguments.options.steps = number;
    } else if (name != "-seeds" || !read_seeds(value, arguments)) {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  drover::log::set_level(drover::log::Level::Error);
  for (uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    arguments.options.seed = seed;
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = drover::sim::run(arguments.options);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!outcome.failure.empty()) {
      std::fputs(drover::sim::describe(outcome, arguments.options).c_str(), stderr);
      return 1;
    }
    const double hours = std::chrono::duration<double>(outcome.simulated).count() / 3600;
    std::printf("seed %llu: ok, index %llu, %zu restarts, %.1f h in %.2f s, trace %016llx\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(outcome.index), outcome.restarts,
                hours, took.count(), static_cast<unsigned long long>(outcome.trace_hash));
    std::fflush(stdout);
  }
  return 0;
}
