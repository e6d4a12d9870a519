#include "agent/agent_command.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>

#include "agent/agent.h"
#include "agent/config_read.h"
#include "base/log.h"
#include "base/strings.h"

namespace drover::agent {
namespace {

constexpr const char* kUsage = R"(usage: drover agent [options]

Runs an agent: a server (-server), a client (-client), or both, until it gets
SIGINT or SIGTERM. Tasks go on when a client stops and are adopted again by the
next one on the same data directory; in -dev mode they end with it.

  -dev                  server and client on 127.0.0.1, state in a temporary
                        folder, raw_exec enabled: for trying things out
  -config=PATH          a file, or a folder of *.hcl and *.json files; may be
                        given several times, later ones win
  -server  -client      enable server or client
  -data-dir=PATH        where state is kept (absolute)
  -servers=HOST[:PORT]  a server to connect a client to; may be repeated
  -bind=ADDRESS         the address to listen on (default 0.0.0.0)
  -node=NAME            the agent's name (default: the host's)
  -node-class=CLASS     the node's class
  -region=NAME          (default global)
  -dc=NAME              the datacenter (default dc1)
  -log-level=LEVEL      TRACE, DEBUG, INFO, WARN or ERROR (default INFO)

Exit code: 0 after a signal, 1 if the agent could not start. The keys of the
configuration are in docs/config.md.
)";

struct Arguments {
  bool dev = false;
  bool help = false;
  std::vector<std::string> paths;
  // Options that set one key of the configuration, in the order given.
  std::vector<std::pair<std::string, std::string>> settings;
};

bool is_flag(const std::string& name) {
  return name == "dev" || name == "server" || name == "client";
}

// The names of options, without dashes.
const std::vector<std::string>& option_names() {
  static const std::vector<std::string> names = {"dev",  "config", "server",     "client", "data-dir", "servers",
                                                 "bind", "node",   "node-class", "region", "dc",       "log-level"};
  return names;
}

Result<Arguments> parse_arguments(const std::vector<std::string>& arguments) {
  Arguments out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string_view text = arguments[i];
    if (text == "-h" || text == "-help" || text == "--help") {
      out.help = true;
      return out;
    }
    if (!text.starts_with("-"))
      return err(ErrorCode::InvalidArgument, "unexpected argument \"{}\"", printable(text, 60));
    text.remove_prefix(text.starts_with("--") ? 2 : 1);
    const size_t equals = text.find('=');
    const std::string name(text.substr(0, equals));
    if (std::find(option_names().begin(), option_names().end(), name) == option_names().end()) {
      const auto nearest = nearest_name(name, option_names());
      return err(ErrorCode::InvalidArgument, "unknown option -{}{}", printable(name, 60),
                 nearest ? fmt::format("; did you mean -{}?", *nearest) : "");
    }
    std::string value = equals == std::string_view::npos ? "" : std::string(text.substr(equals + 1));
    if (equals == std::string_view::npos && is_flag(name)) value = "true";
    if (equals == std::string_view::npos && !is_flag(name)) {
      if (++i == arguments.size()) return err(ErrorCode::InvalidArgument, "-{} needs a value", name);
      value = arguments[i];
    }
    if (name == "dev") {
      out.dev = value != "false";
    } else if (name == "config") {
      out.paths.push_back(value);
    } else {
      out.settings.emplace_back(name, value);
    }
  }
  return out;
}

void apply_setting(const std::string& name, const std::string& value, Config& config) {
  if (name == "server") config.server.enabled = value != "false";
  if (name == "client") config.client.enabled = value != "false";
  if (name == "data-dir") config.data_dir = value;
  if (name == "servers") config.client.servers.push_back(value);
  if (name == "bind") config.bind_addr = value;
  if (name == "node") config.name = value;
  if (name == "node-class") config.client.node_class = value;
  if (name == "region") config.region = value;
  if (name == "dc") config.datacenter = value;
  if (name == "log-level") config.log_level = value;
}

