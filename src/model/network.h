#pragma once

#include "codec/fwd.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::model {

// A port that a task or group asks for.
struct Port {
  std::string label;
  int32_t value = 0;         // the host port; 0 in a request for a dynamic one
  int32_t to = 0;            // the port inside the task's network, 0: the same as the host port
  std::string host_network;  // the name of one of the client's; "": its default one
  bool ignore_collision = false;
};
void describe(codec::StructBuilder& d, Port& r);

// What resolv.conf holds in a group's own network.
struct DnsConfig {
  std::vector<std::string> servers;
  std::vector<std::string> searches;
  std::vector<std::string> options;
};
void describe(codec::StructBuilder& d, DnsConfig& r);

// Arguments for the plugins of a `cni/…` network.
struct CniConfig {
  std::map<std::string, std::string> args;
};
void describe(codec::StructBuilder& d, CniConfig& r);

// A network that a task (old form) or a group asks for: facts 1.9.
struct Network {
  std::string mode;  // group only: "" (host), "host", "bridge", "none" or "cni/<name>"
  std::string device;
  std::string cidr;
  std::string ip;
  int32_t mbits = 0;
  std::vector<Port> reserved_ports;
  std::vector<Port> dynamic_ports;
  std::string hostname;
  std::optional<DnsConfig> dns;
  std::optional<CniConfig> cni;
};
void describe(codec::StructBuilder& d, Network& r);

// A port that an allocation holds on its node.
struct AllocatedPort {
  std::string task;  // "" for a port of the group
  std::string label;
  int32_t value = 0;
  int32_t to = 0;
  std::string host_ip;
};
void describe(codec::StructBuilder& d, AllocatedPort& r);

// Dynamic ports are taken from [kMinDynamicPort, kMaxDynamicPort).
inline constexpr int32_t kMinDynamicPort = 20000;
inline constexpr int32_t kMaxDynamicPort = 32000;
inline constexpr int32_t kMaxPort = 65535;

}  // namespace drover::model
