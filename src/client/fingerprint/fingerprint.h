#pragma once

#include "client/options.h"
#include "model/node.h"

#include <span>
#include <string>

// What the machine is and has: one function a subject, each in a file of its own, all in one list.
namespace drover::client {

struct FingerprintContext {
  const ClientOptions& options;
  std::string alloc_root;
};

struct Fingerprint {
  const char* name;
  // Adds what it finds; what cannot be told is left out. Blocks.
  void (*run)(const FingerprintContext& context, model::Node& node);
};

std::span<const Fingerprint> fingerprints();

// All of them, and what the configuration says about the node. Blocks.
void fingerprint_node(const FingerprintContext& context, model::Node& node);

void fingerprint_cgroup(const FingerprintContext& context, model::Node& node);
void fingerprint_cni(const FingerprintContext& context, model::Node& node);
void fingerprint_cpu(const FingerprintContext& context, model::Node& node);
void fingerprint_host(const FingerprintContext& context, model::Node& node);
void fingerprint_host_networks(const FingerprintContext& context, model::Node& node);
void fingerprint_host_volumes(const FingerprintContext& context, model::Node& node);
void fingerprint_memory(const FingerprintContext& context, model::Node& node);
void fingerprint_network(const FingerprintContext& context, model::Node& node);
void fingerprint_signals(const FingerprintContext& context, model::Node& node);
void fingerprint_storage(const FingerprintContext& context, model::Node& node);
void fingerprint_version(const FingerprintContext& context, model::Node& node);

// Takes over what a driver says of itself: true if it is another thing than before.
bool apply_driver(model::Node& node, const std::string& name, const model::DriverInfo& info);

}  // namespace drover::client
