#include "client/fingerprint/host_networks.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using Found = std::map<std::string, std::string>;

const std::vector<sys::NetworkInterface> kInterfaces = {
    {.name = "lo", .loopback = true, .addresses = {{.ip = "127.0.0.1"}}},
    {.name = "eth0", .addresses = {{.ip = "10.1.2.3"}, {.ip = "fe80::1", .ipv6 = true, .link_local = true}}},
    {.name = "eth1", .addresses = {{.ip = "203.0.113.7"}, {.ip = "2001:db8::7", .ipv6 = true}}},
};

TEST(HostNetworks, AreFoundByInterfaceOrRangeOfAddresses) {
  EXPECT_EQ(find_host_networks({{"public", {.cidr = "203.0.113.0/24"}},
                                {"private", {.interface = "eth0"}},
                                {"six", {.cidr = "2001:db8::/32", .interface = "eth1"}},
                                {"nowhere", {.cidr = "198.51.100.0/24"}},
                                {"both", {.cidr = "10.0.0.0/8", .interface = "eth1"}}},
                               kInterfaces),
            (Found{{"public", "203.0.113.7"}, {"private", "10.1.2.3"}, {"six", "2001:db8::7"}}));
}

}  // namespace
}  // namespace drover::client
