#include "net/address.h"

#include <gtest/gtest.h>

namespace drover::net {
namespace {

TEST(Address, KnowsWhereItLeads) {
  const auto all_are = [](AddressKind kind, std::initializer_list<const char*> addresses) {
    for (const char* address : addresses) EXPECT_EQ(kind_of_address(address), kind) << address;
  };
  all_are(AddressKind::Loopback, {"127.0.0.1", "127.255.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"});
  all_are(AddressKind::LinkLocal, {"169.254.169.254", "fe80::1%eth0", "fd00:ec2::254", "64:ff9b::169.254.169.254"});
  all_are(AddressKind::Local,
          {"10.1.2.3", "172.31.0.1", "192.168.1.1", "100.100.100.200", "fd12::1", "224.0.0.1", "2002:c0a8:101::1"});
  all_are(AddressKind::Public, {"8.8.8.8", "172.32.0.1", "2606:4700::1111"});
  EXPECT_FALSE(kind_of_address("localhost"));
}

TEST(Address, IsWithinANetwork) {
  EXPECT_TRUE(is_within("10.1.2.0/23", "10.1.3.255"));
  EXPECT_FALSE(is_within("10.1.2.0/23", "10.1.4.0"));
  EXPECT_TRUE(is_within("0.0.0.0/0", "1.2.3.4"));
  EXPECT_TRUE(is_within("1.2.3.4", "1.2.3.4"));
  EXPECT_FALSE(is_within("0.0.0.0/0", "::1"));
  EXPECT_FALSE(is_within("nonsense", "1.2.3.4"));
  EXPECT_TRUE(is_network("fd00::/8"));
  EXPECT_FALSE(is_network("1.2.3.4/33"));
}

TEST(Address, StandsBeforeAPortAsInAUrl) {
  EXPECT_EQ(host_port("10.0.0.1", 80), "10.0.0.1:80");
  EXPECT_EQ(host_port("::1", 80), "[::1]:80");
  EXPECT_EQ(host_port("name", 0), "name:0");
}

}  // namespace
}  // namespace drover::net
