#include "cli/commands.h"
#include "cli/json.h"

// operator simulate: simulated nodes. They speak the node protocol, which this folder may not include.

namespace drover::cli {
namespace {

// Where nodes connect: what -servers names, or what the agent at -address knows.
Result<std::vector<std::string>> find_servers(Session& session) {
  std::vector<std::string> servers = session.args.all("servers");
  if (!servers.empty()) return servers;
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer peers, during("asking for the servers", api.get("/v1/status/peers")));
  if (const auto* list = peers.value.as_array()) {
    for (const codec::Value& peer : *list) {
      if (const std::string* address = peer.as_string()) servers.push_back(*address);
    }
  }
  if (servers.empty()) return err(ErrorCode::Unavailable, "the agent at {} knows no server", api.options().address);
  return servers;
}

Result<int> run_simulate(Session& session) {
  if (!session.env.simulate) return err(ErrorCode::Unavailable, "this program has no simulated nodes");
  TRY_LET(const auto servers, find_servers(session));
  return session.env.simulate(session, servers);
}

}  // namespace

Command operator_simulate_command() {
  return {
      .name = "operator simulate",
      .arguments = "[options]",
      .summary = "Run simulated nodes",
      .text =
          "Joins many nodes that run nothing to a cluster, until it gets SIGINT or SIGTERM. They register, send "
          "heartbeats, take assignments and report them as running, so that a cluster's behaviour and capacity can "
          "be tried without machines. Their name, class (\"simulated\"), attributes (simulated = true) and rack "
          "(meta.rack) can be used in constraints. When it ends they are gone as machines that lose their power.",
      .options = {{"nodes", "n", "How many. Default: 100; one process carries 10,000."},
                  {"servers", "host:port",
                   "Where nodes connect; may be repeated. Default: asked of the agent at -address."},
                  {"name", "prefix", "Nodes are called prefix-0, prefix-1, … Default: sim."},
                  {"seed", "n", "The same seed and prefix are the same nodes again. Default: 1."},
                  {"dc", "name", "Their datacenter. Default: dc1."},
                  {"node-class", "class", "Default: simulated."},
                  {"node-pool", "pool", "Default: default."},
                  {"cpu", "mhz", "What each has. Default: 16000."},
                  {"memory", "mb", "What each has. Default: 65536."},
                  {"disk", "mb", "What each has. Default: 1000000."},
                  {"racks", "n", "Nodes have meta.rack r0 to r<n-1>, in turn. Default: 50."},
                  {"start-time", "duration", "From assignment to running. Default: 0s."},
                  {"run-time", "duration", "How long tasks of batch jobs run. Default: 10s."},
                  {"fetch-time", "duration",
                   "How long nodes fetch one GiB of an asset that they do not hold, before -start-time begins; one "
                   "asset at a time. Default: 0s: nodes fetch nothing."},
                  {"asset-size", "size", "What every asset and required image has: 20GB. Default: 1GiB."},
                  {"hide-assets", "", "Do not tell the servers what nodes hold: placement without locality."},
                  {"fail", "share", "Share of the allocations that fail when they should start: 0.05. Default: 0."}},
      .exit_codes = "0 after a signal, 1 on an error, also if the servers refuse the nodes.",
      .run = run_simulate,
  };
}

}  // namespace drover::cli
