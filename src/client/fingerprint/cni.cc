#include "client/fingerprint/fingerprint.h"
#include "client/network/alloc_network.h"
#include "sys/users.h"

namespace drover::client {

// What the scheduler looks at for groups of mode "bridge" and "cni/<name>". Only root can give tasks networks.
void fingerprint_cni(const FingerprintContext& context, model::Node& node) {
  if (!sys::running_as_root()) return;
  const auto& network = context.options.network;
  const auto versions = CniPlugins(network.cni_path).versions();
  for (const auto& [name, version] : versions) node.attributes["plugins.cni.version." + name] = version;
  for (const auto& [name, file] : configured_networks(network.cni_config_dir)) {
    node.attributes["plugins.cni.config." + name] = "1";
  }
  for (const char* needed : {"bridge", "firewall", "host-local", "portmap"}) {
    if (!versions.contains(needed)) {
      // Without all of them the bridge cannot be had, whatever else is installed.
      node.attributes.erase("plugins.cni.version.bridge");
      return;
    }
  }
  node.attributes["nomad.bridge"] = network.bridge_name;
}

}  // namespace drover::client
