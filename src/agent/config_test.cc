#include <gtest/gtest.h>

#include "agent/addresses.h"
#include "agent/config_read.h"
#include "agent/driver_options.h"

namespace drover::agent {
namespace {

TEST(AgentConfig, HclAndJsonReadAlike) {
  Diagnostics diagnostics;
  const auto hcl = parse_config(R"(
    data_dir = "/var/lib/drover"
    ports { http = 5646 }
    client {
      enabled = true
      meta { rack = "r1" }
    }
    plugin "raw_exec" { config { enabled = true } }
  )",
                                "a.hcl", diagnostics);
  const auto json = parse_config(R"({"data_dir": "/var/lib/drover", "ports": {"http": 5646},
    "client": {"enabled": true, "meta": {"rack": "r1"}}, "plugin": {"raw_exec": {"config": {"enabled": true}}}})",
                                 "a.json", diagnostics);
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_EQ(hcl, json);
}

TEST(AgentConfig, LaterFilesWinAndBlocksMerge) {
  Diagnostics diagnostics;
  auto base = parse_config("client {\n enabled = true\n meta { a = \"1\" b = \"1\" }\n}", "a.hcl", diagnostics);
  merge_config(base, parse_config("client { meta { b = \"2\" } }", "b.hcl", diagnostics));
  EXPECT_EQ(*base.find("client")->find("meta")->find("a")->as_string(), "1");
  EXPECT_EQ(*base.find("client")->find("meta")->find("b")->as_string(), "2");
  EXPECT_TRUE(*base.find("client")->find("enabled")->as_bool());
}

TEST(AgentConfig, ValidationNamesEveryProblem) {
  Diagnostics diagnostics;
  Config config;
  config.data_dir = "relative";
  config.log_level = "LOUD";
  config.client.enabled = true;
  validate_config(config, diagnostics);
  EXPECT_EQ(diagnostics.error_count(), 3u);
}

TEST(AgentConfig, BudgetsOfTheClientAreChecked) {
  const auto problems = [](auto change) {
    Config config{.data_dir = "/var/lib/drover"};
    config.server.enabled = config.client.enabled = true;
    change(config.client);
    Diagnostics diagnostics;
    validate_config(config, diagnostics);
    return diagnostics.error_count();
  };
  EXPECT_EQ(problems([](ClientConfig&) {}), 0u);
  EXPECT_EQ(problems([](ClientConfig& client) { client.gc_disk_usage_threshold = 101; }), 1u);
  EXPECT_EQ(problems([](ClientConfig& client) { client.gc_inode_usage_threshold = -1; }), 1u);
  EXPECT_EQ(problems([](ClientConfig& client) { client.gc_parallel_destroys = 0; }), 1u);
  EXPECT_EQ(problems([](ClientConfig& client) { client.gc_interval = Duration(0); }), 1u);
  EXPECT_EQ(problems([](ClientConfig& client) { client.drain_on_shutdown = {.deadline = Duration(-1)}; }), 1u);
}

TEST(AgentConfig, OlderDriverOptionsStillCount) {
  Diagnostics diagnostics;
  Config config;
  config.client.options = {{"driver.raw_exec.enable", "1"},
                           {"docker.endpoint", "unix:///x.sock"},
                           {"docker.tls.ca", "/ca.pem"},
                           {"user.denylist", ""},
                           {"docker.endpont", ""}};
  const auto options = driver_options(config, diagnostics);
  EXPECT_TRUE(options.raw_exec.enabled);
  EXPECT_TRUE(options.users.denied.empty());
  EXPECT_EQ(options.docker.endpoint, "unix:///x.sock");
  EXPECT_EQ(options.docker.tls.ca, "/ca.pem");
  ASSERT_EQ(diagnostics.error_count(), 1u);
  EXPECT_NE(diagnostics.errors()[0].find("docker.endpoint"), std::string::npos);
}

TEST(AgentConfig, TheDockerPluginIsConfigured) {
  Diagnostics diagnostics;
  Config config;
  config.data_dir = "/var/lib/drover";
  config.plugin.docker.config.auth.helper = "ecr-login";
  config.plugin.docker.config.gc.dangling_containers = {.period = std::chrono::minutes(1), .dry_run = true};
  const auto options = driver_options(config, diagnostics).docker;
  EXPECT_EQ(options.auth_helper, "ecr-login");
  EXPECT_EQ(options.gc_dangling.period, std::chrono::minutes(1));
  EXPECT_TRUE(options.gc_dangling.enabled && options.gc_dangling.dry_run);
  EXPECT_EQ(options.owner, "/var/lib/drover");
  config.plugin.docker.config.gc.dangling_containers.period = {};
  config.plugin.docker.config.tls.cert = "/cert.pem";
  driver_options(config, diagnostics);
  EXPECT_EQ(diagnostics.error_count(), 2u);
}

TEST(AgentConfig, ContainersOfTheHostsProgramsAreConfigured) {
  Diagnostics diagnostics;
  Config config;
  config.client.chroot_env = {{"/opt/tools", "/tools"}};
  config.plugin.exec.config.allow_caps = {"net_raw"};
  config.plugin.qemu.config.image_paths = {"/srv/images"};
  const auto options = driver_options(config, diagnostics);
  EXPECT_EQ(diagnostics.error_count(), 0u);
  EXPECT_EQ(options.exec.chroot_env.at("/opt/tools"), "/tools");
  EXPECT_EQ(options.exec.allow_caps, (std::vector<std::string>{"net_raw"}));
  EXPECT_EQ(options.qemu.image_paths, (std::vector<std::string>{"/srv/images"}));
  config.client.chroot_env = {{"bin", "/bin"}};
  config.plugin.exec.config.default_pid_mode = "shared";
  driver_options(config, diagnostics);
  EXPECT_EQ(diagnostics.error_count(), 2u);
}

TEST(AgentAddresses, PortsAreAddedWhereMissing) {
  Config config;
  config.bind_addr = "127.0.0.2";
  config.client.servers = {"127.0.0.1", "10.0.0.1:5000"};
  const auto addresses = resolve_addresses(config).value();
  EXPECT_EQ(addresses.http_advertise, "127.0.0.2:4646");
  EXPECT_EQ(addresses.servers, (std::vector<std::string>{"127.0.0.1:4647", "10.0.0.1:5000"}));
  EXPECT_EQ(addresses.server_http[1], "http://10.0.0.1:4646");
}

TEST(AgentAddresses, ReservedPortsAreRanges) {
  EXPECT_EQ(parse_ports("22, 80-82", "k").value(), (std::vector<int32_t>{22, 80, 81, 82}));
  EXPECT_TRUE(parse_ports("", "k").value().empty());
  for (const char* bad : {"x", "5-1", "1-2-3", "70000"}) EXPECT_FALSE(parse_ports(bad, "k")) << bad;
}

}  // namespace
}  // namespace drover::agent
