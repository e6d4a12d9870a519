#include "client/network/network_record.h"
#include "codec/describe.h"

namespace drover::client {

void describe(codec::StructBuilder& d, NetworkRecord& r) {
  auto& [netns, driver, container, config, runtime, args, result, interface, ip, private_network] = r;
  d.name("NetworkRecord");
  d.field(1, netns, "Netns");
  d.field(2, driver, "Driver");
  d.field(3, container, "Container");
  d.field(4, config, "Config");
  d.field(5, runtime, "Runtime");
  d.field(6, args, "Args");
  d.field(7, result, "Result");
  d.field(8, interface, "Interface");
  d.field(9, ip, "IP");
  d.field(10, private_network, "PrivateNetwork");
}

}  // namespace drover::client
