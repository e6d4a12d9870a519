// A real bridge, with the plugins of Debian's containernetworking-plugins.

#include "client/network/alloc_network.h"
#include "sys/command.h"
#include "sys/netns.h"
#include "sys/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace drover::client {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string output_of(std::vector<std::string> argv) {
  const auto output = sys::run_command(std::move(argv));
  return output ? output->out + output->err : output.error().message();
}

class BridgeTest : public ::testing::Test {
 protected:
  BridgeTest() {
    options.bridge_name = "drovert" + std::to_string(::getpid() % 10000);
    options.bridge_subnet = "172.30.240.0/24";
    alloc.id = *model::AllocId::parse("11111111-2222-3333-4444-555555555555");
    alloc.ports = {{.label = "http", .value = 28080, .to = 80, .host_ip = "127.0.0.1"}};
    group.networks = {{.mode = "bridge"}};
  }
  ~BridgeTest() override {
    std::ignore = sys::run_command({"ip", "link", "del", options.bridge_name});
    std::ignore = sys::run_command({"iptables", "-w", "-D", "NOMAD-ADMIN", "-o", options.bridge_name, "-d",
                                    options.bridge_subnet, "-j", "ACCEPT"});
  }
  void SetUp() override {
    if (!sys::running_as_root()) GTEST_SKIP() << "needs root";
    if (!CniPlugins(options.cni_path).versions().contains("bridge")) {
      GTEST_SKIP() << "needs CNI plugins (Debian: containernetworking-plugins)";
    }
    if (!output_of({"ip", "link", "add", options.bridge_name, "type", "bridge"}).empty()) {
      GTEST_SKIP() << "this kernel has no bridges";
    }
    if (!output_of({"iptables", "-w", "-t", "nat", "-S", "OUTPUT"}).starts_with("-P")) GTEST_SKIP() << "no iptables";
  }

  NetworkOptions options;
  model::Allocation alloc;
  model::TaskGroup group;
};

TEST_F(BridgeTest, GivesAnAllocationAnAddressAndItsPortsAndTakesAllOfItBack) {
  const AllocNetworks networks(options);
  auto record = *networks.plan(alloc, group);
  const auto up = networks.set_up(alloc.id, record);
  ASSERT_TRUE(up) << up.error().message();
  EXPECT_THAT(record.ip, testing::StartsWith("172.30.240."));
  EXPECT_TRUE(networks.is_there(record));
  EXPECT_THAT(output_of({"ip", "netns", "exec", record.netns, "ip", "-4", "addr"}), HasSubstr(record.ip));
  EXPECT_THAT(output_of({"iptables", "-w", "-t", "nat", "-S"}), HasSubstr("--to-destination " + record.ip + ":80"));

  const auto down = networks.tear_down(alloc.id, record);
  EXPECT_TRUE(down) << down.error().message();
  EXPECT_FALSE(networks.is_there(record));
  EXPECT_THAT(output_of({"iptables", "-w", "-t", "nat", "-S"}), Not(HasSubstr(record.ip)));
  EXPECT_THAT(output_of({"iptables", "-w", "-S"}), Not(HasSubstr(record.ip)));
  EXPECT_THAT(output_of({"ls", "/var/lib/cni/networks/" + options.bridge_name}), Not(HasSubstr(record.ip)));
  EXPECT_TRUE(networks.tear_down(alloc.id, record));
}

TEST_F(BridgeTest, ReplacesWhatAnAgentThatDiedHalfwayLeft) {
  const AllocNetworks networks(options);
  const auto planned = *networks.plan(alloc, group);
  auto first = planned;
  ASSERT_TRUE(networks.set_up(alloc.id, first));
  auto second = planned;
  ASSERT_TRUE(networks.set_up(alloc.id, second));
  EXPECT_TRUE(networks.tear_down(alloc.id, second));
  EXPECT_THAT(output_of({"iptables", "-w", "-t", "nat", "-S"}), Not(HasSubstr("28080")));
}

TEST_F(BridgeTest, KnowsWhatIsLeftOfAnAllocationWithoutARecord) {
  const AllocNetworks networks(options);
  auto record = *networks.plan(alloc, group);
  ASSERT_TRUE(networks.set_up(alloc.id, record));
  networks.remove_leftovers(alloc.id);
  EXPECT_FALSE(networks.is_there(record));
  std::ignore = networks.tear_down(alloc.id, record);
}

TEST_F(BridgeTest, ModeNoneIsALoopbackInterface) {
  const AllocNetworks networks(options);
  group.networks = {{.mode = "none"}};
  auto record = *networks.plan(alloc, group);
  ASSERT_TRUE(networks.set_up(alloc.id, record));
  EXPECT_EQ(record.ip, "");
  EXPECT_THAT(output_of({"ip", "netns", "exec", record.netns, "ip", "-br", "link"}), Not(HasSubstr("eth0")));
  EXPECT_TRUE(networks.tear_down(alloc.id, record));
}

}  // namespace
}  // namespace drover::client
