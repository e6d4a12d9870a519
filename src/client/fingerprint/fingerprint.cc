#include "client/fingerprint/fingerprint.h"

namespace drover::client {
namespace {

constexpr Fingerprint kFingerprints[] = {
    {"host", fingerprint_host},
    {"cpu", fingerprint_cpu},
    {"memory", fingerprint_memory},
    {"storage", fingerprint_storage},
    {"network", fingerprint_network},
    {"signals", fingerprint_signals},
    {"cgroup", fingerprint_cgroup},
    {"version", fingerprint_version},
    {"cni", fingerprint_cni},
    {"host_networks", fingerprint_host_networks},
    {"host_volumes", fingerprint_host_volumes},
};

}  // namespace

std::span<const Fingerprint> fingerprints() {
  return kFingerprints;
}

void fingerprint_node(const FingerprintContext& context, model::Node& node) {
  const ClientOptions& options = context.options;
  node.name = options.node_name;
  node.datacenter = options.datacenter;
  node.node_class = options.node_class;
  node.node_pool = options.node_pool;
  node.meta = options.meta;
  node.http_addr = options.http_addr;
  node.reserved = options.reserved;
  for (const auto& fingerprint : kFingerprints) fingerprint.run(context, node);
}

bool apply_driver(model::Node& node, const std::string& name, const model::DriverInfo& info) {
  auto& known = node.drivers[name];
  const bool same = known.attributes == info.attributes && known.detected == info.detected &&
                    known.healthy == info.healthy && known.health_description == info.health_description;
  if (same && known.update_time.unix_nanos != 0) return false;
  for (const auto& [key, value] : known.attributes) node.attributes.erase(key);
  for (const auto& [key, value] : info.attributes) node.attributes[key] = value;
  known = info;
  return true;
}

}  // namespace drover::client
