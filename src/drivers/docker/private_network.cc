#include "drivers/docker/private_network.h"

#include "base/log.h"
#include "base/strings.h"
#include "codec/json.h"
#include "drivers/docker/container_spec.h"
#include "sys/command.h"
#include "sys/files.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace drover::drivers {
namespace {

using codec::Value;

constexpr uint32_t kSubnetBits = 26;
constexpr size_t kMaxTries = 64;  // of subnets, which other networks of the machine may overlap
constexpr auto kTimeout = std::chrono::minutes(1);
constexpr const char* kSearchPath = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";
constexpr const char* kEverything = "0.0.0.0/0";

// Everything that is not the internet: private and shared networks, link-local with the metadata services, multicast.
constexpr std::array kNotTheInternet = {"0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10", "127.0.0.0/8",
                                        "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",  "192.168.0.0/16",
                                        "198.18.0.0/15",  "224.0.0.0/4",   "240.0.0.0/4"};

struct Prefix {
  uint32_t address = 0;
  uint32_t bits = 32;

  uint32_t mask() const { return bits == 0 ? 0 : ~uint32_t{0} << (32 - bits); }
};

std::optional<Prefix> parse_prefix(const std::string& text) {
  const size_t slash = text.find('/');
  in_addr address{};
  if (inet_pton(AF_INET, text.substr(0, slash).c_str(), &address) != 1) return std::nullopt;
  Prefix prefix{.address = ntohl(address.s_addr)};
  if (slash == std::string::npos) return prefix;
  const auto bits = parse_int(text.substr(slash + 1));
  if (!bits || *bits < 0 || *bits > 32) return std::nullopt;
  prefix.bits = static_cast<uint32_t>(*bits);
  return prefix;
}

std::string to_text(uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

// FNV-1a
uint32_t hash_of(std::string_view text) {
  uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

// At most 15 characters, as the kernel wants names of interfaces.
std::string bridge_name(const std::string& alloc_id) {
  std::string hex;
  for (const char c : alloc_id) {
    if (c != '-' && hex.size() < 12) hex += c;
  }
  return "drp" + hex;
}

Status run_iptables(std::vector<std::string> args) {
  args.insert(args.begin(), {"iptables", "--wait", "10"});
  TRY_LET(const auto output, sys::run_command(std::move(args)));
  if (!output.status.ok()) return err(ErrorCode::Unavailable, "{}", printable(std::string(trim(output.err)), 300));
  return Ok{};
}

Status restore(const std::string& rules) {
  TRY_LET(const auto file, sys::make_memory_file("iptables", rules));
  TRY_LET(const auto program, sys::find_executable("iptables-restore", kSearchPath, "/"));
  TRY_LET(const auto output, sys::run_command(sys::SpawnSpec{.executable = program,
                                                             .argv = {program, "--noflush", "--wait", "10"},
                                                             .env = {std::string("PATH=") + kSearchPath},
                                                             .cwd = "/",
                                                             .stdin_fd = file.get()}));
  if (!output.status.ok()) return err(ErrorCode::Unavailable, "{}", printable(std::string(trim(output.err)), 300));
  return Ok{};
}

// Sends the pool's traffic in `from` to a chain, before anything else is decided there.
Status hook(const std::string& from, const std::string& pool, const std::string& chain) {
  if (run_iptables({"-C", from, "-s", pool, "-j", chain})) return Ok{};
  return run_iptables({"-I", from, "1", "-s", pool, "-j", chain});
}

// Every time, because a restart of the daemon or of a firewall may have dropped them. Blocks.
Status protect(const PrivateNetworkOptions& options) {
  if (is_open(options)) return Ok{};
  const auto resolv_conf = sys::read_file("/etc/resolv.conf", 64 << 10);
  const auto firewall =
      private_firewall(options, resolv_conf ? resolvers_of(*resolv_conf) : std::vector<std::string>());
  const auto apply = [&]() -> Status {
    TRY(restore(firewall.rules));
    // Docker's own rules leave this chain to the operator and pass through it first.
    const bool docker = run_iptables({"-n", "-L", "DOCKER-USER"}).has_value();
    TRY(hook(docker ? "DOCKER-USER" : "FORWARD", options.pool, firewall.forwarded));
    return hook("INPUT", options.pool, firewall.to_host);
  };
  const auto applied = apply();
  if (applied) return Ok{};
  return err(ErrorCode::Unavailable,
             "private networks cannot be kept from the host and its neighbours (iptables: {}); docker plugin option "
             "private_networks.allow = [\"{}\"] does without",
             applied.error().message(), kEverything);
}

class Turn {
 public:
  explicit Turn(std::shared_ptr<FirewallTurn> turn) : turn_(std::move(turn)) { turn_->taken = true; }
  ~Turn() {
    turn_->taken = false;
    turn_->freed.notify();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  const std::shared_ptr<FirewallTurn> turn_;
};

net::Task<Status> protect_in_turn(DriverContext context, PrivateNetworkOptions options,
                                  std::shared_ptr<FirewallTurn> turn) {
  while (turn->taken) {
    const uint64_t seen = turn->freed.version();
    co_await turn->freed.wait(seen, net::kNoTimeout);
  }
  const Turn mine(turn);
  const auto work = [options] { return protect(options); };
  co_return co_await net::run_blocking(context.pool, work);
}

Value spec_of(const std::string& name, const std::string& alloc_id, const std::string& subnet,
              const DockerOptions& options) {
  Value labels = Value::Object{{kAllocLabel, alloc_id}};
  if (!options.owner.empty()) labels.set(kOwnerLabel, options.owner);
  Value ranges = Value::Array{Value::Object{{"Subnet", subnet}}};
  return Value::Object{{"Name", name},
                       {"CheckDuplicate", true},
                       {"Driver", "bridge"},
                       {"IPAM", Value::Object{{"Config", std::move(ranges)}}},
                       {"Options", Value::Object{{"com.docker.network.bridge.name", bridge_name(alloc_id)}}},
                       {"Labels", std::move(labels)}};
}

bool overlaps(const Error& error) {
  return to_lower(error.message()).find("overlap") != std::string::npos;
}

}  // namespace

std::string private_network_name(const std::string& alloc_id) {
  return "drover-" + alloc_id;
}

std::string private_subnet(const std::string& pool, const std::string& alloc_id, size_t n) {
  const auto prefix = parse_prefix(pool);
  if (!prefix || prefix->bits > kSubnetBits) return "";
  const uint64_t count = uint64_t{1} << (kSubnetBits - prefix->bits);
  if (n >= count) return "";
  const uint64_t index = (hash_of(alloc_id) + n) % count;
  const auto address = (prefix->address & prefix->mask()) + static_cast<uint32_t>(index << (32 - kSubnetBits));
  return fmt::format("{}/{}", to_text(address), kSubnetBits);
}

Status check_private_networks(const PrivateNetworkOptions& options) {
  const auto pool = parse_prefix(options.pool);
  if (!pool || pool->bits < 8 || pool->bits > kSubnetBits) {
    return err(ErrorCode::InvalidArgument, "pool: \"{}\" is no IPv4 network of /8 to /{}", printable(options.pool, 60),
               kSubnetBits);
  }
  for (const auto& allowed : options.allow) {
    if (parse_prefix(allowed)) continue;
    return err(ErrorCode::InvalidArgument, "allow: \"{}\" is no IPv4 address or network", printable(allowed, 60));
  }
  return Ok{};
}

bool is_open(const PrivateNetworkOptions& options) {
  return std::ranges::find(options.allow, kEverything) != options.allow.end();
}

PrivateFirewall private_firewall(const PrivateNetworkOptions& options, const std::vector<std::string>& resolvers) {
  const std::string pool = options.pool.substr(0, options.pool.find('/'));
  PrivateFirewall out{.forwarded = "DROVER-" + pool, .to_host = "DROVER-" + pool + "-IN"};
  std::vector<std::string> allowed = {"-m conntrack --ctstate RELATED,ESTABLISHED"};
  for (const auto& target : options.allow) allowed.push_back("-d " + target);
  for (const auto& resolver : resolvers) {
    for (const char* protocol : {"udp", "tcp"}) {
      allowed.push_back(fmt::format("-d {} -p {} --dport 53", resolver, protocol));
    }
  }
  out.rules = fmt::format("*filter\n:{} - [0:0]\n:{} - [0:0]\n", out.forwarded, out.to_host);
  const auto add = [&](const std::string& chain, const std::string& match, const char* target) {
    out.rules += fmt::format("-A {} {}{}-j {}\n", chain, match, match.empty() ? "" : " ", target);
  };
  for (const auto& match : allowed) {
    add(out.forwarded, match, "RETURN");
    add(out.to_host, match, "RETURN");
  }
  // Networks of the pool are kept apart by the engine.
  add(out.forwarded, "-d " + options.pool, "RETURN");
  for (const char* network : kNotTheInternet) add(out.forwarded, std::string("-d ") + network, "REJECT");
  add(out.to_host, "", "REJECT");
  out.rules += "COMMIT\n";
  return out;
}

std::vector<std::string> resolvers_of(std::string_view resolv_conf) {
  std::vector<std::string> out;
  for (const auto& line : split(resolv_conf, '\n')) {
    constexpr std::string_view kKey = "nameserver";
    if (!line.starts_with(kKey)) continue;
    const std::string server(trim(std::string_view(line).substr(kKey.size())));
    const auto address = parse_prefix(server);
    if (address && address->bits == 32 && address->address >> 24 != 127) out.push_back(server);
  }
  return out;
}

net::Task<Result<std::string>> make_private_network(DriverContext context, std::shared_ptr<const DockerApi> api,
                                                    DockerOptions options, std::shared_ptr<FirewallTurn> turn,
                                                    std::string alloc_id) {
  CO_TRY(co_await protect_in_turn(context, options.private_networks, turn));
  const std::string name = private_network_name(alloc_id);
  const auto existing = co_await api->get("/networks/" + name, kTimeout);
  if (existing) co_return name;
  Error last(ErrorCode::ResourceExhausted, "no free subnet in " + options.private_networks.pool);
  for (size_t n = 0; n < kMaxTries; ++n) {
    const std::string subnet = private_subnet(options.private_networks.pool, alloc_id, n);
    if (subnet.empty()) break;
    const auto created = co_await api->post("/networks/create", spec_of(name, alloc_id, subnet, options), kTimeout);
    if (created) co_return name;
    if (!overlaps(created.error())) co_return err(created.error().context("creating the network of the allocation"));
    last = created.error();
  }
  co_return err(last.context("creating the network of the allocation"));
}

net::Task<Status> remove_private_network(std::shared_ptr<const DockerApi> api, std::string name) {
  const auto removed = co_await api->remove("/networks/" + name);
  if (!removed && removed.error().code() != ErrorCode::NotFound) co_return removed;
  co_return Ok{};
}

net::Task<Status> sweep_private_networks(const DockerApi& api, const DockerOptions& options,
                                         const KnownNetworks& known) {
  const Value filters =
      Value::Object{{"label", Value::Array{std::string(kOwnerLabel) + "=" + options.owner, std::string(kAllocLabel)}}};
  CO_TRY_LET(const auto networks, co_await api.get("/networks?filters=" + net::url_encode(codec::dump(filters))));
  if (!networks.as_array()) co_return Ok{};
  for (const auto& network : *networks.as_array()) {
    const std::string name = text_at(network, "Name");
    if (known.contains(name) || options.gc_dangling.dry_run) continue;
    const auto removed = co_await api.remove("/networks/" + text_at(network, "Id"));
    if (removed) log::warn("docker network removed: no allocation is known for it", {{"network", name}});
  }
  co_return Ok{};
}

}  // namespace drover::drivers
