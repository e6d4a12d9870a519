#include "client/fingerprint/cloud.h"

#include "base/strings.h"
#include "client/fingerprint/cloud_monitor.h"
#include "codec/json.h"
#include "net/http_server.h"
#include "net/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace drover::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr std::string_view kGceInstance = R"({
  "id": 12345, "hostname": "one.c.project.internal", "zone": "projects/7/zones/us-central1-f",
  "machineType": "projects/7/machineTypes/n1-standard-1", "cpuPlatform": "Intel Ivy Bridge",
  "scheduling": {"automaticRestart": "TRUE", "onHostMaintenance": "MIGRATE"},
  "tags": ["web", "unique.left"], "attributes": {"role": "db", "startup-script": "SCRIPT"},
  "networkInterfaces": [{"network": "projects/7/networks/default", "ip": "10.0.0.5",
                         "accessConfigs": [{"externalIp": "104.1.2.3", "type": "ONE_TO_ONE_NAT"}]}]})";

TEST(Cloud, IsToldByTheFirmware) {
  EXPECT_EQ(cloud_of({.sys_vendor = "Amazon EC2", .product_name = "t3.micro"}), Cloud::Aws);
  EXPECT_EQ(cloud_of({.sys_vendor = "Xen", .product_name = "HVM domU", .bios_version = "4.11.amazon"}), Cloud::Aws);
  EXPECT_EQ(cloud_of({.sys_vendor = "Google", .product_name = "Google Compute Engine"}), Cloud::Gce);
  EXPECT_EQ(cloud_of({.sys_vendor = "Microsoft Corporation",
                      .product_name = "Virtual Machine",
                      .chassis_asset_tag = "7783-7084-3265-9085-8269-3286-77"}),
            Cloud::Azure);
  EXPECT_EQ(cloud_of({.sys_vendor = "Microsoft Corporation", .product_name = "Virtual Machine"}), Cloud::None);
  EXPECT_EQ(cloud_of({}), Cloud::None);
}

TEST(Cloud, AmazonsMachinesHaveTheirZoneAndType) {
  const auto facts = aws_facts({{"instance-id", "i-0abc"},
                                {"instance-type", "m5.large\n"},
                                {"placement/availability-zone", "us-west-2a"},
                                {"public-ipv4", ""}});
  EXPECT_THAT(facts.attributes, UnorderedElementsAre(Pair("unique.platform.aws.instance-id", "i-0abc"),
                                                     Pair("platform.aws.instance-type", "m5.large"),
                                                     Pair("platform.aws.placement.availability-zone", "us-west-2a")));
  EXPECT_THAT(facts.links, ElementsAre(Pair("aws.ec2", "us-west-2a.i-0abc")));
}

TEST(Cloud, GooglesMachinesHaveTagsAttributesAndNetworks) {
  const std::string text = replace_all(std::string(kGceInstance), "SCRIPT", std::string(1000, 'x'));
  const auto facts = gce_facts(*codec::parse_json(text));
  EXPECT_THAT(
      facts.attributes,
      UnorderedElementsAre(
          Pair("unique.platform.gce.id", "12345"), Pair("unique.platform.gce.hostname", "one.c.project.internal"),
          Pair("platform.gce.zone", "us-central1-f"), Pair("platform.gce.machine-type", "n1-standard-1"),
          Pair("platform.gce.cpu-platform", "Intel Ivy Bridge"),
          Pair("platform.gce.scheduling.automatic-restart", "TRUE"),
          Pair("platform.gce.scheduling.on-host-maintenance", "MIGRATE"), Pair("platform.gce.tag.web", "true"),
          Pair("unique.platform.gce.tag.left", "true"), Pair("platform.gce.attr.role", "db"),
          Pair("platform.gce.network.default", "true"), Pair("unique.platform.gce.network.default.ip", "10.0.0.5"),
          Pair("unique.platform.gce.network.default.external-ip.0", "104.1.2.3")));
  EXPECT_THAT(facts.links, ElementsAre(Pair("gce", "12345")));
}

