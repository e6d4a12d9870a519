#pragma once

#include "codec/fwd.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover::model {

// A port that a task or group asks for.
struct Port {
  std::string label;
  int32_t value = 0;         // the host port; 0 in a request for a dynamic one
  int32_t to = 0;            // the port inside the task's network, 0: the same as the host port
  std::string host_network;  // only "" and "default" for now
};
void describe(codec::StructBuilder& d, Port& r);

// A network that a task (old form) or a group asks for: facts 1.9.
struct Network {
  std::string mode;  // group only: "" and "host" for now
  std::string device;
  std::string cidr;
  std::string ip;
  int32_t mbits = 0;
  std::vector<Port> reserved_ports;
  std::vector<Port> dynamic_ports;
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
