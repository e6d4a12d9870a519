// drover-bench NAME [-json] [-drover PATH] [-rounds N]: measures the figures of design.md section 6.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>

#include "base/log.h"
#include "base/strings.h"
#include "bench/bench.h"
#include "codec/json.h"

namespace drover::bench {
namespace {

constexpr Benchmark kBenchmarks[] = {
    {"assets", "2 GiB in 128 files from a local server, by the asset store and by curl", run_assets},
    {"c1m", "1,000 jobs x 1,000 on 5,000 simulated nodes: durable, all running", run_c1m},
    {"checks", "10,000 health checks on one agent: whether each keeps its interval; starts an agent", run_checks},
    {"jobs", "1,000 jobs x 1 on 1,000 simulated nodes", run_jobs},
    {"latency", "submit to started and to seen running, beside the bare floor; starts an agent", run_latency},
    {"list", "the list of 100,000 allocations of 5,000 simulated nodes", run_list},
    {"locality", "1,000 jobs with models, with and without placement by what nodes hold", run_locality},
    {"memory", "a server with 100,000 allocations of 5,000 simulated nodes", run_memory},
    {"parse", "job files in HCL and JSON: text to tree to job", run_parse},
    {"packing", "how full a cluster gets, looking at all nodes and at a sample of them; in process", run_packing},
    {"place", "1 job x 1,000 on 1,000 simulated nodes", run_place},
    {"restart", "kill -9 to the first answer with 100,000 allocations", run_restart},
    {"sched", "placing and committing in process, no agent", run_sched},
    {"spread", "5 jobs x 1,000 with a spread over 50 racks on 1,000 simulated nodes", run_spread},
    {"tasks", "300 raw_exec tasks on one agent: rate and memory; starts an agent", run_tasks},
    {"watch", "5,000 blocking queries woken by one change", run_watch},
};

constexpr const char* kUsage =
    "usage: drover-bench NAME [-json] [-drover PATH] [-rounds N] [-jobs N] [-count N] [-nodes N]\n"
    "\nBenchmarks:\n";

struct Arguments {
  std::string name;
  bool json = false;
  Options options;
};

// What takes the number that follows an option; null if it takes none.
std::function<void(size_t)> number_option(std::string_view name, Options& options) {
  if (name == "-rounds") return [&](size_t number) { options.rounds = number; };
  if (name == "-jobs") return [&](size_t number) { options.jobs = number; };
  if (name == "-count") return [&](size_t number) { options.count = number; };
  if (name == "-nodes") return [&](size_t number) { options.nodes = number; };
  return nullptr;
}

std::optional<Arguments> parse_arguments(int argc, char** argv) {
  Arguments out;
  std::error_code ignored;
  out.options.drover = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "drover";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "-json") {
      out.json = true;
    } else if (argument == "-drover" && i + 1 < argc) {
      out.options.drover = argv[++i];
    } else if (const auto number = number_option(argument, out.options); number && i + 1 < argc) {
      const auto value = parse_uint(argv[++i]);
      if (!value || *value == 0) return std::nullopt;
      number(*value);
    } else if (out.name.empty() && !argument.starts_with("-")) {
      out.name = argument;
    } else {
      return std::nullopt;
    }
  }
  if (out.name.empty()) return std::nullopt;
  return out;
}

void print_usage(std::FILE* out) {
  std::fputs(kUsage, out);
  for (const Benchmark& benchmark : kBenchmarks) {
    std::fprintf(out, "  %-10s %s\n", std::string(benchmark.name).c_str(), std::string(benchmark.about).c_str());
  }
}

void print_table(const Report& report) {
  size_t width = 0;
  for (const Figure& figure : report.figures()) width = std::max(width, figure.name.size());
  for (const Figure& figure : report.figures()) {
    std::printf("%-*s  %14.3f %s\n", static_cast<int>(width), figure.name.c_str(), figure.value, figure.unit.c_str());
  }
}

void print_json(const std::string& name, const Report& report) {
  codec::Value::Array results;
  for (const Figure& figure : report.figures()) {
    codec::Value result;
    result.set("case", figure.name);
    result.set("value", figure.value);
    result.set("unit", figure.unit);
    results.push_back(std::move(result));
  }
  codec::Value out;
  out.set("bench", name);
  out.set("results", std::move(results));
  std::printf("%s\n", codec::dump(out).c_str());
}

int run(int argc, char** argv) {
  if (argc == 2 && (argv[1] == std::string_view("-h") || argv[1] == std::string_view("-help"))) {
    return print_usage(stdout), 0;
  }
  const auto arguments = parse_arguments(argc, argv);
  if (!arguments) return print_usage(stderr), 2;
  const auto benchmark = std::find_if(std::begin(kBenchmarks), std::end(kBenchmarks),
                                      [&](const Benchmark& b) { return b.name == arguments->name; });
  if (benchmark == std::end(kBenchmarks)) {
    std::fprintf(stderr, "there is no benchmark \"%s\"; `drover-bench -h` names them\n", arguments->name.c_str());
    return 2;
  }
  Report report;
  const Status status = benchmark->run(arguments->options, report);
  arguments->json ? print_json(arguments->name, report) : print_table(report);
  if (status) return 0;
  std::fprintf(stderr, "%s: %s\n", arguments->name.c_str(), status.error().message().c_str());
  return 1;
}

}  // namespace
}  // namespace drover::bench

int main(int argc, char** argv) {
  return drover::bench::run(argc, argv);
}
