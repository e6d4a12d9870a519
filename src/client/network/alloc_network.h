#pragma once

#include "base/result.h"
#include "client/network/cni.h"
#include "client/network/network_options.h"
#include "client/network/network_record.h"
#include "model/allocation.h"
#include "model/job.h"

#include <string>

// Networks of allocations: mode "bridge", "none" and "cni/<name>". All of it blocks.
namespace drover::client {

// What the group asks for; null if that is nothing.
const model::Network* network_of(const model::TaskGroup& group);
// Whether each of its tasks has a place of its own on a network of the allocation: mode "private".
bool has_private_network(const model::TaskGroup& group);
// Whether its tasks are elsewhere than on the host's network.
bool has_own_network(const model::TaskGroup& group);

// What the plugins of the default bridge are told: Nomad's bridge, with its keys and names.
CniNetwork bridge_network(const NetworkOptions& options);

// Ports that are forwarded, for TCP and UDP, as the capability "portMappings" has them.
codec::Value port_mappings(const model::Allocation& alloc);

// resolv.conf; "" if the group says nothing of it.
std::string resolv_conf(const model::TaskGroup& group);

// The operator's networks: name → file.
std::map<std::string, std::string> configured_networks(const std::string& folder);

class AllocNetworks {
 public:
  explicit AllocNetworks(NetworkOptions options);

  // What set_up() is going to do: to be kept before it begins, because it is what tear_down() needs. Errors: no such
  // network.
  Result<NetworkRecord> plan(const model::Allocation& alloc, const model::TaskGroup& group) const;

  // Makes the namespace, unless a driver has made it, and attaches it. What an earlier attempt left is removed first.
  Status set_up(const model::AllocId& alloc, NetworkRecord& record) const;

  // True if it was set up and is still there: the machine has not been restarted.
  bool is_there(const NetworkRecord& record) const;

  // Leaves nothing of it. Idempotent.
  Status tear_down(const model::AllocId& alloc, const NetworkRecord& record) const;

  // What an allocation left whose record is lost, as far as that can be told.
  void remove_leftovers(const model::AllocId& alloc) const;

 private:
  Result<CniNetwork> find_network(const std::string& mode) const;
  Status admit_bridge() const;

  NetworkOptions options_;
  CniPlugins plugins_;
};

}  // namespace drover::client
