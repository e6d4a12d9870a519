#include "client/services/endpoint_services.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

model::Job job_with(std::vector<model::Endpoint> endpoints, bool is_private = false) {
  model::Task first{.name = "volume"};
  model::Task second{.name = "web", .endpoints = std::move(endpoints), .private_endpoints = is_private};
  model::Job job{.id = "3EwUexRdXedDk2EL72py5FQd9fG2aVR9trD3EqEbGCDu"};
  job.task_groups = {{.name = "ops", .tasks = {first, second}}};
  return job;
}

std::vector<EndpointService> services_of(const model::Job& job, const std::string& alloc = "1", int64_t secret = 1) {
  model::Node node;
  node.secret_id = Uuid{.hi = static_cast<uint64_t>(secret), .lo = 2};
  const auto id = *model::AllocId::parse("11111111-2222-3333-4444-55555555555" + alloc);
  return endpoint_services(node, id, job, job.task_groups[0].tasks[1], "driver");
}

TEST(EndpointServices, HaveNosanasIdsInLowerCase) {
  const auto services = services_of(job_with({{.port = "80"}}));
  ASSERT_EQ(services.size(), 1u);
  EXPECT_EQ(services[0].service.name, "drover-expose-2ehabb1hmc48xvpmptkgbvpr3gdmqc8tde3vjer1vnjz");
  EXPECT_EQ(services[0].service.meta.at("id"), "2ehaBb1hmc48XVpMPTKGBvPr3GDMqC8tde3VjEr1vnJz");
  EXPECT_EQ(services[0].service.port_label, "80");
  EXPECT_EQ(services[0].service.meta.at("reach"), "node");
}

TEST(EndpointServices, LeaveOutPortsThatAreNotKnownYet) {
  EXPECT_TRUE(services_of(job_with({{.port = "%%ops.a.results.port%%"}, {.port = "0"}})).empty());
  EXPECT_EQ(services_of(job_with({{.port = "8000-8010"}}))[0].service.port_label, "8000");
}

TEST(EndpointServices, PrivateIdsAreTheAllocationsAndTheNodesOwn) {
  const auto job = job_with({{.port = "80"}}, true);
  const auto id = services_of(job)[0].service.meta.at("id");
  EXPECT_EQ(id.size(), 45u);
  EXPECT_EQ(services_of(job)[0].service.meta.at("id"), id);
  EXPECT_NE(services_of(job, "2")[0].service.meta.at("id"), id);
  EXPECT_NE(services_of(job, "1", 9)[0].service.meta.at("id"), id);
  EXPECT_NE(id.substr(0, 44), services_of(job_with({{.port = "80"}}))[0].service.meta.at("id"));
}

TEST(EndpointServices, ChecksSendTheirBodyAsJson) {
  const model::EndpointCheck check{.type = "http",
                                   .path = "/v1/chat",
                                   .method = "POST",
                                   .expected_status = 200,
                                   .body = codec::Value::Object{{"model", "tiny"}}};
  const model::Check out = to_check(check);
  EXPECT_EQ(out.body, "{\"model\":\"tiny\"}");
  EXPECT_EQ(out.header.at("Content-Type"), std::vector<std::string>{"application/json"});
  EXPECT_EQ(out.name, "POST /v1/chat");
}

}  // namespace
}  // namespace drover::client
