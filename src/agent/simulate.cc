#include "agent/simulate.h"

#include <signal.h>
#include <time.h>

#include <cstdlib>

#include "assets/request.h"
#include "base/duration.h"
#include "base/strings.h"
#include "simulate/fleet.h"

namespace drover::agent {
namespace {

constexpr size_t kMaxNodes = 100'000;

Status read_number(const cli::Arguments& args, std::string_view name, uint64_t most, auto& out) {
  TRY_LET(const uint64_t number, args.number(name, static_cast<uint64_t>(out)));
  if (number > most) return err(ErrorCode::InvalidArgument, "-{} is at most {}", name, most);
  out = static_cast<std::remove_reference_t<decltype(out)>>(number);
  return Ok{};
}

Status read_duration(const cli::Arguments& args, std::string_view name, Duration& out) {
  if (!args.has(name)) return Ok{};
  TRY_LET(out, parse_duration(args.get(name)));
  if (out < Duration(0)) return err(ErrorCode::InvalidArgument, "-{} cannot be negative", name);
  return Ok{};
}

Status read_share(const cli::Arguments& args, std::string_view name, double& out) {
  if (!args.has(name)) return Ok{};
  const std::string text = args.get(name);
  char* end = nullptr;
  out = std::strtod(text.c_str(), &end);
  if (*end == '\0' && out >= 0 && out <= 1) return Ok{};
  return err(ErrorCode::InvalidArgument, "-{} is a share from 0 to 1, not \"{}\"", name, printable(text, 40));
}

Result<simulate::FleetOptions> read_options(const cli::Arguments& args, std::vector<std::string> servers) {
  simulate::FleetOptions out{.servers = std::move(servers)};
  simulate::NodeShape& shape = out.shape;
  out.behaviour.run_time = std::chrono::seconds(10);
  out.name_prefix = args.get("name", out.name_prefix);
  shape.datacenter = args.get("dc", shape.datacenter);
  shape.node_class = args.get("node-class", shape.node_class);
  shape.node_pool = args.get("node-pool", shape.node_pool);
  constexpr uint64_t kMost = 1'000'000'000;
  TRY(read_number(args, "nodes", kMaxNodes, out.nodes));
  TRY(read_number(args, "seed", UINT64_MAX, out.seed));
  TRY(read_number(args, "cpu", kMost, shape.cpu));
  TRY(read_number(args, "memory", kMost, shape.memory_mb));
  TRY(read_number(args, "disk", kMost, shape.disk_mb));
  TRY(read_number(args, "racks", kMost, shape.racks));
  TRY(read_duration(args, "start-time", out.behaviour.start_time));
  TRY(read_duration(args, "run-time", out.behaviour.run_time));
  TRY(read_duration(args, "fetch-time", out.behaviour.fetch.time_per_gib));
  TRY_LET(out.behaviour.fetch.asset_bytes, assets::parse_size(args.get("asset-size", "1GiB")));
  out.behaviour.fetch.tells = !args.on("hide-assets");
  TRY(read_share(args, "fail", out.behaviour.fail_share));
  return out;
}

std::string line(const simulate::FleetStatus& status, const simulate::FleetOptions& options) {
  std::string out = fmt::format("{} of {} nodes connected; allocations: {} pending, {} running, {} complete, {} failed",
                                status.connected, options.nodes, status.allocs.pending, status.allocs.running,
                                status.allocs.complete, status.allocs.failed);
  if (options.behaviour.fetch.on()) out += fmt::format("; {} assets fetched", status.fetches);
  return out;
}

}  // namespace

Result<int> simulate(cli::Session& session, const std::vector<std::string>& servers) {
  TRY_LET(const auto options, read_options(session.args, servers));
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  const SystemClock clock;
  simulate::Fleet fleet(options, clock);
  fleet.start();
  std::string last;
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  while (sigtimedwait(&signals, nullptr, &second) < 0) {
    const auto status = fleet.status();
    if (!status.refusal.empty()) return err(ErrorCode::PermissionDenied, "a server refuses: {}", status.refusal);
    if (auto now = line(status, options); now != last) session.console.line(last = std::move(now));
  }
  return cli::kSuccess;
}

}  // namespace drover::agent
