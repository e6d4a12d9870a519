#pragma once

#include "base/clock.h"
#include "client/allocs/alloc_gc.h"
#include "client/network/network_options.h"
#include "model/ids.h"
#include "model/node.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::client {

// The agent's `client` block and what it shares with the rest of the agent.
struct ClientOptions {
  std::string data_dir;   // absolute; <data_dir>/client is the agent's own state
  std::string alloc_dir;  // "": <data_dir>/alloc

  std::string node_name;  // "": the host's name
  std::string region = model::kDefaultRegion;
  std::string datacenter = "dc1";
  std::string node_class;
  std::string node_pool = model::kDefaultNodePool;
  std::map<std::string, std::string> meta;
  std::string http_addr;       // "ip:port" of this agent's HTTP API
  std::string expose_address;  // of this agent's proxy of exposed ports, for other agents; "": it has none
  std::string expose_domain;   // what follows the ids of exposed ports, with the port; "": no proxy

  std::string network_ip;         // where tasks' ports are reached; "": the address of the interface
  std::string network_interface;  // "": the one with the default route; in -dev mode loopback
  NetworkOptions network;
  int32_t network_speed = 0;      // Mbit/s, 0: as fingerprinted
  int64_t cpu_total_compute = 0;  // MHz, 0: as fingerprinted
  int64_t memory_total_mb = 0;    // 0: as fingerprinted
  model::NodeCapacity reserved;
  std::map<std::string, model::HostVolume> host_volumes;  // that the operator offers
  std::map<std::string, std::string> environment;         // this process's, of which some tasks inherit a part
  std::map<std::string, std::string> options;             // Nomad's client options; "env.denylist" is used here

  Duration max_kill_timeout = std::chrono::seconds(30);
  Duration fingerprint_interval = std::chrono::seconds(5);  // of drivers and the disk
  GcOptions gc;                                             // of allocations that the server still knows
  std::string cgroup_parent = "drover";
  bool disable_remote_exec = false;  // nobody runs commands in tasks
  bool dev_mode = false;
  std::string version;  // of this program: the attributes nomad.version and drover.version
};

}  // namespace drover::client
