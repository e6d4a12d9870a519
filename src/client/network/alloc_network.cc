#include "client/network/alloc_network.h"

#include "base/log.h"
#include "base/strings.h"
#include "codec/json.h"
#include "drivers/alloc_names.h"
#include "sys/command.h"
#include "sys/directory.h"
#include "sys/netns.h"

#include <algorithm>

namespace drover::client {
namespace {

using codec::Value;

// Known to operators from Nomad: rules of theirs may stand in it.
constexpr const char* kAdminChain = "NOMAD-ADMIN";
constexpr const char* kInterface = "eth0";
constexpr size_t kMaxConfigBytes = 1 << 20;

CniAttachment attachment_of(const model::AllocId& alloc, const NetworkRecord& record) {
  CniAttachment out{.container_id = alloc.str(),
                    .netns = sys::netns_path(record.netns),
                    .interface = kInterface,
                    .args = record.args};
  if (auto runtime = codec::parse_json(record.runtime)) out.runtime = std::move(*runtime);
  return out;
}

Status iptables(std::vector<std::string> args) {
  std::vector<std::string> argv = {"iptables", "--wait", "10"};
  argv.insert(argv.end(), std::make_move_iterator(args.begin()), std::make_move_iterator(args.end()));
  TRY_LET(const auto output, sys::run_command(std::move(argv)));
  if (!output.status.ok()) return err(ErrorCode::Unavailable, "{}", printable(std::string(trim(output.err)), 500));
  return Ok{};
}

std::string cni_args(const model::Network& network) {
  std::string out = "IgnoreUnknown=true";
  if (!network.cni) return out;
  for (const auto& [name, value] : network.cni->args) out += ";" + name + "=" + value;
  return out;
}

}  // namespace

const model::Network* network_of(const model::TaskGroup& group) {
  return group.networks.empty() ? nullptr : &group.networks.front();
}

bool has_private_network(const model::TaskGroup& group) {
  const auto* network = network_of(group);
  return network && network->mode == "private";
}

bool has_own_network(const model::TaskGroup& group) {
  const auto* network = network_of(group);
  return network && !network->mode.empty() && network->mode != "host";
}

CniNetwork bridge_network(const NetworkOptions& options) {
  Value::Array ranges = {Value(Value::Array{Value::Object{{"subnet", options.bridge_subnet}}})};
  Value ipam = Value::Object{{"type", "host-local"},
                             {"ranges", std::move(ranges)},
                             {"routes", Value::Array{Value::Object{{"dst", "0.0.0.0/0"}}}}};
  CniNetwork out{.name = options.bridge_name, .version = "0.4.0"};
  out.plugins = {
      Value::Object{{"type", "bridge"},
                    {"bridge", options.bridge_name},
                    {"ipMasq", true},
                    {"isGateway", true},
                    {"forceAddress", true},
                    {"hairpinMode", options.bridge_hairpin_mode},
                    {"ipam", std::move(ipam)}},
      Value::Object{{"type", "firewall"}, {"backend", "iptables"}, {"iptablesAdminChainName", kAdminChain}},
      Value::Object{{"type", "portmap"}, {"capabilities", Value::Object{{"portMappings", true}}}, {"snat", true}}};
  return out;
}

Value port_mappings(const model::Allocation& alloc) {
  Value::Array out;
  for (const auto& port : alloc.ports) {
    if (!port.task.empty()) continue;
    for (const char* protocol : {"tcp", "udp"}) {
      Value mapping = Value::Object{{"hostPort", int64_t{port.value}},
                                    {"containerPort", int64_t{port.to > 0 ? port.to : port.value}},
                                    {"protocol", protocol}};
      if (!port.host_ip.empty()) mapping.set("hostIP", port.host_ip);
      out.push_back(std::move(mapping));
    }
  }
  return out;
}

std::string resolv_conf(const model::TaskGroup& group) {
  const auto* network = network_of(group);
  if (!network || !network->dns) return "";
  std::string out;
  for (const auto& server : network->dns->servers) out += "nameserver " + server + "\n";
  if (!network->dns->searches.empty()) out += "search " + join(network->dns->searches, " ") + "\n";
  if (!network->dns->options.empty()) out += "options " + join(network->dns->options, " ") + "\n";
  return out;
}

std::map<std::string, std::string> configured_networks(const std::string& folder) {
  std::map<std::string, std::string> out;
  const auto directory = sys::Directory::open(folder);
  if (!directory) return out;
  const auto entries = directory->list("");
  if (!entries) return out;
  for (const auto& entry : *entries) {
    const bool named =
        entry.name.ends_with(".conflist") || entry.name.ends_with(".conf") || entry.name.ends_with(".json");
    if (!named) continue;
    const auto text = directory->read(entry.name, kMaxConfigBytes);
    const auto network = text ? parse_cni_network(*text) : Result<CniNetwork>(err(text.error()));
    if (network) {
      out.emplace(network->name, folder + "/" + entry.name);
    } else {
      log::warn("a CNI network cannot be read", {{"file", entry.name}, {"error", network.error().message()}});
    }
  }
  return out;
}

// ---- AllocNetworks

AllocNetworks::AllocNetworks(NetworkOptions options) : options_(std::move(options)), plugins_(options_.cni_path) {}

Result<CniNetwork> AllocNetworks::find_network(const std::string& mode) const {
  if (mode == "bridge") return bridge_network(options_);
  const std::string name = mode.substr(std::string_view("cni/").size());
  const auto networks = configured_networks(options_.cni_config_dir);
  const auto found = networks.find(name);
  if (found == networks.end()) {
    return err(ErrorCode::NotFound, "there is no CNI network \"{}\" in {}", printable(name), options_.cni_config_dir);
  }
  TRY_LET(const auto text, sys::read_file(found->second, kMaxConfigBytes));
  return parse_cni_network(text);
}

Result<NetworkRecord> AllocNetworks::plan(const model::Allocation& alloc, const model::TaskGroup& group) const {
  const auto* network = network_of(group);
  CHECK(network != nullptr, "a network is planned for groups that have one");
  NetworkRecord record{.netns = drivers::alloc_netns_name(alloc.id.str())};
  if (network->mode == "none") return record;
  TRY_LET(const auto cni, find_network(network->mode));
  record.config = to_json(cni);
  record.runtime = codec::dump(Value::Object{{"portMappings", port_mappings(alloc)}});
  record.args = cni_args(*network);
  return record;
}

// Traffic to the bridge that other machines begin is let through also where the default is to drop it, as it is next to
// Docker. The rule belongs to the node, not to an allocation: it stays.
Status AllocNetworks::admit_bridge() const {
  const std::vector<std::string> rule = {"-o", options_.bridge_name, "-d", options_.bridge_subnet, "-j", "ACCEPT"};
  const auto with = [&](const char* action) {
    std::vector<std::string> args = {action, kAdminChain};
    args.insert(args.end(), rule.begin(), rule.end());
    return args;
  };
  if (iptables(with("-C"))) return Ok{};
  std::ignore = iptables({"-N", kAdminChain});
  return iptables(with("-A"));
}

Status AllocNetworks::set_up(const model::AllocId& alloc, NetworkRecord& record) const {
  if (record.driver.empty()) {
    TRY(tear_down(alloc, record));
    TRY(sys::create_netns(record.netns));
  }
  if (record.config.empty()) {
    record.result = "{}";
    return Ok{};
  }
  TRY_LET(const auto network, parse_cni_network(record.config));
  if (network.name == options_.bridge_name) TRY(admit_bridge());
  const auto attachment = attachment_of(alloc, record);
  auto result = plugins_.add(network, attachment);
  if (!result) {
    std::ignore = tear_down(alloc, record);
    return err(result.error());
  }
  const auto address = address_of_result(*result, kInterface);
  if (address) {
    record.interface = address->interface;
    record.ip = address->ip;
  }
  record.result = std::move(*result);
  return Ok{};
}

bool AllocNetworks::is_there(const NetworkRecord& record) const {
  return !record.result.empty() && sys::netns_exists(record.netns);
}

Status AllocNetworks::tear_down(const model::AllocId& alloc, const NetworkRecord& record) const {
  Status detached = Ok{};
  if (!record.config.empty()) {
    TRY_LET(const auto network, parse_cni_network(record.config));
    detached = plugins_.remove(network, attachment_of(alloc, record), record.result);
  }
  TRY(sys::remove_netns(record.netns));
  return detached;
}

void AllocNetworks::remove_leftovers(const model::AllocId& alloc) const {
  NetworkRecord record{.netns = drivers::alloc_netns_name(alloc.str())};
  if (!sys::netns_exists(record.netns)) return;
  record.config = to_json(bridge_network(options_));
  const auto removed = tear_down(alloc, record);
  if (!removed) log::warn("a network is left", {{"alloc", alloc.str()}, {"error", removed.error().message()}});
}

}  // namespace drover::client