Result<std::string> make_scratch() {
  const char* base = getenv("TMPDIR");
  std::string path = std::string(base && *base == '/' ? base : "/tmp") + "/drover-dev-XXXXXX";
  if (!mkdtemp(path.data())) return err(ErrorCode::PermissionDenied, "cannot make a temporary folder {}", path);
  return path;
}

Result<Config> make_config(const Arguments& arguments) {
  Diagnostics diagnostics;
  Config config = read_config(arguments.paths, diagnostics);
  config.dev_mode = arguments.dev;
  if (arguments.dev) {
    config.server.enabled = config.client.enabled = true;
    if (config.bind_addr == "0.0.0.0") config.bind_addr = "127.0.0.1";
  }
  for (const auto& [name, value] : arguments.settings) apply_setting(name, value, config);
  if (arguments.dev && !diagnostics.has_errors()) {
    TRY_LET(config.data_dir, make_scratch());
  }
  validate_config(config, diagnostics);
  if (diagnostics.has_errors()) return err(diagnostics.to_error());
  return config;
}

void set_log_level(const std::string& name) {
  static constexpr std::pair<std::string_view, log::Level> kLevels[] = {{"TRACE", log::Level::Trace},
                                                                        {"DEBUG", log::Level::Debug},
                                                                        {"INFO", log::Level::Info},
                                                                        {"WARN", log::Level::Warn},
                                                                        {"ERROR", log::Level::Error}};
  for (const auto& [level_name, level] : kLevels) {
    if (equals_ignore_case(level_name, name)) log::set_level(level);
  }
}

void print_banner(const Agent& agent, const Config& config) {
  const auto line = [](const char* key, const std::string& value) { std::printf("%14s: %s\n", key, value.c_str()); };
  std::printf("==> Drover agent configuration:\n\n");
  line("Version", DROVER_VERSION);
  line("Client", config.client.enabled ? "true" : "false");
  line("Server", config.server.enabled ? "true" : "false");
  line("Region", config.region + " (DC: " + config.datacenter + ")");
  line("HTTP API", agent.http_url());
  if (!agent.rpc_address().empty()) line("Nodes connect", agent.rpc_address());
  line("Data", config.data_dir);
  line("Log Level", config.log_level);
  std::printf("\n==> Drover agent started! Log data will stream in below:\n\n");
  std::fflush(stdout);
}

// SIGHUP takes over what can change in a running agent: the log level.
void reload(const Arguments& arguments) {
  Diagnostics diagnostics;
  const Config config = read_config(arguments.paths, diagnostics);
  if (diagnostics.has_errors()) {
    log::warn("configuration not reloaded", {{"reason", diagnostics.to_error().message()}});
    return;
  }
  set_log_level(config.log_level);
  log::info("configuration reloaded", {{"log_level", config.log_level}});
}

// Waits for the signal that ends the agent: which it was. A second one ends the process at once.
int wait_for_end(const sigset_t& signals, const Arguments& arguments) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal == SIGHUP) {
      reload(arguments);
      continue;
    }
    log::info("stopping", {{"signal", strsignal(signal)}});
    sigset_t ending = signals;
    sigdelset(&ending, SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
    return signal;
  }
}

}  // namespace

int run_agent(const std::vector<std::string>& arguments) {
  const auto fail = [](const Error& error) {
    std::fprintf(stderr, "drover agent: %s\n", error.message().c_str());
    return 1;
  };
  const auto parsed = parse_arguments(arguments);
  if (!parsed) return fail(parsed.error());
  if (parsed->help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  const auto config = make_config(*parsed);
  if (!config) return fail(config.error());
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  set_log_level(config->log_level);
  auto agent = Agent::start(*config);
  if (!agent) return fail(agent.error());
  print_banner(**agent, *config);
  const int signal = wait_for_end(signals, *parsed);
  if (signal == SIGINT ? config->leave_on_interrupt : config->leave_on_terminate) (*agent)->leave();
  (*agent)->stop();
  return 0;
}

}  // namespace drover::agent