TEST(Cloud, AzuresMachinesHaveTheirSizeAndAddresses) {
  const auto facts = azure_facts(*codec::parse_json(R"({
    "compute": {"vmId": "13f5-01", "name": "demo", "location": "eastus", "vmSize": "Standard_D2", "zone": "",
                "tagsList": [{"name": "env", "value": "test"}]},
    "network": {"interface": [{"macAddress": "000D3AF8",
      "ipv4": {"ipAddress": [{"privateIpAddress": "10.1.0.4", "publicIpAddress": ""}]}, "ipv6": {"ipAddress": []}}]}})"));
  EXPECT_THAT(
      facts.attributes,
      UnorderedElementsAre(Pair("unique.platform.azure.id", "13f5-01"), Pair("unique.platform.azure.name", "demo"),
                           Pair("platform.azure.location", "eastus"), Pair("platform.azure.vm-size", "Standard_D2"),
                           Pair("platform.azure.tag.env", "test"), Pair("unique.platform.azure.local-ipv4", "10.1.0.4"),
                           Pair("unique.platform.azure.mac", "000D3AF8")));
}

TEST(Cloud, WhatIsOddlyShapedIsLeftOut) {
  for (const char* text : {"[]", "null", R"({"tags": {"a": 1}, "networkInterfaces": "x", "attributes": [1]})",
                           R"({"compute": [], "network": {"interface": [7]}})"}) {
    EXPECT_THAT(gce_facts(*codec::parse_json(text)).attributes, IsEmpty());
    EXPECT_THAT(azure_facts(*codec::parse_json(text)).attributes, IsEmpty());
  }
}

// A metadata service: the answers by method and target; whatever else is asked is not known.
class MetadataService {
 public:
  explicit MetadataService(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {
    loop.start();
    port = *server_.listen("127.0.0.1", 0);
  }
  ~MetadataService() { server_.stop(); }

  // What a monitor of this service has found; nothing if it did not say so within its patience.
  std::optional<CloudFacts> facts_of(Cloud cloud, const std::string& path) {
    std::optional<CloudFacts> out;
    CloudMonitor monitor(loop);
    const std::string url = fmt::format("http://127.0.0.1:{}{}", port, path);
    const auto ask = [&]() -> net::Task<bool> {
      co_await monitor.start({.cloud = cloud, .url = url}, std::chrono::seconds(30),
                             [&](const CloudFacts& facts) { out = facts; });
      co_return true;
    };
    net::run_to_end(loop, ask());
    return out;
  }

  net::Loop loop{"metadata"};
  uint16_t port = 0;

 private:
  net::Task<net::HttpResponse> answer(net::HttpRequest request) {
    const auto found = answers_.find(request.method + " " + request.target);
    if (found == answers_.end()) co_return net::text_response(404, "not here");
    if (request.target.starts_with("/latest/meta-data") &&
        request.headers.get("X-aws-ec2-metadata-token") != "secret") {
      co_return net::text_response(401, "no token");
    }
    co_return net::text_response(200, found->second);
  }

  std::map<std::string, std::string> answers_;
  net::HttpServer server_{{}, {&loop}, [this](net::HttpRequest request) { return answer(std::move(request)); }};
};

TEST(CloudMonitor, AsksAmazonWithItsToken) {
  MetadataService service({{"PUT /latest/api/token", "secret"},
                           {"GET /latest/meta-data/instance-id", "i-1"},
                           {"GET /latest/meta-data/instance-type", "m5.large"}});
  const auto facts = service.facts_of(Cloud::Aws, "/latest/meta-data");
  ASSERT_TRUE(facts);
  EXPECT_THAT(facts->attributes, UnorderedElementsAre(Pair("unique.platform.aws.instance-id", "i-1"),
                                                      Pair("platform.aws.instance-type", "m5.large")));
}

TEST(CloudMonitor, AsksGoogleForAllAtOnce) {
  MetadataService service({{"GET /computeMetadata/v1/instance/?recursive=true", std::string(kGceInstance)}});
  const auto facts = service.facts_of(Cloud::Gce, "/computeMetadata/v1/instance");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->attributes.at("platform.gce.zone"), "us-central1-f");
}

TEST(CloudMonitor, TakesTheServiceThatTheEnvironmentNames) {
  const auto service = find_cloud_service({{"GCE_ENV_URL", "http://127.0.0.1:1/instance/"}});
  EXPECT_EQ(service.cloud, Cloud::Gce);
  EXPECT_EQ(service.url, "http://127.0.0.1:1/instance");
}

}  // namespace
}  // namespace drover::client
