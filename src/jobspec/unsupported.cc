#include "jobspec/unsupported.h"

namespace drover::jobspec {
namespace {

// clang-format off
constexpr UnsupportedKey kUnsupported[] = {
    {"Job", "Namespace", "default"},
    {"Job", "Multiregion"},
    {"Job", "Vault"},
    {"Job", "ConsulToken"},
    {"Job", "VaultToken"},
    {"Job", "ConsulNamespace"},
    {"Job", "VaultNamespace"},
    {"TaskGroup", "Vault"},
    {"TaskGroup", "Consul"},
    {"Task", "Vault"},
    {"Task", "Consul"},
    {"Task", "ScalingPolicies"},
    {"Task", "CSIPluginConfig"},
    {"Task", "Kind"},
    {"Task", "Identity"},
    {"Task", "Identities"},
    {"Task", "Actions"},
    {"Task", "Schedule"},
    {"Task", "Secrets"},
    {"Volume", "Type", "host|alloc"},
    {"Volume", "Sticky"},
    {"Consul", "Cluster", "default"},
    {"Identity", "Name", "default"},
    {"Identity", "Audience", "[\"nomadproject.io\"]"},
    {"Resources", "NUMA"},
    {"Service", "AddressMode", "auto|host|driver|alloc"},
    {"Service", "TaggedAddresses"},
    {"Service", "EnableTagOverride"},
    {"Service", "Connect"},
    {"Service", "Provider", "nomad|consul"},
    {"Service", "Cluster", "default"},
    {"Service", "Weights"},
    {"Service", "Identity"},
    {"Service", "Kind"},
    {"Check", "AddressMode", "host|driver|alloc"},
    {"Check", "Expose"},
    {"Check", "Advertise"},
};
// clang-format on

}  // namespace

std::span<const UnsupportedKey> unsupported_keys() {
  return kUnsupported;
}

}  // namespace drover::jobspec
