#pragma once

#include "codec/fwd.h"

#include <string>

namespace drover::client {

// The network of an allocation that is not on the host's: what is needed to use it, and to remove it without a trace,
// also by a later agent with another configuration.
struct NetworkRecord {
  std::string netns;      // the name of its namespace
  std::string driver;     // that holds the namespace by a container of its own; "": none does
  std::string container;  // that container
  std::string config;     // the list of CNI plugins, as JSON; "": nothing but loopback
  std::string runtime;    // what the plugins were told of the allocation: port mappings, …
  std::string args;       // CNI_ARGS
  std::string result;     // what they answered; "": not yet
  std::string interface;  // "eth0"
  std::string ip;
  std::string private_network;  // of `driver`, instead of a namespace for all tasks
};
void describe(codec::StructBuilder& d, NetworkRecord& r);

}  // namespace drover::client
