#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/strings.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr size_t kMaxHostName = 253;
constexpr size_t kMaxLabel = 63;  // of a name in the DNS: RFC 1123

bool is_port_label(const std::string& label) {
  return !label.empty() && std::ranges::all_of(label, [](unsigned char c) {
    return (std::isalnum(c) != 0 && c < 0x80) || c == '_' || c == '-';
  });
}

void validate_collision(const Port& port, bool reserved, const Network& network, const Problems& problems) {
  if (!port.ignore_collision) return;
  if (!reserved) return problems.error("ignore_collision is possible for static ports only");
  if (network.mode != "" && network.mode != "host") {
    problems.error("ignore_collision is possible with network mode host only, not with {}",
                   printable(network.mode, 80));
  }
}

// The labels of one network; they become names of environment variables, which is why case does not tell them apart.
void validate_port(const Port& port, bool reserved, const Network& network, std::set<std::string>& labels,
                   const Problems& problems) {
  if (!is_port_label(port.label)) {
    problems.at("Label").error("port label \"{}\" must be letters, digits, \"_\" and \"-\"", printable(port.label, 80));
  } else if (!labels.insert(to_lower(port.label)).second) {
    problems.at("Label").error("port label \"{}\" is used twice in this network (case does not count)", port.label);
  }
  if (reserved && (port.value < 1 || port.value > kMaxPort)) {
    problems.at("Value").error("static port {} of \"{}\" must be between 1 and {}", port.value,
                               printable(port.label, 80), kMaxPort);
  }
  if (port.to < -1 || port.to > kMaxPort) {
    problems.at("To").error("port {} inside the task must be between 1 and {}, or -1 for the host port", port.to,
                            kMaxPort);
  }
  if (!is_open(port.host_network) && !port.host_network.empty() && !is_port_label(port.host_network)) {
    problems.at("HostNetwork")
        .error("\"{}\" is no name of a host network: letters, digits, \"_\" and \"-\"",
               printable(port.host_network, 80));
  }
  validate_collision(port, reserved, network, problems.at("IgnoreCollision"));
}

// Four numbers with dots, or at least two colons as every IPv6 address has.
bool looks_like_address(const std::string& text) {
  const auto parts = split(text, '.');
  const bool four = parts.size() == 4 && std::ranges::all_of(parts, [](const std::string& part) {
                      const auto number = parse_uint(part);
                      return number && *number <= 255;
                    });
  const bool six =
      std::ranges::count(text, ':') >= 2 && text.find_first_not_of("0123456789abcdefABCDEF:.%") == std::string::npos;
  return four || six;
}

void validate_dns(const DnsConfig& dns, const Problems& problems) {
  for (size_t i = 0; i < dns.servers.size(); ++i) {
    if (is_open(dns.servers[i]) || looks_like_address(dns.servers[i])) continue;
    problems.at("Servers", i).error("\"{}\" is not the IP address of a name server", printable(dns.servers[i], 80));
  }
  const auto has_breaks = [](const std::string& text) {
    return text.empty() || text.find_first_of(std::string_view(" \t\r\n\0", 5)) != std::string::npos;
  };
  for (size_t i = 0; i < dns.searches.size(); ++i) {
    if (has_breaks(dns.searches[i])) problems.at("Searches", i).error("a search domain is empty or holds a space");
  }
  for (size_t i = 0; i < dns.options.size(); ++i) {
    if (has_breaks(dns.options[i])) problems.at("Options", i).error("an option is empty or holds a space");
  }
}

