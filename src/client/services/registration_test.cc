#include "client/services/registration.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

struct Fixture {
  model::Allocation alloc;
  model::Node node;
  std::optional<drivers::TaskNetwork> network;

  Fixture() {
    alloc.id = *model::AllocId::parse("11111111-2222-3333-4444-555555555555");
    alloc.job_id = "shop";
    alloc.ports = {{.task = "web", .label = "http", .value = 21000, .host_ip = "10.0.0.1"},
                   {.label = "db", .value = 22000, .to = 5432, .host_ip = "10.0.0.1"}};
    node.networks = {{.device = "eth0", .ip = "10.0.0.9"}};
  }
  ServiceOwner owner() const { return {.alloc = alloc, .node = node, .task = "web", .group = "g", .network = network}; }
};

Endpoint resolve(const Fixture& f, const char* mode, const char* label) {
  const auto endpoint = resolve_endpoint(f.owner(), mode, label);
  return endpoint ? *endpoint : Endpoint{.address = endpoint.error().message()};
}

TEST(ServiceRegistration, UsesTheHostsAddressByDefault) {
  const Fixture f;
  EXPECT_EQ(resolve(f, "auto", "http"), (Endpoint{"10.0.0.1", 21000}));
  EXPECT_EQ(resolve(f, "host", "db"), (Endpoint{"10.0.0.1", 22000}));
  EXPECT_EQ(resolve(f, "host", "8080"), (Endpoint{"10.0.0.9", 8080}));
  EXPECT_EQ(resolve(f, "auto", ""), (Endpoint{"10.0.0.9", 0}));
}

TEST(ServiceRegistration, UsesTheTasksNetworkWhenTheDriverAdvertisesIt) {
  Fixture f;
  f.network = {.ip = "172.17.0.2", .auto_advertise = true, .port_map = {{"http", 80}}};
  EXPECT_EQ(resolve(f, "auto", "http"), (Endpoint{"172.17.0.2", 80}));
  EXPECT_EQ(resolve(f, "auto", "db"), (Endpoint{"172.17.0.2", 5432}));
  EXPECT_EQ(resolve(f, "host", "http"), (Endpoint{"10.0.0.1", 21000}));
  EXPECT_EQ(resolve(f, "driver", "9000"), (Endpoint{"172.17.0.2", 9000}));
}

TEST(ServiceRegistration, ExplainsWhatCannotBeReached) {
  const Fixture f;
  EXPECT_EQ(resolve(f, "host", "nope").address, "there is no port \"nope\"");
  EXPECT_EQ(resolve(f, "driver", "http").address, "address_mode \"driver\" needs a task with a network of its own");
}

TEST(ServiceRegistration, UsesTheAddressOfTheAllocationOnItsOwnNetwork) {
  const Fixture f;
  EXPECT_EQ(resolve(f, "alloc", "db").address, "address_mode \"alloc\" needs a group with a network of its own");
  auto owner = f.owner();
  owner.alloc_ip = "172.26.64.2";
  EXPECT_EQ(*resolve_endpoint(owner, "alloc", "db"), (Endpoint{"172.26.64.2", 5432}));
  EXPECT_EQ(*resolve_endpoint(owner, "alloc", "9000"), (Endpoint{"172.26.64.2", 9000}));
  EXPECT_EQ(*resolve_endpoint(owner, "auto", "db"), (Endpoint{"10.0.0.1", 22000}));
}

TEST(ServiceRegistration, OfACanaryHasItsOwnTagsAndMeta) {
  Fixture f;
  const model::Service service{
      .name = "web", .tags = {"live"}, .port_label = "http", .canary_tags = {"canary"}, .meta = {{"k", "v"}}};
  EXPECT_EQ(make_registration(f.owner(), service)->tags, std::vector<std::string>{"live"});
  f.alloc.deployment_status = model::DeploymentStatus{.canary = true};
  const auto registration = make_registration(f.owner(), service);
  EXPECT_EQ(registration->tags, std::vector<std::string>{"canary"});
  EXPECT_EQ(registration->meta.at("k"), "v");
}

TEST(ServiceRegistration, RegistersTheAddressThatTheJobGives) {
  const Fixture f;
  const auto registration =
      make_registration(f.owner(), {.name = "web", .port_label = "http", .address = "web.example.org"});
  EXPECT_EQ(registration->address, "web.example.org");
  EXPECT_EQ(registration->port, 21000);
}

TEST(ServiceRegistration, HasAStableId) {
  const Fixture f;
  const auto registration = make_registration(f.owner(), {.name = "shop-web", .tags = {"v1"}, .port_label = "http"});
  ASSERT_TRUE(registration);
  EXPECT_EQ(registration->id, "_nomad-task-11111111-2222-3333-4444-555555555555-web-shop-web-http");
  EXPECT_EQ(registration->health, "passing");
}

TEST(ServiceRegistration, ExpandsNamesTagsAndChecks) {
  const model::Interpolator interpolate({{"NOMAD_ALLOC_INDEX", "3"}}, {{"node.class", "big"}});
  model::Service service{.name = "web-${NOMAD_ALLOC_INDEX}", .tags = {"${node.class}"}};
  service.checks = {{.name = "c${NOMAD_ALLOC_INDEX}", .args = {"${nope}"}, .path = "/${node.class}"}};
  const auto out = interpolate_service(service, interpolate);
  EXPECT_EQ(out.name, "web-3");
  EXPECT_EQ(out.tags[0], "big");
  EXPECT_EQ(out.checks[0].name, "c3");
  EXPECT_EQ(out.checks[0].path, "/big");
  EXPECT_EQ(out.checks[0].args[0], "${nope}");
}

}  // namespace
}  // namespace drover::client
