#include "client/network/alloc_network.h"

#include "base/uuid.h"
#include "codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

using testing::HasSubstr;

constexpr const char* kResult =
    R"({"cniVersion":"0.4.0","ips":[{"version":"6","address":"fd00::2/64"},{"version":"4","address":"172.26.64.2/20"}]})";

TEST(CniNetwork, IsAListOfPluginsOrOne) {
  const auto list = parse_cni_network(R"({"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a"},{"type":"b"}]})");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->name, "n");
  EXPECT_EQ(list->plugins.size(), 2u);
  const auto one = parse_cni_network(R"({"name":"m","type":"macvlan"})");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->plugins.size(), 1u);
  EXPECT_EQ(to_json(*parse_cni_network(to_json(*list))), to_json(*list));
}

TEST(CniNetwork, IsRefusedWithoutNameOrWithProgramsFromElsewhere) {
  for (const char* bad : {"{", "[]", R"({"type":"a"})", R"({"name":"n","plugins":[]})",
                          R"({"name":"n","plugins":[{"type":"../sh"}]})", R"({"name":"n","plugins":[{}]})"}) {
    EXPECT_FALSE(parse_cni_network(bad)) << bad;
  }
}

TEST(CniNetwork, TellsEachPluginWhatItIsCapableOf) {
  const auto network = parse_cni_network(
      R"({"cniVersion":"0.4.0","name":"n","plugins":[{"type":"a"},{"type":"b","capabilities":{"portMappings":true}}]})");
  const CniAttachment attachment{.runtime =
                                     codec::Value::Object{{"portMappings", codec::Value::Array{1}}, {"bandwidth", 2}}};
  EXPECT_EQ(cni_input(*network, network->plugins[0], attachment, ""),
            R"({"type":"a","name":"n","cniVersion":"0.4.0"})");
  const std::string second = cni_input(*network, network->plugins[1], attachment, R"({"x":1})");
  EXPECT_THAT(second, HasSubstr(R"("runtimeConfig":{"portMappings":[1]})"));
  EXPECT_THAT(second, HasSubstr(R"("prevResult":{"x":1})"));
}

TEST(CniNetwork, PrefersAddressesOfVersion4) {
  EXPECT_EQ(address_of_result(kResult, "eth0")->ip, "172.26.64.2");
  EXPECT_FALSE(address_of_result(R"({"ips":[]})", "eth0"));
}

TEST(AllocNetwork, ForwardsThePortsOfTheGroup) {
  model::Allocation alloc;
  alloc.ports = {{.label = "http", .value = 21000, .to = 80, .host_ip = "10.0.0.1"},
                 {.task = "old", .label = "x", .value = 22000}};
  EXPECT_EQ(codec::dump(port_mappings(alloc)),
            R"([{"hostPort":21000,"containerPort":80,"protocol":"tcp","hostIP":"10.0.0.1"},)"
            R"({"hostPort":21000,"containerPort":80,"protocol":"udp","hostIP":"10.0.0.1"}])");
}

TEST(AllocNetwork, WritesResolvConf) {
  model::TaskGroup group;
  EXPECT_EQ(resolv_conf(group), "");
  group.networks = {{.dns = model::DnsConfig{
                         .servers = {"10.0.0.53"}, .searches = {"a.example", "b.example"}, .options = {"ndots:2"}}}};
  EXPECT_EQ(resolv_conf(group), "nameserver 10.0.0.53\nsearch a.example b.example\noptions ndots:2\n");
}

TEST(AllocNetwork, IsTheHostsUnlessTheGroupSaysOtherwise) {
  model::TaskGroup group;
  EXPECT_FALSE(has_own_network(group));
  group.networks = {{.mode = "host"}};
  EXPECT_FALSE(has_own_network(group));
  group.networks = {{.mode = "bridge"}};
  EXPECT_TRUE(has_own_network(group));
}

TEST(AllocNetwork, NamesTheNetworkThatIsNotConfigured) {
  const AllocNetworks networks({.cni_config_dir = "/nonexistent"});
  model::TaskGroup group;
  group.networks = {{.mode = "cni/lan"}};
  const auto record = networks.plan({}, group);
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message(), HasSubstr("no CNI network \"lan\" in /nonexistent"));
}

}  // namespace
}  // namespace drover::client