void validate_mode(const Network& network, const Problems& problems) {
  const std::string& mode = network.mode;
  if (mode == "cni/") {
    problems.at("Mode").error("the name of the CNI network is missing, as in cni/mynet");
  } else if (!is_one_of(mode, {"", "host", "bridge", "private", "none"}) && !mode.starts_with("cni/")) {
    problems.at("Mode").error("unknown network mode \"{}\", it must be host, bridge, private, none or cni/<name>",
                              printable(mode, 80));
  }
  if (network.cni && !network.cni->args.empty() && !mode.starts_with("cni/")) {
    problems.at("CNI").error("cni arguments need a network of mode cni/<name>");
  }
  if (mode == "none" && !(network.reserved_ports.empty() && network.dynamic_ports.empty())) {
    problems.warning("a network of mode none is reached by nobody: its ports have no use");
  }
  if (!network.hostname.empty() && !is_open(network.hostname) && !is_host_name(network.hostname)) {
    problems.at("Hostname")
        .error("hostname \"{}\" must be letters, digits and hyphens in parts with dots between",
               printable(network.hostname, 80));
  }
}

void validate_network(const Network& network, const Problems& problems) {
  std::set<std::string> labels;
  if (network.mbits < 0) problems.at("MBits").error("mbits must not be negative, but is {}", network.mbits);
  validate_mode(network, problems);
  if (network.dns) validate_dns(*network.dns, problems.at("DNS"));
  for (size_t i = 0; i < network.reserved_ports.size(); ++i) {
    validate_port(network.reserved_ports[i], true, network, labels, problems.at("ReservedPorts", i));
  }
  for (size_t i = 0; i < network.dynamic_ports.size(); ++i) {
    validate_port(network.dynamic_ports[i], false, network, labels, problems.at("DynamicPorts", i));
  }
}

// One host network has every static port once, so a group cannot ask for it twice.
class StaticPorts {
 public:
  void add(std::span<const Network> networks, const std::string& owner, const Problems& problems) {
    for (size_t n = 0; n < networks.size(); ++n) {
      const auto& ports = networks[n].reserved_ports;
      for (size_t i = 0; i < ports.size(); ++i) {
        if (ports[i].ignore_collision) continue;
        const std::string host = ports[i].host_network.empty() ? "default" : ports[i].host_network;
        const auto [it, added] = owners_.emplace(std::pair(host, ports[i].value), owner);
        if (added) continue;
        problems.at("Networks", n)
            .at("ReservedPorts", i)
            .at("Value")
            .error("static port {} is also used by {}", ports[i].value, it->second);
      }
    }
  }

 private:
  std::map<std::pair<std::string, int32_t>, std::string> owners_;
};

}  // namespace

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxHostName) return false;
  for (const std::string& label : split(name, '.')) {
    const bool characters =
        std::ranges::all_of(label, [](unsigned char c) { return (std::isalnum(c) != 0 && c < 0x80) || c == '-'; });
    if (!characters || label.empty() || label.size() > kMaxLabel) return false;
    if (label.front() == '-' || label.back() == '-') return false;
  }
  return true;
}

void validate_networks(std::span<const Network> networks, const Problems& problems) {
  if (networks.size() > 1) {
    problems.at("Networks", 1).error("only one network is possible, {} are given", networks.size());
  }
  for (size_t i = 0; i < networks.size(); ++i) validate_network(networks[i], problems.at("Networks", i));
}

// A private network is the engine's, which only docker's tasks can be on.
void validate_network_drivers(const TaskGroup& group, const Problems& problems) {
  const auto is_private = [](const Network& network) { return network.mode == "private"; };
  if (std::ranges::none_of(group.networks, is_private)) return;
  for (size_t i = 0; i < group.tasks.size(); ++i) {
    const Task& task = group.tasks[i];
    if (is_one_of(task.driver, {"", "docker", "noop"}) || is_open(task.driver)) continue;
    problems.at("Tasks", i)
        .named("task", task.name)
        .at("Driver")
        .error("a task of {} cannot be on the group's network of mode private, which is docker's: use mode bridge",
               printable(task.driver, 80));
  }
}

void validate_ports(const TaskGroup& group, const Problems& problems) {
  StaticPorts ports;
  ports.add(group.networks, "the group", problems);
  for (size_t i = 0; i < group.tasks.size(); ++i) {
    const Task& task = group.tasks[i];
    ports.add(task.resources.networks, fmt::format("task \"{}\"", printable(task.name, 80)),
              problems.at("Tasks", i).named("task", task.name).at("Resources"));
  }
}

}  // namespace drover::model
