#include "agent/addresses.h"

#include "agent/expose.h"

#include <unistd.h>

#include "base/strings.h"
#include "sys/host.h"

namespace drover::agent {
namespace {

std::string with_port(const std::string& address, int32_t port) {
  const bool has_port = address.find(':') != std::string::npos && address.find(':') == address.rfind(':');
  return has_port ? address : fmt::format("{}:{}", address, port);
}

std::string host_of(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}

// What others can reach: the address that is bound, or the machine's own where all are.
std::string reachable(const std::string& bind) {
  if (bind != "0.0.0.0" && bind != "::") return bind;
  const auto primary = sys::primary_interface();
  if (primary && !primary->addresses.empty()) return primary->addresses.front().ip;
  return "127.0.0.1";
}

std::string first_of(const std::string& preferred, const std::string& otherwise) {
  return preferred.empty() ? otherwise : preferred;
}

}  // namespace

std::string Addresses::own_rpc(uint16_t port) const {
  return fmt::format("{}:{}", rpc_bind == "0.0.0.0" || rpc_bind == "::" ? "127.0.0.1" : rpc_bind, port);
}

Result<Addresses> resolve_addresses(const Config& config) {
  Addresses out;
  out.http_bind = first_of(config.addresses.http, config.bind_addr);
  out.rpc_bind = first_of(config.addresses.rpc, config.bind_addr);
  out.expose_bind = first_of(config.expose.address, config.bind_addr);
  out.http_advertise = with_port(first_of(config.advertise.http, reachable(out.http_bind)), config.ports.http);
  out.rpc_advertise = with_port(first_of(config.advertise.rpc, reachable(out.rpc_bind)), config.ports.rpc);
  std::vector<std::string> servers = config.client.servers;
  const auto& joined = config.client.server_join.retry_join;
  servers.insert(servers.end(), joined.begin(), joined.end());
  for (const std::string& server : servers) {
    if (trim(server).empty()) return err(ErrorCode::InvalidArgument, "client.servers: an address is empty");
    out.servers.push_back(with_port(server, config.ports.rpc));
    out.server_http.push_back(fmt::format("http://{}:{}", host_of(out.servers.back()), config.ports.http));
  }
  return out;
}

Result<std::vector<int32_t>> parse_ports(const std::string& text, const std::string& key) {
  std::vector<int32_t> ports;
  for (const std::string& part : split(text, ',')) {
    if (trim(part).empty()) continue;
    const auto ends = split(trim(part), '-');
    const auto first = parse_uint(trim(ends.front())), last = parse_uint(trim(ends.back()));
    if (!first || !last || ends.size() > 2 || *first > *last || *last > 65535) {
      return err(ErrorCode::InvalidArgument, "{}: \"{}\" is no port or range of ports", key, printable(part, 40));
    }
    for (uint64_t port = *first; port <= *last; ++port) ports.push_back(static_cast<int32_t>(port));
  }
  return ports;
}

Result<client::NetworkOptions> network_options(const ClientConfig& config) {
  client::NetworkOptions options{.cni_path = config.cni_path,
                                 .cni_config_dir = config.cni_config_dir,
                                 .bridge_name = config.bridge_network_name,
                                 .bridge_subnet = config.bridge_network_subnet,
                                 .bridge_hairpin_mode = config.bridge_network_hairpin_mode};
  constexpr size_t kMaxInterfaceName = 15;  // IFNAMSIZ
  if (options.bridge_name.empty() || options.bridge_name.size() > kMaxInterfaceName) {
    return err(ErrorCode::InvalidArgument, "client.bridge_network_name: \"{}\" must have 1 to {} characters",
               printable(options.bridge_name, 40), kMaxInterfaceName);
  }
  for (const auto& [name, network] : config.host_network) {
    const std::string key = "client.host_network." + name;
    if (network.cidr.empty() && network.interface.empty()) {
      return err(ErrorCode::InvalidArgument, "{}: give a cidr or an interface", key);
    }
    auto& out = options.host_networks[name];
    out = {.cidr = network.cidr, .interface = network.interface};
    TRY_LET(out.reserved_ports, parse_ports(network.reserved_ports, key + ".reserved_ports"));
  }
  return options;
}

Result<client::ClientOptions> client_options(const Config& config, const std::string& name,
                                             const Addresses& addresses) {
  client::ClientOptions options;
  options.data_dir = config.data_dir;
  options.alloc_dir = config.client.alloc_dir;
  options.node_name = name;
  options.region = config.region;
  options.datacenter = config.datacenter;
  options.node_class = config.client.node_class;
  options.node_pool = config.client.node_pool;
  options.meta = config.client.meta;
  options.http_addr = addresses.http_advertise;
  options.network_interface = config.client.network_interface;
  const bool one_address = config.bind_addr != "0.0.0.0" && config.bind_addr != "::";
  if (one_address && config.client.network_interface.empty()) options.network_ip = config.bind_addr;
  options.network_speed = config.client.network_speed;
  options.cpu_total_compute = config.client.cpu_total_compute;
  options.memory_total_mb = config.client.memory_total_mb;
  options.reserved.cpu = config.client.reserved.cpu;
  options.reserved.memory_mb = config.client.reserved.memory;
  options.reserved.disk_mb = config.client.reserved.disk;
  TRY_LET(options.reserved.ports, parse_ports(config.client.reserved.reserved_ports, "client.reserved.reserved_ports"));
  TRY_LET(options.network, network_options(config.client));
  for (const auto& [volume, given] : config.client.host_volume) {
    options.host_volumes[volume] = {.path = given.path, .read_only = given.read_only};
  }
  options.options = config.client.options;
  options.expose_address = expose_advertise(config, addresses.http_advertise);
  options.expose_domain = expose_authority(config.expose);
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) options.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  options.max_kill_timeout = config.client.max_kill_timeout;
  options.gc = {.max_allocs = config.client.gc_max_allocs,
                .disk_percent = config.client.gc_disk_usage_threshold,
                .inode_percent = config.client.gc_inode_usage_threshold,
                .parallel = config.client.gc_parallel_destroys,
                .interval = config.client.gc_interval};
  options.disable_remote_exec = config.client.disable_remote_exec;
  options.cgroup_parent = config.client.cgroup_parent;
  options.dev_mode = config.dev_mode;
  options.version = DROVER_VERSION;
  return options;
}

}  // namespace drover::agent
