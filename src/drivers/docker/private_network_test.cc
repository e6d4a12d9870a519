#include "drivers/docker/private_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace drover::drivers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(PrivateNetwork, AnAllocationTriesEachSubnetOfThePoolOnce) {
  std::set<std::string> seen;
  for (size_t n = 0; n < 1024; ++n) seen.insert(private_subnet("10.213.0.0/16", "some-allocation", n));
  EXPECT_EQ(seen.size(), 1024u);
  EXPECT_TRUE(seen.contains("10.213.0.0/26") && seen.contains("10.213.255.192/26"));
  EXPECT_EQ(private_subnet("10.213.0.0/16", "some-allocation", 1024), "");
  EXPECT_EQ(private_subnet("10.213.7.0/26", "any", 0), "10.213.7.0/26");
}

TEST(PrivateNetwork, TheFirstSubnetIsTheAllocationsOwn) {
  EXPECT_EQ(private_subnet("10.213.0.0/16", "a", 0), private_subnet("10.213.0.0/16", "a", 0));
  EXPECT_NE(private_subnet("10.213.0.0/16", "a", 0), private_subnet("10.213.0.0/16", "b", 0));
}

TEST(PrivateNetwork, OnlyAddressesAndNetworksAreSettings) {
  EXPECT_TRUE(check_private_networks({}).has_value());
  EXPECT_TRUE(check_private_networks({.pool = "10.0.0.0/8", .allow = {"1.2.3.4", "0.0.0.0/0"}}).has_value());
  for (const char* pool : {"", "10.0.0.0", "10.0.0.0/27", "10.0.0.0/x", "::/64"}) {
    EXPECT_FALSE(check_private_networks({.pool = pool}).has_value()) << pool;
  }
  for (const char* allowed : {"", "host", "1.2.3.4/33", "1.2.3.4 -j ACCEPT"}) {
    EXPECT_FALSE(check_private_networks({.allow = {allowed}}).has_value()) << allowed;
  }
}

TEST(PrivateNetwork, TheFirewallLetsAnswersAndTheInternetThroughAndNothingBeside) {
  const auto firewall = private_firewall({.pool = "10.213.0.0/16", .allow = {"192.168.1.7"}}, {"192.168.1.1"});
  EXPECT_EQ(firewall.forwarded, "DROVER-10.213.0.0");
  const std::string& rules = firewall.rules;
  const auto at = [&](const std::string& line) { return rules.find("-A " + line + "\n"); };
  EXPECT_LT(at("DROVER-10.213.0.0 -d 192.168.1.7 -j RETURN"), at("DROVER-10.213.0.0 -d 192.168.0.0/16 -j REJECT"));
  EXPECT_LT(at("DROVER-10.213.0.0 -d 10.213.0.0/16 -j RETURN"), at("DROVER-10.213.0.0 -d 10.0.0.0/8 -j REJECT"));
  EXPECT_THAT(rules, HasSubstr("-A DROVER-10.213.0.0 -d 169.254.0.0/16 -j REJECT\n"));
  EXPECT_THAT(rules, HasSubstr("-A DROVER-10.213.0.0-IN -d 192.168.1.1 -p udp --dport 53 -j RETURN\n"));
  EXPECT_THAT(rules, HasSubstr("-A DROVER-10.213.0.0-IN -j REJECT\nCOMMIT\n"));
  EXPECT_THAT(rules, Not(HasSubstr("-d 0.0.0.0/0")));
}

TEST(PrivateNetwork, EverythingAllowedNeedsNoFirewall) {
  EXPECT_FALSE(is_open({}));
  EXPECT_TRUE(is_open({.allow = {"0.0.0.0/0"}}));
}

TEST(PrivateNetwork, NameServersOnTheHostsLoopbackAreNotAskedByContainers) {
  EXPECT_THAT(resolvers_of("# x\nnameserver 192.168.1.1\nnameserver 127.0.0.53\nnameserver ::1\nsearch a\n"),
              ElementsAre("192.168.1.1"));
}

}  // namespace
}  // namespace drover::drivers
